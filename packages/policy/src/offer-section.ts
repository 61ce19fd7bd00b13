import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import { type Condition, NO_ACTION, type Offer, type Script } from './model.ts';
import { readRecord } from './reader.ts';
import { readTexts, type TextRules } from './text-section.ts';
import { type Entry, keyPlaceOf, placeOf } from './yaml-source.ts';

const KEYS = [
  'title',
  'category',
  'value',
  'cost',
  'propensity',
  'validFor',
  'channels',
  'script',
  'eligible',
] as const;
const CATEGORIES = ['retention', 'cross-sell', 'service'] as const;

/** Everybody is eligible where the policy says nothing. */
const EVERYBODY: Condition = { source: 'true', features: [], evaluate: () => 'true', explain: () => [] };

export interface Money {
  readonly currency: string;
  readonly digits: number;
}

/** One offer: `{ title, category, value, cost?, propensity, validFor, channels, script?, eligible? }`. */
export function readOffer(
  entry: Entry,
  rules: TextRules,
  money: Money,
  scripts: ReadonlyMap<string, Script>,
  compiler: ExpressionCompiler,
  report: Reporter,
): Offer | undefined {
  const reader = readRecord(entry, 'an offer', KEYS, report);
  if (reader === undefined) return undefined;
  if (entry.key === NO_ACTION) {
    report.error(keyPlaceOf(entry), `${NO_ACTION} is always a candidate and is not defined`);
    return undefined;
  }
  const needed = ['title', 'category', 'value', 'propensity', 'validFor', 'channels'] as const;
  const missing = needed.filter((key) => reader.required(key) === undefined);
  const title = reader.entry('title');
  const eligibleEntry = reader.entry('eligible');
  const eligible = eligibleEntry === undefined ? EVERYBODY : compiler.condition(eligibleEntry);
  const script = reader.text('script');
  const scriptEntry = reader.entry('script');
  if (script !== undefined && scriptEntry !== undefined && !scripts.has(script)) {
    report.unknown(placeOf(scriptEntry), 'script', script, scripts.keys());
  }
  const category = reader.oneOf('category', CATEGORIES);
  const valueMinor = reader.moneyMinor('value', money.digits);
  const costMinor = reader.has('cost') ? reader.moneyMinor('cost', money.digits) : 0;
  const propensity = reader.share('propensity');
  const validForMs = reader.durationMs('validFor');
  const channels = reader.texts('channels');
  for (const { text, place } of channels) {
    if (!rules.contract.channels.includes(text)) report.unknown(place, 'channel', text, rules.contract.channels);
  }
  if (missing.length === 0 && reader.has('channels') && channels.length === 0) {
    report.error(reader.place, 'an offer without a channel reaches nobody');
  }
  if (title === undefined || category === undefined || eligible === undefined || validForMs === undefined) {
    return undefined;
  }
  if (valueMinor === undefined || costMinor === undefined || propensity === undefined) return undefined;
  return {
    id: entry.key,
    title: readTexts(title, rules, undefined, report),
    category,
    valueMinor,
    costMinor,
    currency: money.currency,
    propensity,
    validForMs,
    channels: channels.map(({ text }) => text),
    ...(script === undefined ? {} : { script }),
    eligible,
  };
}
