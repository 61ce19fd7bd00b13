import type { Decoded, LogRecord, Topology } from '@holdfast/engine';
import { CONTROL_TOPIC, CUSTOMER_INPUTS, DECISION_TOPIC, type DecisionMade, type Event } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { stepAdoption } from './adoption-step.ts';
import { createBillingCalendar } from './billing-cycle.ts';
import type { CustomerState } from './customer-state.ts';
import { createEffectCollectors } from './effects.ts';
import { stepEvent } from './event-step.ts';
import { createCustomerState, decodeCustomerState, encodeCustomerState, STATE_LAYOUT } from './state-codec.ts';
import { dueOf, stepTimer } from './timer-step.ts';

/** Everything the customer topology is told. */
export type CustomerEvent = Event | DecisionMade;

/** What the shell's decoder makes of a record's value. */
export type DecodedValue =
  | { readonly kind: 'event'; readonly event: CustomerEvent }
  | { readonly kind: 'poison'; readonly code: string; readonly message: string }
  | { readonly kind: 'retry'; readonly message: string };

export interface CustomerTopologyDeps {
  readonly policy: CompiledPolicy;
  /** Decodes the value of a record; synchronous once its schema is known. */
  decodeRecord(record: LogRecord): DecodedValue | Promise<DecodedValue>;
  /** The decision in the wire format of the decision log. */
  encodeDecision(decision: DecisionMade): Buffer;
}

export interface CustomerTopologyOptions {
  /** How far behind the customer's latest event duplicates are still recognised, ms. Default two days. */
  readonly recentHorizonMs?: number;
  /** How many events are remembered for it. Default 128. */
  readonly maxRecentEvents?: number;
}

const DAY_MS = 86_400_000;

/** The one topology that ever contacts anybody: a profile per customer, and what is decided for him. */
export function createCustomerTopology(
  deps: CustomerTopologyDeps,
  options: CustomerTopologyOptions = {},
): Topology<CustomerState, CustomerEvent> {
  const { policy } = deps;
  const surroundings = {
    policy,
    calendar: createBillingCalendar(),
    recentLimits: {
      horizonMs: options.recentHorizonMs ?? 2 * DAY_MS,
      maxEvents: options.maxRecentEvents ?? 128,
    },
  };
  const collectors = createEffectCollectors(deps.encodeDecision);
  return {
    name: 'customer',
    inputs: CUSTOMER_INPUTS,
    decisionTopic: DECISION_TOPIC,
    codecVersion: STATE_LAYOUT,
    decode: (record) => decodeCustomerRecord(record, deps),
    create: createCustomerState,
    encode: (state) => encodeCustomerState(state, policy.features),
    read: decodeCustomerState,
    step(state, stimulus, context) {
      const effects = collectors.begin(context);
      if (stimulus.kind === 'timer') return stepTimer(state, context, surroundings, effects);
      if (stimulus.kind === 'adopt') {
        const decisions = stimulus.decisions.filter((decision) => decision.type === 'DecisionMade');
        return stepAdoption(state, decisions, context, surroundings, effects);
      }
      const { event, identity, isLate } = stimulus;
      if (event.type === 'DecisionMade') return effects.finish('ignored');
      return stepEvent(state, { event, identity, isLate }, context, surroundings, effects);
    },
    due: (state) => dueOf(state, policy),
  };
}

const KIND_HEADER = 'holdfast-kind';

function decodeCustomerRecord(
  record: LogRecord,
  deps: CustomerTopologyDeps,
): Decoded<CustomerEvent> | Promise<Decoded<CustomerEvent>> {
  if (record.topic === CONTROL_TOPIC || record.headers[KIND_HEADER] !== undefined) return { kind: 'shard' };
  if (record.value === null) {
    const message = 'the record has no value; inputs are not compacted, so produce the event itself';
    return { kind: 'poison', code: 'no-value', message };
  }
  const decoded = deps.decodeRecord(record);
  return decoded instanceof Promise ? decoded.then(addressed) : addressed(decoded);
}

function addressed(decoded: DecodedValue): Decoded<CustomerEvent> {
  if (decoded.kind !== 'event') return decoded;
  const { event } = decoded;
  const { source, eventId, type, occurredAt, customerId } = event;
  // A heartbeat speaks for the feed, not for a customer: it moves the watermark of the type it names.
  if (event.type === 'FeedHeartbeat') {
    return { kind: 'shard', identity: { source, eventId, type: event.feedType, occurredAt } };
  }
  return { kind: 'event', entityId: customerId, event, identity: { source, eventId, type, occurredAt } };
}
