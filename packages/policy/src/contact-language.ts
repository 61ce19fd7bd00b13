import { CATEGORIES, channel, condition, MAX_CHANNELS, money, share, text } from './language-words.ts';
import { duration, either, list, number, optional, record, reference, required, scalar, word } from './shape.ts';

/** Who may be contacted when, how often and on what, as `language.ts` puts it into a file. */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const DAY_MS = 86_400_000;
const channels = list(channel, { max: MAX_CHANNELS });
const calendar = reference('calendar');

export const EXCLUSION = record('an exclusion', {
  when: required(condition, 'who is left alone'),
  scope: optional(word(['all', 'marketing']), 'what of; all when absent'),
});

export const CAP = record('a cap', {
  max: required(number({ isWhole: true, min: 0, max: 10_000 }), 'so many contacts'),
  per: required(duration(), 'within so long'),
  channel: optional(channel, 'of this channel only'),
  category: optional(word(CATEGORIES), 'of offers of this category only'),
  offer: optional(reference('offer'), 'of this offer only'),
});

export const QUIET_RULE = record('a quiet time', {
  from: required(scalar('clock'), 'local time from which nothing is sent'),
  to: required(scalar('clock'), 'local time from which it is sent again; on the next day where it is earlier'),
  channels: required(channels, 'what is not sent on'),
  days: optional(
    list(word([...WEEKDAYS, 'weekdays', 'weekend']), { min: 1, max: 9 }),
    'on which it starts; all when absent',
  ),
  holidays: optional(
    word(['any', 'only', 'except']),
    "whether days of the customer's calendar are as others, the only ones, or left out; any when absent",
  ),
  otherwise: optional(
    word(['defer', 'drop']),
    'what happens to a contact in this time: it waits until the end, or is not made; defer when absent',
  ),
});

export const REJECTIONS = record('rejections', {
  max: required(number({ isWhole: true, min: 1, max: 100 }), 'so many, of whatever was offered'),
  within: required(duration(), 'so long'),
  silentFor: required(duration(), 'after the last of them nothing but service goes out'),
});

export const VULNERABLE = record('vulnerable', {
  when: required(condition, 'whom it is about'),
  channels: optional(
    list(channel, { min: 1, max: MAX_CHANNELS }),
    'the only ones he is contacted on; those with a person when absent',
  ),
});

export const CONTACT_POLICY = record('contact-policy', {
  caps: optional(list(CAP, { max: 50 }), 'bounds of contacts per time'),
  minimumGap: optional(duration({ minMs: 0 }), 'between two contacts'),
  cooldown: optional(duration({ minMs: 0 }), 'for which an offer that was refused is silent'),
  acceptanceCooldown: optional(
    duration({ minMs: 0 }),
    'for which marketing of the category is silent after an acceptance',
  ),
  rejections: optional(REJECTIONS, 'after which all marketing is silent'),
  quietHours: optional(either(QUIET_RULE, list(QUIET_RULE, { max: 50 })), 'when nothing is sent'),
  exempt: optional(
    list(word(['service']), { max: 1 }),
    'kinds of campaigns that the limits are not for; [service] when absent',
  ),
  vulnerable: optional(VULNERABLE, 'who is spoken to by people only'),
});

export const HOLDOUT = record('holdout', {
  share: required(share, 'of customers who receive nothing proactive but service'),
  salt: required(text, 'changed to draw them anew'),
});

export const CAPACITY = record('capacity', {
  max: required(number({ isWhole: true, min: 1, max: 100_000_000 }), 'so many contacts'),
  per: required(duration({ minMs: 60_000, maxMs: 7 * DAY_MS }), 'in each stretch of so long'),
});

export const CHANNEL = record('a channel', {
  cost: optional(money, 'of one contact; 0 when absent'),
  capacity: optional(CAPACITY, 'what it takes; without bound when absent'),
  person: optional(
    scalar('flag'),
    'whether a person speaks with the customer; true of call-centre when absent, else false',
  ),
});

/** Days of one calendar: the holidays of a country for some years. */
export const CALENDAR = list(scalar('days'), { max: 1_000 });

export const REGION = record('a region', {
  cities: optional(
    list(text, { min: 1, max: 1_000 }),
    'as the attribute city has them; the name of the region when absent',
  ),
  timeZone: optional(scalar('zone'), 'of customers whose own is not known'),
  calendar: optional(calendar, 'its holidays'),
});

export const MARKET_CALENDAR = calendar;
