import type { Event } from '@holdfast/events';
import {
  type CompiledPolicy,
  type CompiledTrigger,
  createMarks,
  createTriggerIndex,
  type Marks,
  type TriggerIndex,
} from '@holdfast/policy';
import { isConversion } from './attribution.ts';
import { type Awaited, awaitedKeys, awaitedOf } from './awaited.ts';
import type { OutcomeEvent } from './contact-life.ts';
import { isFollowedType } from './enrolment-outcomes.ts';

/** What a policy does with events of one type, found by one look-up per event. */
export interface EventPlan {
  readonly isAboutContact: boolean;
  /** It tells what was done with an item of a work list. */
  readonly isWork: boolean;
  /** Its record is kept with the customer: people who look at him see that it happened. */
  readonly isKept: boolean;
  /** The customer may have done it because of a campaign: `isFollowed` or `isConversion`. */
  readonly isOutcome: boolean;
  readonly isFollowed: boolean;
  readonly isConversion: boolean;
  /** Of the policy's amounts; undefined when it names none. */
  readonly currency: string | undefined;
  /** Whether a feature adds it up: only then is it checked for duplicates. */
  readonly isAggregate: boolean;
  /** What is remembered because a trigger waits for its absence, or for what follows it. */
  readonly awaited: readonly Awaited[];
  /** All names under which the policy remembers events. */
  readonly awaitedKeys: ReadonlySet<string>;
  /** Undefined where no trigger waits for the type. */
  readonly board: TriggerBoard | undefined;
}

/** The triggers of one event type, and which of them are looked at in the step that runs. */
export interface TriggerBoard {
  readonly index: TriggerIndex;
  readonly positions: ReadonlyMap<string, number>;
  /** Positions of triggers that may fire, or whose latch may open. */
  readonly marks: Marks;
}

export type EventPlans = (eventType: Event['type']) => EventPlan;

export function createEventPlans(policy: CompiledPolicy): EventPlans {
  const on = Map.groupBy(policy.triggers.values(), (trigger) => trigger.on);
  const plans = new Map<string, EventPlan>();
  const keys = awaitedKeys(policy);
  const [anyOffer] = policy.offers.values();
  return (type) => {
    const known = plans.get(type);
    if (known) return known;
    const triggers = on.get(type);
    const plan = {
      isAboutContact: ABOUT_CONTACT.has(type),
      isWork: type === 'WorkItemChanged',
      // Uses are many and alike: features say what there is to say of them.
      isKept: type !== 'UsageRecorded',
      isOutcome: isFollowedType(type) || isConversion(type),
      isFollowed: isFollowedType(type),
      isConversion: isConversion(type),
      currency: anyOffer?.currency,
      isAggregate: policy.features.fedBy(type).length > 0,
      awaited: awaitedOf(policy, type),
      awaitedKeys: keys,
      board: triggers && boardOf(triggers),
    };
    plans.set(type, plan);
    return plan;
  };
}

function boardOf(triggers: readonly CompiledTrigger[]): TriggerBoard {
  return {
    index: createTriggerIndex(triggers),
    positions: new Map(triggers.map(({ id }, position) => [id, position])),
    marks: createMarks(triggers.length),
  };
}

const ABOUT_CONTACT: ReadonlySet<string> = new Set<OutcomeEvent['type']>([
  'DeliveryReported',
  'OfferPresented',
  'OfferAccepted',
  'OfferRejected',
  'OfferDeferred',
  'OfferFulfilled',
  'ContactAttempted',
]);
