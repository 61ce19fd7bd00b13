import type { StepContext } from '@holdfast/engine';
import type { Event } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { createEffectCollectors, type EffectCollectors } from './effects.ts';
import { createEventPlans, type EventPlans } from './event-plan.ts';
import { type EventSurroundings, stepEvent } from './event-step.ts';
import { STATE_LAYOUT } from './layouts.ts';
import { surroundingsOf } from './scope.ts';
import { createCustomerState, decodeCustomerState, encodeCustomerState } from './state-codec.ts';

/**
 * The customer as he will be once his shard has folded these events too: for who reads a state beside its owner and must
 * see what was appended a moment ago. The reducers are the shard's own. Nothing is decided: what a trigger or a timer makes
 * of the events is the shard's to say. `events` in the order of the log; `state` is undefined for a customer nobody told of
 * before. Answers the state in the newest layout, `state` itself where there is nothing to add, and an empty buffer where
 * nothing is known at all. Throws on a layout of a later release.
 */
export function asTold(
  customerId: string,
  state: Buffer | undefined,
  events: readonly Event[],
  policy: CompiledPolicy,
  nowMs: number,
): Buffer {
  if (events.length === 0) return state ?? NOTHING;
  const { planOf, surroundings, collectors } = kitOf(policy);
  const customer = state ? decodeCustomerState(customerId, state) : createCustomerState(customerId);
  const context = contextOf(customerId, nowMs);
  for (const event of events) {
    // Without a board no trigger is looked at.
    const plan = { ...planOf(event.type), board: undefined };
    const told = { event, isLate: false, plan, primer: undefined, latched: [] };
    stepEvent(customer, told, context, surroundings, collectors.begin(context));
  }
  return encodeCustomerState(customer, policy.features, STATE_LAYOUT);
}

const NOTHING = Buffer.alloc(0);
const DAY_MS = 86_400_000;
/** As the shard has them by default: what was added up already is not added up again. */
const RECENT = { horizonMs: 2 * DAY_MS, maxEvents: 128 };

/** Numbers and settings of the shard are for deciding, which is not done here. */
function contextOf(entityId: string, nowMs: number): StepContext {
  const nothing = { watermark: () => undefined, tally: () => 0, setting: () => undefined };
  return { entityId, nowMs, partition: 0, partitionCount: 1, ...nothing };
}

interface Kit {
  readonly planOf: EventPlans;
  readonly surroundings: EventSurroundings;
  readonly collectors: EffectCollectors;
}

const kits = new WeakMap<CompiledPolicy, Kit>();

function kitOf(policy: CompiledPolicy): Kit {
  const known = kits.get(policy);
  if (known) return known;
  const kit: Kit = {
    planOf: createEventPlans(policy),
    surroundings: { ...surroundingsOf(policy), recentLimits: RECENT, isPublished: false },
    collectors: createEffectCollectors(() => NOTHING),
  };
  kits.set(policy, kit);
  return kit;
}
