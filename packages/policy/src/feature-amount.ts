import type { Aggregation, BoundFeature } from '@holdfast/features';
import type { FieldType } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { FieldFilter } from './field-filter.ts';
import { SHARE } from './language.ts';
import { type FieldReader, type RecordReader, readFields } from './reader.ts';
import { type Entry, placeOf, scalarText } from './yaml-source.ts';

const FRACTION_STEPS = 1024;
/** Windows of a rate's past. */
const DEFAULT_AGAINST = 4;
const MOST_AGAINST = 52;

/** What a feature looks at in the events it is given. */
export type Amount = Pick<BoundFeature, 'field' | 'resolution' | 'against' | 'streak' | 'part'>;

/** What reading an amount needs: the event type, its fields, and filters over them. */
export interface AmountRules {
  readonly from: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Of the whole feature. */
  readonly filter: FieldFilter | undefined;
  /** Undefined where the feature is none, or is a wrong one. */
  readonly share: ShareReader | undefined;
  compileFilter(value: Entry): FieldFilter | undefined;
}

type ShareReader = FieldReader<typeof SHARE>;

/** Of `share: { of?: FIELD, where: CEL }`. */
export function readShareKeys(reader: RecordReader, report: Reporter): ShareReader | undefined {
  const entry = reader.entry('share');
  return entry === undefined ? undefined : readFields(entry, SHARE, report);
}

const NUMBERS: readonly FieldType['type'][] = ['double'];
const NAMED: readonly FieldType['type'][] = ['double', 'string'];
/** Aggregations that are written with one word. */
const WORDS: Partial<Record<Aggregation, readonly string[]>> = {
  count: ['true'],
  elapsedSince: ['last'],
  streak: ['active', 'quiet'],
};

/** The value of the aggregation's key, `entry`. */
export function readAmount(
  reader: RecordReader,
  aggregation: Aggregation,
  rules: AmountRules,
  report: Reporter,
): Amount | undefined {
  const entry = reader.entry(aggregation);
  if (entry === undefined || !isAgainstRight(reader, aggregation, report)) return undefined;
  const words = WORDS[aggregation];
  if (words !== undefined) return oneWord(entry, aggregation, words, report);
  switch (aggregation) {
    case 'share':
      return readShare(rules, report);
    case 'rate':
      return readRate(entry, reader, rules, report);
    default:
      return readField(entry, aggregation, rules, report);
  }
}

function oneWord(
  entry: Entry,
  aggregation: Aggregation,
  words: readonly string[],
  report: Reporter,
): Amount | undefined {
  const word = scalarText(entry);
  if (word === undefined || !words.includes(word)) {
    const written = words.map((one) => `"${aggregation}: ${one}"`).join(' or ');
    report.error(placeOf(entry), `${aggregation} is written ${written}`);
    return undefined;
  }
  return aggregation === 'streak' ? { resolution: 1, streak: word as 'active' | 'quiet' } : { resolution: 1 };
}

/** A field of a type that the aggregation can work with. */
function readField(
  entry: Entry,
  aggregation: Aggregation,
  { from, fields }: AmountRules,
  report: Reporter,
): Pick<BoundFeature, 'field' | 'resolution'> | undefined {
  const name = scalarText(entry);
  const field = name === undefined ? undefined : fields[name];
  if (name === undefined || field === undefined) {
    report.unknown(placeOf(entry), `field of ${from}`, name ?? '', Object.keys(fields));
    return undefined;
  }
  const isDistinct = aggregation === 'distinct';
  if (!(isDistinct ? NAMED : NUMBERS).includes(field.type)) {
    const wanted = isDistinct ? 'a text or a number' : 'a number';
    report.error(placeOf(entry), `${aggregation} needs a field with ${wanted}, "${name}" is a ${field.type}`);
    return undefined;
  }
  return { field: name, resolution: field.isWhole || isDistinct ? 1 : FRACTION_STEPS };
}

/** The part of the feature's events, or of a field's sum over them. */
function readShare(rules: AmountRules, report: Reporter): Amount | undefined {
  const { share } = rules;
  const where = share?.entry('where');
  if (share === undefined || where === undefined) return undefined;
  const of = share.entry('of');
  const amount = of === undefined ? { resolution: 1 } : readField(of, 'share', rules, report);
  const part = rules.compileFilter(where);
  return amount && part ? { ...amount, part: partFilter(rules.filter, part) } : undefined;
}

/** The text is all of the filter, so that features with the same events share what is kept of them. */
function partFilter(outer: FieldFilter | undefined, inner: FieldFilter): NonNullable<Amount['part']> {
  if (outer === undefined) return { where: inner.source, matches: inner.matches, ...onlyOf(inner.only) };
  const only = outer.only ?? inner.only;
  return {
    where: `(${outer.source}) && (${inner.source})`,
    matches: (event) => outer.matches(event) && inner.matches(event),
    ...onlyOf(only && { ...only, isAll: false }),
  };
}

function onlyOf(only: FieldFilter['only']): Pick<BoundFeature, 'only'> {
  return only ? { only } : {};
}

/** `rate: true` or `rate: FIELD`, and `against`. */
function readRate(entry: Entry, reader: RecordReader, rules: AmountRules, report: Reporter): Amount | undefined {
  const against = againstOf(reader);
  if (scalarText(entry) === 'true') return { resolution: 1, against };
  const amount = readField(entry, 'rate', rules, report);
  return amount && { ...amount, against };
}

/** Windows that a rate's past has; call it where `against` was found right. */
export function againstOf(reader: RecordReader): number {
  return reader.has('against') ? (reader.number('against') ?? DEFAULT_AGAINST) : DEFAULT_AGAINST;
}

function isAgainstRight(reader: RecordReader, aggregation: Aggregation, report: Reporter): boolean {
  const entry = reader.entry('against');
  if (entry === undefined) return true;
  if (aggregation !== 'rate') {
    report.error(placeOf(entry), 'against has a meaning for rate only');
    return false;
  }
  const windows = Number(scalarText(entry));
  const isRight = Number.isInteger(windows) && windows >= 1 && windows <= MOST_AGAINST;
  if (!isRight) report.error(placeOf(entry), `against must be a whole number of windows from 1 to ${MOST_AGAINST}`);
  return isRight;
}
