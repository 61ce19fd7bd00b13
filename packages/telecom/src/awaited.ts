import type { CompiledPolicy, CompiledTrigger, FirstEvent } from '@holdfast/policy';
import type { CustomerState, LastSeen } from './customer-state.ts';
import type { RunningSilence } from './silence.ts';

/** What is remembered of events of one type: their type, and each filter with which a sequence begins. */
export type Awaited = Pick<FirstEvent, 'key'> & Partial<Pick<FirstEvent, 'matches'>>;

/** What has to be remembered of events of a type, because a trigger waits for what follows or does not. */
export function awaitedOf(policy: CompiledPolicy, eventType: string): readonly Awaited[] {
  const keys = new Map<string, Awaited>();
  if (policy.absencesOf(eventType).length > 0) keys.set(eventType, { key: eventType });
  for (const { sequence } of policy.unanswered) {
    if (sequence?.without === eventType) keys.set(eventType, { key: eventType });
    if (sequence?.first.of === eventType) keys.set(sequence.first.key, sequence.first);
  }
  return [...keys.values()];
}

/** Every name under which something is remembered. */
export function awaitedKeys(policy: CompiledPolicy): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { absence, sequence } of policy.triggers.values()) {
    if (absence) keys.add(absence.of);
    if (sequence?.without) keys.add(sequence.first.key).add(sequence.without);
  }
  return keys;
}

/**
 * The wait for an answer that never came: it began with the newest first event, unless the other event has come since,
 * at the same time or later. Undefined when nothing is waited for.
 */
export function unansweredIn(state: CustomerState, trigger: CompiledTrigger): RunningSilence | undefined {
  const { sequence } = trigger;
  if (!sequence?.without) return undefined;
  const seen = seenAs(state, sequence.first.key);
  const answer = seenAs(state, sequence.without);
  if (!seen || (answer && answer.at >= seen.at)) return undefined;
  return { trigger, seen, type: sequence.first.of, dueMs: seen.at + sequence.withinMs };
}

function seenAs({ lastSeen }: CustomerState, key: string): LastSeen | undefined {
  return lastSeen.find(({ type }) => type === key);
}
