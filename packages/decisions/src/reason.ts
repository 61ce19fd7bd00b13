/**
 * Every code with which a decision says why something was not sent, in the order in which the gates are asked. The README
 * prints this table.
 */
export const REASONS = {
  'no-campaign': 'No campaign that is open answers this trigger now.',
  'already-decided': 'This occasion was decided before, whatever became of it.',
  'outside-canary': 'The campaign is a canary, and not open to this customer.',
  're-entry': 'The customer is in the campaign, or left it too short a time ago to enter it anew.',
  'not-targeted': "The customer is not in the campaign's target group, or it is not known.",
  'other-variant': 'The customer is in a variant of the campaign that does not make this offer.',
  'not-in-step': 'The step of the campaign does not make this offer.',
  'not-eligible': "The offer's condition is not true.",
  'do-not-contact': 'The customer is not to be contacted at all.',
  excluded: 'An exclusion holds, set on the customer or declared in the policy.',
  'complaint-open': 'A complaint is open: nothing is sold over it.',
  'no-channel': 'No channel of the offer is among those that were asked for.',
  'no-consent': 'Consent to this channel, or to being profiled, is withdrawn.',
  vulnerable: 'The customer is vulnerable, and no person speaks on this channel.',
  'quiet-hours': 'The channel is quiet until the offer ends, or what is quiet is dropped.',
  'cool-down': 'The customer rejected this offer too short a time ago.',
  'recently-accepted': 'The customer accepted an offer of this category too short a time ago.',
  'too-many-rejections': 'The customer rejected so many offers that all marketing is silent.',
  'minimum-gap': 'Another contact is too near, and there is no room before the offer ends.',
  cap: 'So many contacts fall into a window that this one would be too many.',
  capacity: 'The channel has no free slot before the offer ends.',
  'not-worth-it': 'It is worth no more than doing nothing.',
  budget: "What is left of the campaign's budget does not pay for it.",
  holdout: 'The customer is in the universal holdout, which gets nothing proactive.',
  control: 'The customer is in the control group of the campaign.',
  explored: 'It is worth more than the winner, which was tried so that more is learnt of it.',
  'lower-value': 'Another candidate is worth more.',
  shadow: 'The campaign is in the shadow: decided and recorded, never carried out.',
} as const;

export type Reason = keyof typeof REASONS;

/** Why a candidate lost. */
export type LostBecause = Exclude<Reason, 'no-campaign' | 'already-decided' | 'control' | 'shadow'>;

/** Why an occasion led to nothing at all; `lower-value` only of a shadow: a live campaign is worth more. */
export type SuppressionReason =
  | Exclude<LostBecause, 'holdout' | 'not-worth-it' | 'explored'>
  | 'no-campaign'
  | 'already-decided';
