import {
  boolean,
  date,
  double,
  instant,
  int,
  long,
  oneOf,
  optional,
  type RecordValue,
  record,
  string,
  strings,
  withDefault,
} from './avro.ts';

/** Carried by every event; `(source, eventId)` is its identity for deduplication. */
const identity = { eventId: string(), source: string(), occurredAt: instant(), customerId: string() };
/** Carried by what belongs to one line. */
const line = { ...identity, subscriptionId: string() };

// ---- usage: telecom.usage.v1

export const UsageRecorded = record('UsageRecorded', 'One rated use of the network (TMF635 Usage).', {
  ...line,
  kind: oneOf('UsageKind', ['VOICE', 'SMS', 'DATA', 'OTHER']),
  durationSeconds: withDefault(int(), 0),
  quantityMb: withDefault(double(), 0),
  chargeMinor: withDefault(long(), 0),
  currency: withDefault(string(), ''),
  direction: withDefault(oneOf('UsageDirection', ['OUTGOING', 'INCOMING', 'UNKNOWN']), 'OUTGOING'),
  onNet: withDefault(boolean(), false),
  zone: withDefault(oneOf('UsageZone', ['HOME', 'DOMESTIC', 'ROAMING', 'UNKNOWN']), 'DOMESTIC'),
  /** The attempt failed or the call was dropped by the network. */
  failed: withDefault(boolean(), false),
  /** Hour of the day at the customer, 0–23; -1 when the source knows no time of day. */
  localHour: withDefault(int(), -1),
});
export const BalanceToppedUp = record('BalanceToppedUp', 'A prepaid balance was topped up (TMF654).', {
  ...line,
  amountMinor: long(),
  currency: string(),
});
export const AllowanceReached = record(
  'AllowanceReached',
  'The charging system reports a share of an allowance used.',
  {
    ...line,
    allowance: oneOf('AllowanceKind', ['VOICE', 'SMS', 'DATA', 'OTHER']),
    share: double(),
  },
);
export const FeedHeartbeat = record(
  'FeedHeartbeat',
  'A feed is alive though it has nothing to say; moves its watermark.',
  {
    ...identity,
    feedType: string(),
  },
);

// ---- subscription: telecom.subscription.v1

export const SubscriptionActivated = record('SubscriptionActivated', 'A line or product begins (TMF637 Product).', {
  ...line,
  product: oneOf('ProductKind', ['MOBILE', 'BROADBAND', 'FIXED_LINE', 'IPTV', 'CLOUD', 'SECURITY', 'OTHER']),
  plan: string(),
  dataAllowanceMb: optional(double()),
  voiceAllowanceMinutes: optional(double()),
  smsAllowance: optional(int()),
  monthlyFeeMinor: withDefault(long(), 0),
  currency: withDefault(string(), ''),
  /** Day of the month on which the billing cycle starts, 1–28. */
  cycleDay: withDefault(int(), 1),
  contractEndsAt: optional(instant()),
});
export const PlanChanged = record('PlanChanged', 'A line has another plan.', {
  ...line,
  plan: string(),
  dataAllowanceMb: optional(double()),
  voiceAllowanceMinutes: optional(double()),
  smsAllowance: optional(int()),
  monthlyFeeMinor: withDefault(long(), 0),
  currency: withDefault(string(), ''),
});
export const SuspensionRequested = record(
  'SuspensionRequested',
  'The customer asks for a suspension; it is not in effect yet.',
  {
    ...line,
    requestId: string(),
    channel: withDefault(string(), 'online'),
    reason: withDefault(string(), ''),
    effectiveAt: optional(instant()),
  },
);
export const SubscriptionSuspended = record('SubscriptionSuspended', 'A line is suspended.', {
  ...line,
  cause: oneOf('SuspensionCause', ['CUSTOMER', 'OVERDUE', 'FRAUD', 'OTHER']),
});
export const SubscriptionResumed = record('SubscriptionResumed', 'A suspended line works again.', { ...line });
export const SubscriptionTerminated = record('SubscriptionTerminated', 'A line or product ends.', {
  ...line,
  reason: withDefault(string(), ''),
});
export const ContractEnding = record('ContractEnding', 'A contract ends soon.', { ...line, contractEndsAt: instant() });
export const LineMoved = record('LineMoved', 'A fixed product moves to another installation address.', {
  ...line,
  addressId: string(),
});
export const BillIssued = record('BillIssued', 'A bill was issued (TMF678).', {
  ...identity,
  billId: string(),
  amountMinor: long(),
  currency: string(),
  dueAt: instant(),
});
export const BillPaid = record('BillPaid', 'A bill was paid.', {
  ...identity,
  billId: string(),
  amountMinor: long(),
  currency: string(),
});
export const BillOverdue = record('BillOverdue', 'A bill was not paid in time.', {
  ...identity,
  billId: string(),
  amountMinor: long(),
  currency: string(),
  daysOverdue: int(),
});

// ---- churn: telecom.churn.v1

export const ChurnRiskScored = record('ChurnRiskScored', "The operator's own model scored the customer.", {
  ...identity,
  score: double(),
  model: string(),
});
export const CancellationRequested = record('CancellationRequested', 'The customer asks to cancel a line.', {
  ...line,
  requestId: string(),
  reason: withDefault(string(), ''),
});
export const PortOutRequested = record('PortOutRequested', 'Another operator asks for the number.', {
  ...line,
  requestId: string(),
  toOperator: withDefault(string(), ''),
});
export const ComplaintFiled = record('ComplaintFiled', 'A complaint is open.', {
  ...identity,
  complaintId: string(),
  topic: withDefault(string(), ''),
});
export const ComplaintResolved = record('ComplaintResolved', 'A complaint is closed.', {
  ...identity,
  complaintId: string(),
});
export const NetworkIncidentReported = record('NetworkIncidentReported', 'A network fault touches the customer.', {
  ...identity,
  incidentId: string(),
  severity: oneOf('IncidentSeverity', ['MINOR', 'MAJOR', 'CRITICAL', 'UNKNOWN']),
});

// ---- customer: telecom.customer.v1

export const CustomerRegistered = record('CustomerRegistered', 'A customer exists (TMF629 Customer).', {
  ...identity,
  /** BCP 47. */
  language: withDefault(string(), 'en'),
  /** IANA. */
  timeZone: withDefault(string(), 'UTC'),
  /** `high-value`, `key`, `potential`, `low`; empty when the source does not rate. */
  tier: withDefault(string(), ''),
  birthYear: optional(int()),
  city: withDefault(string(), ''),
  /** TMF632 Individual; only its month and day are looked at. */
  birthDate: optional(date()),
});
export const CustomerChanged = record(
  'CustomerChanged',
  'Attributes of a customer changed; null leaves one as it is.',
  {
    ...identity,
    language: optional(string()),
    timeZone: optional(string()),
    tier: optional(string()),
    birthYear: optional(int()),
    city: optional(string()),
    birthDate: optional(date()),
  },
);
export const CustomersMerged = record('CustomersMerged', 'Another customer number is the same person.', {
  ...identity,
  mergedCustomerId: string(),
});
export const ConsentChanged = record('ConsentChanged', 'The customer allows or withdraws contact.', {
  ...identity,
  /** A channel, or `*` for every channel. */
  channel: string(),
  purpose: withDefault(oneOf('ConsentPurpose', ['MARKETING', 'SERVICE', 'PROFILING', 'OTHER']), 'MARKETING'),
  granted: boolean(),
});
export const HouseholdLinked = record('HouseholdLinked', 'The customer belongs to a household.', {
  ...identity,
  householdId: string(),
  role: withDefault(string(), 'member'),
});
export const HouseholdUnlinked = record('HouseholdUnlinked', 'The customer left a household.', {
  ...identity,
  householdId: string(),
});
export const AccountManagerAssigned = record('AccountManagerAssigned', 'A person looks after the customer.', {
  ...identity,
  managerId: string(),
});
export const ExclusionSet = record('ExclusionSet', 'The customer is excluded from contacts, or no longer.', {
  ...identity,
  /** `do-not-contact`, `fraud`, `staff`, `legal` … */
  exclusion: string(),
  active: boolean(),
});

// ---- interaction: telecom.interaction.v1

const contact = { ...identity, contactId: string() };
const offered = {
  ...contact,
  offer: withDefault(string(), ''),
  campaign: withDefault(string(), ''),
  arm: withDefault(string(), ''),
  channel: withDefault(string(), ''),
  category: withDefault(string(), ''),
  sendAt: optional(instant()),
};
/** Of an offer that no decision in the log tells of: what it takes to learn from the answer. */
const recommended = {
  /** Of the customer when it was recommended; empty where nothing is to be learnt from it. */
  segment: withDefault(string(), ''),
  /** With which it was chosen among others; null where nothing was drawn. */
  probability: optional(double()),
};
export const ContactOpened = record('ContactOpened', 'The customer called or came (TMF683).', {
  ...identity,
  interactionId: string(),
  channel: string(),
  /** What the customer came for, as the agent's tool says it. */
  reason: withDefault(string(), ''),
  agent: withDefault(string(), ''),
});
export const OfferPresented = record('OfferPresented', 'An agent presented an offer.', {
  ...offered,
  agent: withDefault(string(), ''),
  ...recommended,
});
export const OfferAccepted = record('OfferAccepted', 'The customer accepted.', {
  ...offered,
  agent: withDefault(string(), ''),
  ...recommended,
});
export const OfferRejected = record('OfferRejected', 'The customer refused.', {
  ...offered,
  agent: withDefault(string(), ''),
  reason: withDefault(string(), ''),
  ...recommended,
});
export const OfferDeferred = record('OfferDeferred', 'The customer wants to be asked again.', {
  ...offered,
  until: optional(instant()),
  agent: withDefault(string(), ''),
  ...recommended,
});
export const ContactAttempted = record('ContactAttempted', 'An agent tried, and did not speak with the customer.', {
  ...offered,
  agent: withDefault(string(), ''),
  result: oneOf('AttemptResult', ['NO_ANSWER', 'WRONG_PERSON', 'OTHER']),
});
export const DeliveryReported = record('DeliveryReported', 'What became of a contact.', {
  ...offered,
  /**
   * SENT: a provider has it, what became of it is told later; the contact stays open. SEEN: opened or clicked, so it was
   * delivered. CANCELLED: taken back before it went out. ATTEMPTED: a try that failed and will be repeated; the contact
   * stays open.
   */
  status: oneOf('DeliveryStatus', [
    'DELIVERED',
    'FAILED',
    'EXPIRED',
    'REFUSED',
    'SENT',
    'SEEN',
    'CANCELLED',
    'ATTEMPTED',
    'UNKNOWN',
  ]),
  detail: withDefault(string(), ''),
  /** The provider's own id of the message; empty where it gave none. */
  providerRef: withDefault(string(), ''),
  /** Which attempt it was, from 1; 0 where it is not known. */
  attempt: withDefault(int(), 0),
});
export const OfferFulfilled = record('OfferFulfilled', 'The accepted offer is in effect.', { ...offered });
export const SatisfactionRated = record('SatisfactionRated', 'The customer rated the care.', {
  ...identity,
  score: int(),
  topic: withDefault(string(), ''),
  /** The contact or follow-up that was rated; empty where it is the care as a whole. */
  about: withDefault(string(), ''),
});
export const FollowUpOpened = record('FollowUpOpened', 'Somebody is to call again.', {
  ...identity,
  followUpId: string(),
  dueAt: instant(),
  topics: strings(),
});
export const FollowUpClosed = record('FollowUpClosed', 'The follow-up is done.', {
  ...identity,
  followUpId: string(),
  outcome: withDefault(string(), ''),
});
export const WorkItemChanged = record('WorkItemChanged', 'What was done with an item of a work list.', {
  ...identity,
  itemId: string(),
  /** The contact it is to make; empty for a follow-up. */
  contactId: withDefault(string(), ''),
  followUpId: withDefault(string(), ''),
  change: oneOf('WorkChange', [
    'OPENED',
    'CLAIMED',
    'RELEASED',
    /** The agent did not renew what he had claimed. */
    'LEASE_EXPIRED',
    'SNOOZED',
    'HANDED_OVER',
    'ESCALATED',
    'FINISHED',
    'REOPENED',
    /** It was to be done by its end, and was not. */
    'EXPIRED',
    /** Nobody is to do it any more, for the reason given. */
    'WITHDRAWN',
    'OTHER',
  ]),
  desk: withDefault(string(), ''),
  team: withDefault(string(), ''),
  /** Who did it, and to whom the item belongs after it. */
  agent: withDefault(string(), ''),
  owner: withDefault(string(), ''),
  outcome: withDefault(string(), ''),
  /** Why it was withdrawn: `do_not_contact`. */
  reason: withDefault(string(), ''),
  /** Of what it is about, so that it counts with the campaign's figures. */
  campaign: withDefault(string(), ''),
  offer: withDefault(string(), ''),
  arm: withDefault(string(), ''),
  channel: withDefault(string(), ''),
  dueAt: optional(instant()),
  /** Until when it sleeps, or is held. */
  until: optional(instant()),
});

/** Record types by family; the topic of a family is `telecom.<family>.v1`. */
export const FAMILIES = {
  usage: { UsageRecorded, BalanceToppedUp, AllowanceReached, FeedHeartbeat },
  subscription: {
    SubscriptionActivated,
    PlanChanged,
    SuspensionRequested,
    SubscriptionSuspended,
    SubscriptionResumed,
    SubscriptionTerminated,
    ContractEnding,
    LineMoved,
    BillIssued,
    BillPaid,
    BillOverdue,
  },
  churn: {
    ChurnRiskScored,
    CancellationRequested,
    PortOutRequested,
    ComplaintFiled,
    ComplaintResolved,
    NetworkIncidentReported,
  },
  customer: {
    CustomerRegistered,
    CustomerChanged,
    CustomersMerged,
    ConsentChanged,
    HouseholdLinked,
    HouseholdUnlinked,
    AccountManagerAssigned,
    ExclusionSet,
  },
  interaction: {
    ContactOpened,
    OfferPresented,
    OfferAccepted,
    OfferRejected,
    OfferDeferred,
    ContactAttempted,
    DeliveryReported,
    OfferFulfilled,
    SatisfactionRated,
    FollowUpOpened,
    FollowUpClosed,
    WorkItemChanged,
  },
} as const;

type Families = typeof FAMILIES;
export type Family = keyof Families;

/** Every business event, discriminated by `type`. */
export type Event = {
  [F in Family]: { [N in keyof Families[F]]: RecordValue<Families[F][N]> }[keyof Families[F]];
}[Family];
export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;
