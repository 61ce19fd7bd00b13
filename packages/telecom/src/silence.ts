import type { Due, StepContext } from '@holdfast/engine';
import type { CompiledPolicy, CompiledTrigger } from '@holdfast/policy';
import { unansweredIn } from './awaited.ts';
import type { CustomerState, LastSeen } from './customer-state.ts';
import { answerTrigger } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import { hasFired, markFired } from './firings.ts';
import { ageOf, feedName } from './freshness.ts';
import { silenceOccasion } from './occasion.ts';
import { customerScope, cycleOf, type Surroundings } from './scope.ts';

/** A silence that is running: it began with the last event, and is due when it has lasted as long as declared. */
export interface RunningSilence {
  readonly trigger: CompiledTrigger;
  readonly seen: LastSeen;
  /** Of the event: what is seen may be named by a filter as well. */
  readonly type: string;
  readonly dueMs: number;
}

/** The event-time timer due first; undefined when every silence has been answered. */
export function nextSilence(state: CustomerState, policy: CompiledPolicy): Due['eventTime'] {
  let dueMs = Number.POSITIVE_INFINITY;
  let first: LastSeen | undefined;
  let type = '';
  for (const seen of state.lastSeen) {
    for (const trigger of policy.absencesOf(seen.type)) {
      if (!trigger.absence || seen.at + trigger.absence.forMs >= dueMs || isAnswered(state, trigger, seen)) continue;
      dueMs = seen.at + trigger.absence.forMs;
      first = seen;
      type = seen.type;
    }
  }
  for (const trigger of policy.unanswered) {
    const silence = unansweredIn(state, trigger);
    if (!silence || silence.dueMs >= dueMs || isAnswered(state, trigger, silence.seen)) continue;
    ({ dueMs, seen: first, type } = silence);
  }
  return first && { dueMs, feed: feedName(first.source, type) };
}

/** Answers the silences whose feed has come past their due time. Each has its turn once, fired or not. */
export function answerSilences(
  state: CustomerState,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  for (const silence of runningSilences(state, surroundings.policy)) {
    const watermark = context.watermark(feedName(silence.seen.source, silence.type));
    if (watermark === undefined || watermark < silence.dueMs) continue;
    if (!answerSilence(state, silence, context, surroundings, effects)) close(state, silence, context.nowMs);
  }
}

function answerSilence(
  state: CustomerState,
  { trigger, seen, type, dueMs }: RunningSilence,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): boolean {
  if (ageOf({ source: seen.source, type, atMs: dueMs }, context) > trigger.freshnessMs) return false;
  const cycle = cycleOf(state, dueMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs: dueMs, cycle }, surroundings);
  if (trigger.when.evaluate(scope) !== 'true') return false;
  const occasion = silenceOccasion(seen.at);
  answerTrigger(state, { trigger, occasion, scope, triggerScope: scope }, context, surroundings, effects);
  return true;
}

function close(state: CustomerState, { trigger, seen }: RunningSilence, atMs: number): void {
  const occasion = silenceOccasion(seen.at);
  markFired(state.dealings.change(), { trigger: trigger.id, occasion, at: atMs, isLatched: false });
}

function isAnswered(state: CustomerState, trigger: CompiledTrigger, seen: LastSeen): boolean {
  const dealings = state.dealings.read();
  return dealings.firings.length > 0 && hasFired(dealings, trigger.id, silenceOccasion(seen.at));
}

function runningSilences(state: CustomerState, policy: CompiledPolicy): readonly RunningSilence[] {
  const running: RunningSilence[] = [];
  for (const seen of state.lastSeen) {
    for (const trigger of policy.absencesOf(seen.type)) {
      if (!trigger.absence || isAnswered(state, trigger, seen)) continue;
      running.push({ trigger, seen, type: seen.type, dueMs: seen.at + trigger.absence.forMs });
    }
  }
  for (const trigger of policy.unanswered) {
    const silence = unansweredIn(state, trigger);
    if (silence && !isAnswered(state, trigger, silence.seen)) running.push(silence);
  }
  return running;
}
