import { CONTEXT, OFFER } from './campaign-language.ts';
import { type ContextFactor, NO_ACTION, type Offer } from './campaign-model.ts';
import { EVERYBODY } from './condition.ts';
import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import type { Script } from './model.ts';
import { readFields } from './reader.ts';
import { knownName, knownNames } from './references.ts';
import { readTexts, type TextRules } from './text-section.ts';
import { type Entry, keyPlaceOf, type Located } from './yaml-source.ts';

export interface Money {
  readonly currency: string;
  readonly digits: number;
}

/** One offer, as `OFFER` of the language declares it. */
export function readOffer(
  entry: Entry,
  rules: TextRules,
  money: Money,
  scripts: ReadonlyMap<string, Script>,
  compiler: ExpressionCompiler,
  report: Reporter,
): Offer | undefined {
  const reader = readFields(entry, OFFER, report);
  if (reader === undefined) return undefined;
  if (entry.key === NO_ACTION) {
    report.error(keyPlaceOf(entry), `${NO_ACTION} is always a candidate and is not defined`);
    return undefined;
  }
  const lever = reader.valueOr('lever', 1);
  const context = reader.items('context').flatMap((item) => readContext(item, compiler, report) ?? []);
  const title = reader.entry('title');
  const eligibleEntry = reader.entry('eligible');
  const eligible = eligibleEntry === undefined ? EVERYBODY : compiler.condition(eligibleEntry);
  const script = knownName(reader.entry('script'), { what: 'script', names: scripts }, report);
  const category = reader.value('category');
  const valueMinor = reader.moneyMinor('value', money.digits);
  const costMinor = reader.has('cost') ? reader.moneyMinor('cost', money.digits) : 0;
  const propensity = reader.value('propensity');
  const validForMs = reader.value('validFor');
  const channels = knownNames(
    reader.names('channels'),
    { what: 'channel', names: new Set(rules.contract.channels) },
    report,
  );
  if (title === undefined || category === undefined || eligible === undefined || validForMs === undefined) {
    return undefined;
  }
  if (valueMinor === undefined || costMinor === undefined) return undefined;
  if (propensity === undefined || lever === undefined) return undefined;
  return {
    id: entry.key,
    title: readTexts(title, rules, undefined, report),
    category,
    valueMinor,
    costMinor,
    currency: money.currency,
    propensity,
    validForMs,
    channels,
    ...(script === undefined ? {} : { script }),
    eligible,
    lever,
    context,
  };
}

function readContext(item: Located, compiler: ExpressionCompiler, report: Reporter): ContextFactor | undefined {
  const reader = readFields(item, CONTEXT, report);
  const whenEntry = reader?.entry('when');
  const when = whenEntry && compiler.condition(whenEntry);
  const factor = reader?.value('factor');
  return when === undefined || factor === undefined ? undefined : { when, factor };
}
