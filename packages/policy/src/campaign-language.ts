import {
  CATEGORIES,
  channel,
  condition,
  MAX_CHANNELS,
  MAX_NAMES,
  money,
  share,
  text,
  texts,
} from './language-words.ts';
import { duration, either, list, map, number, optional, record, reference, required, scalar, word } from './shape.ts';

/** Offers and campaigns, as `language.ts` puts them into a file. */

export const DRIVERS = ['churn-risk', 'usage', 'life-cycle', 'competition', 'festival', 'service'] as const;
const KINDS = ['marketing', 'service'] as const;

/** A contact is known for so long after its time. */
const MAX_ATTRIBUTION_MS = 30 * 86_400_000;

const offers = list(reference('offer'), { min: 1, max: MAX_NAMES });
/** A lever bends an order of values; what must not be offered is retired, not levered to nothing. */
const lever = number({ min: 0.01, max: 100 });

export const CONTEXT = record('a context', {
  when: required(condition, 'of whom the factor is true'),
  factor: required(number({ min: 0, max: 100 }), 'multiplies the value of the offer'),
});

export const OFFER = record('an offer', {
  title: required(texts, 'as agents and customers see it'),
  category: required(word(CATEGORIES), 'what caps count it under'),
  value: required(money, 'to the operator when it is accepted'),
  cost: optional(money, 'of making it; 0 when absent'),
  propensity: required(share, 'of customers who accept it, as far as nothing is learnt yet'),
  validFor: required(duration({ minMs: 1_000 }), 'how long it stands'),
  channels: required(list(channel, { min: 1, max: MAX_CHANNELS }), 'the preferred one first'),
  script: optional(reference('script'), 'what the agent says'),
  eligible: optional(condition, 'who may have it; everybody when absent'),
  lever: optional(lever, 'multiplies its value, for what the operator wants more or less of; 1 when absent'),
  context: optional(list(CONTEXT, { max: 20 }), 'factors of its value; all whose condition is true multiply'),
});

export const GOAL = record('goal', {
  kpi: required(text, 'what is measured'),
  target: required(number(), 'by how much more than without the campaign; a share for a yes or no'),
  baseline: optional(share, 'of the KPI without the campaign; the hardest case, 0.5, when absent'),
  driver: optional(word(DRIVERS), 'the same as driver of the campaign'),
});

export const STEP = record('a step', {
  channel: required(channel, 'on which the step goes out'),
  after: optional(duration({ minMs: 60_000 }), 'the step before; needed from the second step on'),
  unless: optional(word(['responded', 'accepted']), 'the customer did so since the step before'),
  fallback: optional(list(channel, { max: 5 }), 'channels tried in this order when delivery fails or expires'),
  offers: optional(offers, 'of the offers of the campaign those that this step may make; all when absent'),
});

export const ARM = record('an arm', {
  share: required(share, 'of the customers who are treated'),
  offers: optional(offers, 'what this arm gets; all offers when absent'),
});

export const BUDGET = record('budget', {
  amount: optional(money, 'what all contacts of the campaign may cost'),
  currency: optional(scalar('currency'), 'of the amount, the one of the policy; needed with it'),
  pieces: optional(number({ isWhole: true, min: 1, max: 1e9 }), 'how many contacts there may be'),
});

export const CAMPAIGN = record('a campaign', {
  owner: optional(text, 'who answers for it'),
  desk: optional(text, 'whose work its contacts by a person are; the owner when absent'),
  team: optional(text, 'of the desk, the team that takes them first'),
  driver: optional(word(DRIVERS), 'why it is run'),
  goal: required(GOAL, 'what it is measured by'),
  from: optional(scalar('date'), "its first day, in the policy's time zone"),
  until: optional(scalar('date'), 'its last day, which belongs to it'),
  target: optional(reference('template'), 'who is meant; everybody when absent'),
  triggers: required(list(reference('trigger'), { min: 1, max: MAX_NAMES }), 'what it answers'),
  offers: required(offers, 'what it may offer; no_action is always among them'),
  lever: optional(lever, 'multiplies that of its offers; 1 when absent'),
  steps: optional(list(STEP, { min: 1, max: 8 }), 'the plan of contacts'),
  arms: optional(map(ARM, 8), 'variants by name; their shares add up to 1'),
  holdout: optional(share, 'of enrolled customers kept as control; 0 when absent'),
  budget: optional(BUDGET, 'its bound'),
  reentry: optional(
    either(word(['always', 'never']), duration()),
    'whether a customer may enter anew, or how long after the end of his last plan; always when absent',
  ),
  attribution: optional(
    duration({ minMs: 3_600_000, maxMs: MAX_ATTRIBUTION_MS }),
    'how long after a contact what the customer does unasked is put down to it; 30d when absent',
  ),
  stage: optional(scalar('stage'), 'draft when absent; an entry in stages wins'),
  kind: optional(word(KINDS), 'service actions are exempt from the universal holdout; marketing when absent'),
});
