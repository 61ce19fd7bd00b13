import {
  array,
  boolean,
  double,
  instant,
  int,
  long,
  map,
  nested,
  oneOf,
  optional,
  type RecordValue,
  record,
  string,
  strings,
  withDefault,
} from './avro.ts';

/** One decision about one customer, with everything needed to answer why it fell this way. */
export const DecisionMade = record('DecisionMade', 'What was decided for a customer, and why.', {
  /** hash(customer, trigger, occasion, step): why we contact, not what won. */
  contactId: string(),
  eventId: string(),
  source: string(),
  /** Event time of the occurrence decided on; features were read as of it. */
  occurredAt: instant(),
  customerId: string(),
  /** Stream time of the decision. */
  decidedAt: instant(),
  trigger: string(),
  occasion: string(),
  step: withDefault(string(), 'first'),
  /** Campaign and offer that won, or that would have (control, holdout, suppressed); empty when nothing stood out. */
  campaign: withDefault(string(), ''),
  offer: withDefault(string(), ''),
  category: withDefault(string(), ''),
  kind: withDefault(oneOf('DecisionKind', ['marketing', 'service', 'other']), 'marketing'),
  channel: withDefault(string(), ''),
  arm: oneOf('DecisionArm', ['treated', 'control', 'holdout', 'none']),
  outcome: oneOf('DecisionOutcome', ['contact', 'control', 'suppressed', 'no_action', 'other']),
  /** Short stable code of what kept it from being sent; empty for a contact. */
  suppressedBy: withDefault(string(), ''),
  sendAt: optional(instant()),
  sendBy: optional(instant()),
  /** Until when the offer stands for the customer. */
  validUntil: optional(instant()),
  policyVersion: string(),
  /** Probability with which the winner was chosen; 1 when the choice was deterministic. */
  probability: withDefault(double(), 1),
  /** 1 (at once) to 3 (when there is time), for work lists. */
  priority: withDefault(int(), 2),
  /** The customer's language, BCP 47; the texts below have it as a key, or the one they fell back to. */
  language: withDefault(string(), 'en'),
  /** Rendered text by language. */
  title: withDefault(map(string()), {}),
  reason: withDefault(map(string()), {}),
  script: withDefault(map(string()), {}),
  evidence: withDefault(
    array(
      nested('DecisionEvidence', {
        condition: string(),
        truth: oneOf('EvidenceTruth', ['true', 'false', 'unknown']),
        values: map(string()),
      }),
    ),
    [],
  ),
  candidates: withDefault(
    array(
      nested('DecisionCandidate', {
        campaign: string(),
        offer: string(),
        channel: string(),
        /** Expected value in minor units: propensity × context × value × lever − cost. */
        score: double(),
        eligible: boolean(),
        /** Empty for the winner. */
        lostBecause: string(),
      }),
    ),
    [],
  ),
  /** How many candidates are not among `candidates`, which names the most valuable: none of them could have won. */
  candidatesLeftOut: withDefault(int(), 0),
  /** Exclusions that held, declared or set on the customer. */
  exclusions: strings(),
  /** Of the campaign. A decision in the shadow is recorded and never carried out: its `outcome` is never a contact. */
  stage: withDefault(oneOf('CampaignStage', ['live', 'canary', 'shadow', 'other']), 'live'),
  /** Variant of the campaign (A/B/n) that the customer is in; empty where the campaign has none. */
  variant: withDefault(string(), ''),
  /** For which the propensity of the winner was looked up. */
  segment: withDefault(string(), ''),
  /** Of the winner: how probably he accepts, as far as was known. */
  propensity: withDefault(double(), 0),
  /** What the contact takes from the campaign's budget, in minor units: of the channel and of the offer. */
  costMinor: withDefault(long(), 0),
  /** Beginning of the time slot of the channel that it takes; null where the channel has no capacity to keep. */
  slotAt: optional(instant()),
  /** In the shadow, what it would have been when live: contact, control, holdout, suppressed, no_action; else empty. */
  wouldBe: withDefault(string(), ''),
  /** Whose work a contact by a person is: the campaign's desk and, where it names one, a team of it. */
  desk: withDefault(string(), ''),
  team: withDefault(string(), ''),
  /** Who looks after the customer; empty where nobody is named. */
  accountManager: withDefault(string(), ''),
  /** Value tier of the customer at the decision; empty where it is not known. */
  tier: withDefault(string(), ''),
  /** By when a person is to have done it; null where the contact is not made. */
  workDueAt: optional(instant()),
  /** Until when the account manager, and after him the team, has it before the pool. */
  managerUntil: optional(instant()),
  teamUntil: optional(instant()),
});

export type DecisionMade = RecordValue<typeof DecisionMade>;
