import type { StepContext } from '@holdfast/engine';
import type { Event } from '@holdfast/events';
import { type CompiledTrigger, eachMark, mark, type Scope } from '@holdfast/policy';
import type { CustomerState } from './customer-state.ts';
import { answerTrigger } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import type { EventPlan, TriggerBoard } from './event-plan.ts';
import { hasFired, latchedScope, rearm, shutAgain } from './firings.ts';
import { ageOf } from './freshness.ts';
import { type Occurrence, occasionOf } from './occasion.ts';
import { customerScope, cycleOf, type Surroundings, timeZoneOf } from './scope.ts';

/** Answers the triggers that the event fires, in file order. */
export function fireTriggers(
  state: CustomerState,
  { event, plan: { board } }: { readonly event: Event; readonly plan: EventPlan },
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  if (!board) return;
  // A late event must not hide what came after it: conditions see the customer as of his latest event.
  const asOfMs = Math.max(event.occurredAt, state.lastEventAt);
  const cycle = cycleOf(state, asOfMs, surroundings.calendar);
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  const at = { asOfMs, cycle, event: fields };
  const scope = customerScope(state, at, surroundings);
  const mayFire = board.index.mark(scope, board.marks);
  if (!markLatched(state, board) && !mayFire) return;
  fireMarked(state, { event, board, at, scope }, context, surroundings, effects);
}

interface Marked {
  readonly event: Event;
  readonly board: TriggerBoard;
  readonly at: Pick<Occurrence, 'asOfMs' | 'cycle' | 'event'>;
  readonly scope: Scope;
}

/** Most events end before this: what its loop holds on to is not made for them. */
function fireMarked(
  state: CustomerState,
  { event, board, at, scope }: Marked,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  const age = ageOf({ source: event.source, type: event.type, atMs: event.occurredAt }, context);
  const occurrence = { ...at, timeZone: timeZoneOf(state), silenceStartMs: at.asOfMs };
  const { triggers } = board.index;
  eachMark(board.marks, (position) => {
    const trigger = triggers[position];
    if (trigger === undefined) return;
    rearm(state, trigger, scope);
    if (age > trigger.freshnessMs) return;
    fireTrigger(state, { trigger, occurrence, scope }, context, surroundings, effects);
  });
}

/** A latch that is shut may open however far its trigger is from firing. */
function markLatched(state: CustomerState, { positions, marks }: TriggerBoard): boolean {
  const { firings } = state.dealings.read();
  if (firings.length === 0) return false;
  let isAny = false;
  for (const { trigger, isLatched } of firings) {
    const position = isLatched ? positions.get(trigger) : undefined;
    if (position === undefined) continue;
    mark(marks, position);
    isAny = true;
  }
  return isAny;
}

function fireTrigger(
  state: CustomerState,
  { trigger, occurrence, scope }: { trigger: CompiledTrigger; occurrence: Occurrence; scope: Scope },
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  const occasion = () => occasionOf(trigger, occurrence);
  const triggerScope = latchedScope(state, trigger, scope, occasion);
  if (trigger.when.evaluate(triggerScope) !== 'true') return;
  const name = occasion();
  if (name === undefined) return;
  if (hasFired(state.dealings.read(), trigger.id, name)) {
    shutAgain(state, trigger, name);
    return;
  }
  answerTrigger(state, { trigger, occasion: name, scope, triggerScope }, context, surroundings, effects);
}
