import type { Due, StepContext } from '@holdfast/engine';
import type { CompiledPolicy, CompiledTrigger } from '@holdfast/policy';
import type { CustomerState, LastSeen } from './customer-state.ts';
import { answerTrigger } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import { hasFired, markFired } from './firings.ts';
import { ageOf, feedName } from './freshness.ts';
import { silenceOccasion } from './occasion.ts';
import { customerScope, cycleOf, type Surroundings } from './scope.ts';

/** A silence that is running: it began with the last event, and is due when it has lasted as long as declared. */
interface RunningSilence {
  readonly trigger: CompiledTrigger;
  readonly seen: LastSeen;
  readonly dueMs: number;
}

/** The event-time timer due first; undefined when every silence has been answered. */
export function nextSilence(state: CustomerState, policy: CompiledPolicy): Due['eventTime'] {
  let next: RunningSilence | undefined;
  for (const silence of runningSilences(state, policy)) {
    if (!next || silence.dueMs < next.dueMs) next = silence;
  }
  return next && { dueMs: next.dueMs, feed: feedName(next.seen.source, next.seen.type) };
}

/** Answers the silences whose feed has come past their due time. Each has its turn once, fired or not. */
export function answerSilences(
  state: CustomerState,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  for (const silence of runningSilences(state, surroundings.policy)) {
    const watermark = context.watermark(feedName(silence.seen.source, silence.seen.type));
    if (watermark === undefined || watermark < silence.dueMs) continue;
    if (!answerSilence(state, silence, context, surroundings, effects)) close(state, silence, context.nowMs);
  }
}

function answerSilence(
  state: CustomerState,
  { trigger, seen, dueMs }: RunningSilence,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): boolean {
  if (ageOf({ source: seen.source, type: seen.type, atMs: dueMs }, context) > trigger.freshnessMs) return false;
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

function runningSilences(state: CustomerState, policy: CompiledPolicy): readonly RunningSilence[] {
  const running: RunningSilence[] = [];
  for (const seen of state.lastSeen) {
    for (const trigger of policy.absencesOf(seen.type)) {
      if (!trigger.absence || hasFired(state.dealings.read(), trigger.id, silenceOccasion(seen.at))) continue;
      running.push({ trigger, seen, dueMs: seen.at + trigger.absence.forMs });
    }
  }
  return running;
}
