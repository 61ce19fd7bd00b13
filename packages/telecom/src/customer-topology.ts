import type { Decoded, LogRecord, Topology } from '@holdfast/engine';
import {
  type BudgetAsked,
  type BudgetGranted,
  CONTROL_TOPIC,
  CUSTOMER_INPUTS,
  type CustomerLogEvent,
  DECISION_TOPIC,
  type DecisionMade,
  type LogEvent,
} from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { ASKED_KIND, GRANTED_KIND, KIND_HEADER } from './budget-grants.ts';
import type { EncodeBudget } from './budgets.ts';
import { createPolicyKit, customerRules } from './customer-rules.ts';
import type { CustomerState } from './customer-state.ts';
import { STATE_LAYOUT } from './layouts.ts';
import { createPolicySwitch, NO_PAST, type OpenedPolicy } from './policy-switch.ts';
import { PROPENSITIES_KIND, propensitiesSetting } from './posteriors.ts';

/** Everything the customer topology is told. */
export type CustomerEvent = CustomerLogEvent | BudgetAsked | BudgetGranted;

/** What the shell's decoder makes of a record's value. */
export type DecodedValue =
  | { readonly kind: 'event'; readonly event: LogEvent }
  | { readonly kind: 'poison'; readonly code: string; readonly message: string }
  | { readonly kind: 'retry'; readonly message: string };

export interface CustomerTopologyDeps {
  /** Holds until the first policy that is published to a shard. */
  readonly policy: CompiledPolicy;
  /** Decodes the value of a record; synchronous once its schema is known. */
  decodeRecord(record: LogRecord): DecodedValue | Promise<DecodedValue>;
  /** The decision in the wire format of the decision log. */
  encodeDecision(decision: DecisionMade): Buffer;
  /** A record of budgets in the wire format; absent where shards cannot ask each other: each has its part from the start. */
  readonly encodeBudget?: EncodeBudget;
  /** Opens what was published; absent where published policies are passed over. */
  openPolicy?(files: Buffer, version: string): OpenedPolicy;
  /** Absent only where a fold is not to be trusted with customers: erasures are passed over then. */
  readonly erasure?: CustomerErasure;
}

/** Who is erased by a control record, and how it is remembered. */
export interface CustomerErasure {
  open(record: LogRecord): Extract<Decoded<CustomerEvent>, { kind: 'erasure' | 'poison' | 'retry' }>;
  /** Absent without the key; then `open` answers `retry`. */
  readonly markOf?: (customerId: string) => string;
}

export interface CustomerTopologyOptions {
  /** How far behind the customer's latest event duplicates are still recognised, ms. Default two days. */
  readonly recentHorizonMs?: number;
  /** How many events are remembered for it. Default 128. */
  readonly maxRecentEvents?: number;
  /** Records name every candidate, for who counts what lost to what; else the most valuable alone, which is quicker. */
  readonly listsAllCandidates?: boolean;
}

const DAY_MS = 86_400_000;

/** The one topology that ever contacts anybody: a profile per customer, and what is decided for him. */
export function createCustomerTopology(
  deps: CustomerTopologyDeps,
  options: CustomerTopologyOptions = {},
): Topology<CustomerState, CustomerEvent> {
  const kitDeps = {
    recentLimits: {
      horizonMs: options.recentHorizonMs ?? 2 * DAY_MS,
      maxEvents: options.maxRecentEvents ?? 128,
    },
    encodeDecision: deps.encodeDecision,
    encodeBudget: deps.encodeBudget,
    listsAllCandidates: options.listsAllCandidates ?? false,
  };
  const first = createPolicyKit(deps.policy, { ...kitDeps, isPublished: false });
  const { openPolicy } = deps;
  const published = openPolicy && {
    configuration: createPolicySwitch({
      first,
      open: openPolicy,
      kitOf: (policy) => createPolicyKit(policy, { ...kitDeps, isPublished: true }),
    }),
  };
  return {
    name: 'customer',
    inputs: CUSTOMER_INPUTS,
    decisionTopic: DECISION_TOPIC,
    codecVersion: STATE_LAYOUT,
    // Layout 1 is written for the release before, which erases a customer without them.
    keepsFromLayout: 2,
    decode: (record) => decodeCustomerRecord(record, deps),
    ...customerRules(first, NO_PAST),
    ...published,
    erasure: {
      topic: CONTROL_TOPIC,
      ...(deps.erasure?.markOf ? { markOf: deps.erasure.markOf } : {}),
      // A contact that was on its way is reported after the erasure.
      opens: (event) => event.type !== 'DeliveryReported',
    },
  };
}

const ERASURE_KIND = 'erasure';
const POLICY_KIND = 'policy';

function decodeCustomerRecord(
  record: LogRecord,
  deps: CustomerTopologyDeps,
): Decoded<CustomerEvent> | Promise<Decoded<CustomerEvent>> {
  const isControl = record.topic === CONTROL_TOPIC;
  const kind = isControl ? record.headers[KIND_HEADER]?.toString() : undefined;
  if (kind === ERASURE_KIND && deps.erasure) return deps.erasure.open(record);
  if (kind === POLICY_KIND && deps.openPolicy) {
    const decoded = deps.decodeRecord(record);
    return decoded instanceof Promise ? decoded.then(published) : published(decoded);
  }
  if (deps.encodeBudget && (kind === ASKED_KIND || kind === GRANTED_KIND)) {
    const decoded = deps.decodeRecord(record);
    return decoded instanceof Promise ? decoded.then(ofBudget) : ofBudget(decoded);
  }
  if (kind === PROPENSITIES_KIND) {
    const decoded = deps.decodeRecord(record);
    return decoded instanceof Promise ? decoded.then(ofPropensities) : ofPropensities(decoded);
  }
  if (isControl || record.headers[KIND_HEADER] !== undefined) return { kind: 'shard' };
  if (record.value === null) {
    const message = 'the record has no value; inputs are not compacted, so produce the event itself';
    return { kind: 'poison', code: 'no-value', message };
  }
  const decoded = deps.decodeRecord(record);
  return decoded instanceof Promise ? decoded.then(addressed) : addressed(decoded);
}

function published(decoded: DecodedValue): Decoded<CustomerEvent> {
  if (decoded.kind !== 'event') return decoded;
  const { event } = decoded;
  if (event.type !== 'PolicyActivated') return misplaced(event.type);
  return { kind: 'configuration', name: event.version, text: event.files.toString('base64') };
}

function ofBudget(decoded: DecodedValue): Decoded<CustomerEvent> {
  if (decoded.kind !== 'event') return decoded;
  const { event } = decoded;
  if (event.type !== 'BudgetAsked' && event.type !== 'BudgetGranted') return misplaced(event.type);
  return { kind: 'shard-event', event };
}

function ofPropensities(decoded: DecodedValue): Decoded<CustomerEvent> {
  if (decoded.kind !== 'event') return decoded;
  const { event } = decoded;
  return event.type === 'PropensitiesLearned' ? propensitiesSetting(event) : misplaced(event.type);
}

function addressed(decoded: DecodedValue): Decoded<CustomerEvent> {
  if (decoded.kind !== 'event') return decoded;
  const { event } = decoded;
  // A heartbeat speaks for the feed, not for a customer: it moves the watermark of the type it names.
  if (event.type === 'FeedHeartbeat') {
    const { source, eventId, feedType, occurredAt } = event;
    return { kind: 'shard', identity: { source, eventId, type: feedType, occurredAt } };
  }
  if (!('customerId' in event)) return misplaced(event.type);
  // The event has what makes an identity: an object of its own per record would only be more to collect.
  return { kind: 'event', entityId: event.customerId, event, identity: event };
}

function misplaced(type: string): Decoded<CustomerEvent> {
  const message = `a ${type} does not belong on this topic; nothing of it was taken in`;
  return { kind: 'poison', code: 'misplaced', message };
}
