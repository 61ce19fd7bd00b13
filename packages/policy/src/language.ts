import type { Aggregation } from '@holdfast/features';
import { CAMPAIGN, OFFER } from './campaign-language.ts';
import { CALENDAR, CHANNEL, CONTACT_POLICY, EXCLUSION, HOLDOUT, MARKET_CALENDAR, REGION } from './contact-language.ts';
import { channel, condition, eventType, text, texts } from './language-words.ts';
import { EXPLORATION, LEARNING } from './learning-language.ts';
import {
  duration,
  either,
  type Key,
  list,
  map,
  number,
  optional,
  type ReferenceShape,
  record,
  required,
  type Shape,
  scalar,
  word,
} from './shape.ts';
import { WORK } from './work-language.ts';

/**
 * The language: every section with its keys, closed sets, units and bounds. The readers check files against it and the
 * JSON Schema is printed from it, so that neither knows a key that the other does not.
 */

export const FORMAT_VERSION = 1;

export const TEMPLATE = record('a template', {
  when: required(condition, 'who is meant: true of a customer who belongs to the target group'),
  version: optional(
    number({ isWhole: true, min: 1, max: 1_000_000 }),
    'raised when the meaning changes; 1 when absent',
  ),
  description: optional(text, 'for people'),
});

export const TIER = record('a tier', {
  when: required(condition, 'enters the tier'),
  keep: optional(condition, 'stays in the tier though when is not true any more; the same as when where absent'),
  description: optional(text, 'for people'),
});

export const ABSENCE = record('absence', {
  of: required(eventType, 'the event that does not come'),
  for: required(duration({ minMs: 60_000 }), 'how long it has not come'),
});

export const OCCURRENCE = record('an occurrence', {
  of: required(eventType, 'the type of the event'),
  where: optional(condition, 'over the fields of the event'),
});

const occurrence = either(eventType, OCCURRENCE);

export const SEQUENCE = record('sequence', {
  first: required(occurrence, 'what comes first: an event type, or { of, where }'),
  // biome-ignore lint/suspicious/noThenProperty: the word of the language; a description is awaited by nobody
  then: optional(occurrence, 'what follows within the time and fires'),
  without: optional(eventType, 'what does not follow within the time, which then fires'),
  within: required(duration({ minMs: 60_000 }), 'counted from the newest first event'),
});

export const SCHEDULE = record('schedule', {
  every: required(
    word(['birthday', 'anniversary', 'contract-end']),
    'birthday, day since when the customer is one of ours, or end of the contract told last',
  ),
  before: optional(duration({ minMs: 0 }), 'so long before that day'),
  at: optional(scalar('time'), "time of the day in the customer's time zone; 10:00 when absent"),
});

export const TRIGGER = record('a trigger', {
  on: optional(eventType, 'fires at an event of this type'),
  absence: optional(ABSENCE, 'fires when no event of a type came for so long'),
  sequence: optional(SEQUENCE, 'fires when two events follow each other in time, or when the second does not come'),
  schedule: optional(SCHEDULE, 'fires on a day of the customer'),
  when: optional(condition, 'what else has to hold; crossed is allowed with on'),
  freshness: optional(duration(), 'noticed later than this it does not fire; 1d when absent'),
  occasion: optional(text, 'what counts as one occasion: it fires once on each'),
  reason: required(texts, 'shown to the agent; {name} is filled in'),
});

export const SHARE = record('share', {
  of: optional(text, 'the field whose sum is shared out; the number of events when absent'),
  where: required(condition, 'which of the events are the part, over their fields'),
});

const fieldName = optional(text, 'a field of the event with a number');

/** Exactly one of these says what a feature is. */
export const AGGREGATIONS = {
  count: optional(text, 'true: the number of events'),
  sum: fieldName,
  min: fieldName,
  max: fieldName,
  average: fieldName,
  first: fieldName,
  last: fieldName,
  distinct: optional(text, 'a field of the event whose different values are counted'),
  share: optional(SHARE, 'the part of the events or of a sum, 0 to 1'),
  rate: optional(text, 'true or a field: events, or its sum, against the own past'),
  streak: optional(word(['active', 'quiet']), 'hops in a row up to now with an event, or without'),
  elapsedSince: optional(word(['last']), 'since the newest event'),
} as const satisfies Readonly<Record<Aggregation, Key>>;

/** Besides these a feature may be `expr` alone. */
export const DECLARED_FEATURE = record('a feature', {
  from: optional(eventType, 'the event it adds up'),
  where: optional(condition, 'over the fields of the event'),
  ...AGGREGATIONS,
  against: optional(
    number({ isWhole: true, min: 1, max: 52 }),
    'windows before that a rate is measured against; 4 when absent',
  ),
  window: optional(text, 'a duration such as 7d, cycle or ever'),
  hop: optional(duration(), 'width of a tile'),
  offset: optional(duration({ minMs: 0 }), 'shifts the window into the past'),
  unit: optional(word(['minutes', 'hours', 'days']), 'of elapsedSince; days when absent'),
  scope: optional(word(['customer', 'line']), 'whose events are counted; the customer when absent'),
});

export const FEATURE = record('a feature', {
  ...DECLARED_FEATURE.keys,
  expr: optional(condition, 'computed from other features and attributes; then there is no other key'),
});

/** Definitions of one section in all files. */
const MAX_DEFINITIONS = 5_000;

const section = <S extends Shape>(of: S, says: string, by?: ReferenceShape) =>
  optional(map(of, MAX_DEFINITIONS, by), says);

const stage = scalar('stage');

/** Sections add up over the files of a folder; an id is defined once. */
export const SECTIONS = {
  features: section(FEATURE, 'numbers that are kept per customer'),
  segments: section(condition, 'named conditions, used as segment(name)'),
  templates: section(TEMPLATE, 'saved target groups, used as template(name) and as target of a campaign'),
  tiers: section(TIER, 'value tiers, the best first'),
  triggers: section(TRIGGER, 'when something is decided'),
  offers: section(OFFER, 'what a customer may be offered'),
  scripts: section(texts, 'what the agent says'),
  campaigns: section(CAMPAIGN, 'what is offered to whom on which trigger'),
  stages: section(stage, 'of campaigns; wins over what they say themselves'),
  exclusions: section(EXCLUSION, 'who is left alone'),
  channels: section(CHANNEL, 'what a contact costs on a channel, and how many it takes', channel),
  calendars: section(CALENDAR, 'days by name, such as 2026-10-01 or 2026-10-01..2026-10-07'),
  regions: section(REGION, 'what is so where a customer lives'),
} as const;

/** Settings are given once in a folder. */
export const SETTINGS = {
  $version: optional(number({ isWhole: true, min: 1, max: 1_000_000 }), 'format of the files'),
  includes: optional(list(text, { max: 32 }), 'files of the folder, or folders beside it, on which this file builds'),
  'contact-policy': optional(CONTACT_POLICY, 'how often anybody may be contacted, over all channels'),
  holdout: optional(HOLDOUT, 'customers left alone so that the whole can be measured'),
  exploration: optional(EXPLORATION, 'how offers other than the best get their turn; none when absent'),
  learning: optional(LEARNING, 'how propensities are learnt'),
  work: optional(WORK, 'how long people have for what they are to do'),
  languages: optional(
    list(scalar('language'), { min: 1, max: 20 }),
    'of texts, in the order in which they are looked up',
  ),
  approval: optional(word(['second-person', 'none']), 'who changes what is live; second-person when absent'),
  currency: optional(scalar('currency'), 'of all amounts'),
  'time-zone': optional(scalar('zone'), 'of campaigns, and of customers whose own is not known; UTC when absent'),
  calendar: optional(MARKET_CALENDAR, 'of customers whose region has none'),
  'base-customers': optional(number({ isWhole: true, min: 1, max: 10_000_000_000 }), 'size of the base, for warnings'),
} as const;

export type SectionName = keyof typeof SECTIONS;
export type SettingName = keyof typeof SETTINGS;

/** One file. */
export const POLICY_FILE = record('a policy file', { ...SECTIONS, ...SETTINGS });
