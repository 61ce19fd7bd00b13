import {
  array,
  boolean,
  double,
  instant,
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
  /** hash(customer, trigger, occasion, step). */
  contactId: string(),
  eventId: string(),
  source: string(),
  /** Event time of the occurrence decided on. */
  occurredAt: instant(),
  customerId: string(),
  /** Stream time of the decision. */
  decidedAt: instant(),
  trigger: string(),
  occasion: string(),
  campaign: withDefault(string(), ''),
  offer: withDefault(string(), ''),
  category: withDefault(string(), ''),
  channel: withDefault(string(), ''),
  arm: oneOf('DecisionArm', ['treated', 'control', 'holdout', 'none']),
  /** What became of it: `sent` or why it was suppressed. */
  outcome: string(),
  sendAt: optional(instant()),
  sendBy: optional(instant()),
  policyVersion: string(),
  /** Probability with which the winner was chosen. */
  probability: withDefault(double(), 1),
  /** Rendered text by language. */
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
      nested('DecisionCandidate', { offer: string(), score: double(), eligible: boolean(), lostBecause: string() }),
    ),
    [],
  ),
  exclusions: strings(),
});

export type DecisionMade = RecordValue<typeof DecisionMade>;
