import {
  array,
  bytes,
  double,
  instant,
  int,
  long,
  nested,
  oneOf,
  optional,
  type RecordValue,
  record,
  string,
  strings,
  withDefault,
} from './avro.ts';

/**
 * What the operator decides for everybody. Not about a customer: no trigger, no feature and no producer of business events
 * ever sees one of these.
 */

/**
 * A policy comes into force in a shard at the place of this record in its log. One identical record is appended to every
 * partition of the control topic, under the header `holdfast-kind: policy`.
 */
export const PolicyActivated = record('PolicyActivated', 'A policy is in force from this record on.', {
  eventId: string(),
  source: string(),
  occurredAt: instant(),
  /** Content address of the files, `sha256:…`, as the compiler gives it. */
  version: string(),
  /** The folder: gzip of a JSON object, text by path. At most 512 KiB. */
  files: bytes(),
  /** What was in force before as far as the publisher knew; empty for the first. */
  previousVersion: withDefault(string(), ''),
  publishedBy: withDefault(string(), ''),
  /** The second person; empty where nobody had to. */
  approvedBy: withDefault(string(), ''),
  comment: withDefault(string(), ''),
});

export type PolicyActivated = RecordValue<typeof PolicyActivated>;

/**
 * An entry of the audit log: who did what with a policy. What comes into force has two: one that says so before the first
 * control record is written, and IN_FORCE once all of them are. Where the second is missing, the first has what it takes to
 * go on.
 */
export const PolicyChanged = record('PolicyChanged', 'Somebody did something with a policy.', {
  eventId: string(),
  source: string(),
  occurredAt: instant(),
  action: oneOf('PolicyAction', [
    'PUBLISHED',
    'PROPOSED',
    'APPROVED',
    'PROMOTED',
    'ROLLED_BACK',
    'RETIRED',
    'REFUSED',
    /** Every partition has the control record. */
    'IN_FORCE',
    /** Announced, and given up before any control record was written: another one was under way. */
    'WITHDRAWN',
    'OTHER',
  ]),
  version: string(),
  previousVersion: withDefault(string(), ''),
  /** Who did it. */
  by: string(),
  comment: withDefault(string(), ''),
  /** Ids of the campaigns whose text or stage is another than before. */
  campaigns: strings(),
  /** `eventId` of the control records that it announces or ends; empty where nothing comes into force. */
  activation: withDefault(string(), ''),
  /** The folder as in `PolicyActivated`, with the first entry about a version. */
  files: optional(bytes()),
});

export type PolicyChanged = RecordValue<typeof PolicyChanged>;

/**
 * An entry of the log of accesses: who looked at, or changed, what is known of a customer, or of those on a page. Keyed by the
 * customer's pseudonym, for a page by the request. Not in the audit log, which is read whole for every policy and kept for ever: there are a thousand of these a
 * second, and they are themselves personal data of those who work.
 */
export const PersonalDataAccessed = record('PersonalDataAccessed', 'Somebody looked at, or changed, a customer.', {
  eventId: string(),
  source: string(),
  occurredAt: instant(),
  /** Of the key or the person. */
  actor: string(),
  /** For whom a tool acted; the actor where it did not say. */
  agent: string(),
  roles: strings(),
  /** `customer.read`, `recommendation.create` …: noun and verb. */
  action: string(),
  /** Method and pattern of the route. */
  route: string(),
  requestId: string(),
  /** Pseudonym of the customer under the installation's key; empty where a page showed several. */
  subject: string(),
  /** Of those on a page, each once. */
  subjects: strings(),
});

export type PersonalDataAccessed = RecordValue<typeof PersonalDataAccessed>;

/**
 * How probably customers accept, as learnt from what became of earlier contacts. One identical record is appended to every
 * partition of the control topic, under the header `holdfast-kind: propensities`; it holds until the next.
 */
export const PropensitiesLearned = record('PropensitiesLearned', 'What was learnt of offers, by segment.', {
  eventId: string(),
  source: string(),
  occurredAt: instant(),
  /** Outcomes up to this time are in it. */
  learntUntil: instant(),
  /** Names of the segments, in the order in which a customer is looked up; who is in none of them is in `other`. */
  segments: strings(),
  /** What is missing here has its prior. */
  posteriors: array(
    nested('Posterior', {
      offer: string(),
      segment: string(),
      /** Beta(alpha, beta) of the probability that a contact is accepted. */
      alpha: double(),
      beta: double(),
    }),
  ),
});

export type PropensitiesLearned = RecordValue<typeof PropensitiesLearned>;

/**
 * A shard has little left of a campaign's budget and asks the shard of partition 0, which keeps the rest, for more. In
 * partition 0 of the control topic, under the header `holdfast-kind: budget-asked`. Said twice it means the same: it names
 * all that the shard was ever granted.
 */
export const BudgetAsked = record('BudgetAsked', 'A shard asks for more of a budget.', {
  eventId: string(),
  source: string(),
  occurredAt: instant(),
  campaign: string(),
  /** Who asks. */
  partition: int(),
  /** All that it was granted so far, beyond its share at the beginning. */
  grantedMinor: long(),
  grantedPieces: long(),
});

export type BudgetAsked = RecordValue<typeof BudgetAsked>;

/**
 * The answer, in the partition that asked, under the header `holdfast-kind: budget-granted`. Amounts are totals of all that
 * it was ever granted: said twice it means the same, and a smaller one means nothing.
 */
export const BudgetGranted = record('BudgetGranted', 'A shard may spend so much of a budget.', {
  eventId: string(),
  source: string(),
  occurredAt: instant(),
  campaign: string(),
  partition: int(),
  totalMinor: long(),
  totalPieces: long(),
});

export type BudgetGranted = RecordValue<typeof BudgetGranted>;
