import type { Place, Reporter } from './diagnostic.ts';
import { numberOf, scalarOf, shareOf } from './scalar-value.ts';
import { expectationOf, type ListShape, type RecordShape, type Shape, type ValueOf } from './shape.ts';
import { parseDuration, toMinor } from './units.ts';
import { type Entry, keyPlaceOf, type Located, listItems, mapEntries, placeOf, scalarText } from './yaml-source.ts';

/** The fields of one definition. Every getter reports what is wrong and then answers undefined or the fallback. */
export interface RecordReader {
  readonly place: Place;
  entry(key: string): Entry | undefined;
  has(key: string): boolean;
  required(key: string): Entry | undefined;
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  /** 0…1, written `0.1` or `10%`. */
  share(key: string): number | undefined;
  durationMs(key: string): number | undefined;
  /** In the major unit; answered in minor units of a currency with so many digits. */
  moneyMinor(key: string, digits: number): number | undefined;
  oneOf<const T extends string>(key: string, words: readonly T[]): T | undefined;
  texts(key: string): readonly { readonly text: string; readonly place: Place }[];
}

/** The fields of one definition as the language declares them; see `RecordReader` for how getters answer. */
export interface FieldReader<R extends RecordShape> {
  readonly place: Place;
  entry(key: KeyOf<R>): Entry | undefined;
  has(key: KeyOf<R>): boolean;
  value<K extends KeyOf<R>>(key: K): ValueAt<R, K> | undefined;
  /** The fallback where the key is not given; undefined for a value that is wrong. */
  valueOr<K extends KeyOf<R>, F>(key: K, fallback: F): ValueAt<R, K> | F | undefined;
  /** In the major unit; answered in minor units of a currency with so many digits. */
  moneyMinor(key: KeyOf<R>, digits: number): number | undefined;
  /** A list of names. */
  names(key: KeyOf<R>): readonly LocatedName[];
  /** A list of scalars, without those that are wrong. */
  values<K extends KeyOf<R>>(key: K): readonly ItemAt<R, K>[];
  /** A list of definitions. */
  items(key: KeyOf<R>): readonly Located[];
}

export interface LocatedName {
  readonly text: string;
  readonly place: Place;
}

type KeyOf<R extends RecordShape> = Extract<keyof R['keys'], string>;
type ItemAt<R extends RecordShape, K extends KeyOf<R>> = NonNullable<R['keys'][K]>['shape'] extends {
  readonly kind: 'list';
  readonly of: infer S;
}
  ? ValueOf<S>
  : never;
type ValueAt<R extends RecordShape, K extends KeyOf<R>> = ValueOf<NonNullable<R['keys'][K]>['shape']>;

/** Reads a map as declared; unknown and missing keys are errors. Undefined when the value is no map. */
export function readFields<const R extends RecordShape>(
  value: Located,
  shape: R,
  report: Reporter,
): FieldReader<R> | undefined {
  const keys: RecordShape['keys'] = shape.keys;
  const found = readRecord(value, shape.what, Object.keys(keys), report);
  if (found === undefined) return undefined;
  for (const [key, { isRequired }] of Object.entries(keys)) {
    if (isRequired) found.required(key);
  }
  const shapeOf = (key: string): Shape => keys[key]?.shape ?? { kind: 'text' };

  function plainValue(key: string): unknown {
    const entry = found?.entry(key);
    if (entry === undefined) return undefined;
    const parsed = scalarOf(entry, shapeOf(key));
    if (parsed === undefined) report.error(placeOf(entry), `${key} must be ${expectationOf(shapeOf(key))}`);
    return parsed;
  }

  function items(key: string): readonly Located[] {
    const entry = found?.entry(key);
    return entry === undefined ? [] : readItems(entry, key, shapeOf(key) as ListShape, report);
  }

  function valueIn(item: Located, key: string, { of }: ListShape): readonly unknown[] {
    const parsed = scalarOf(item, of);
    if (parsed === undefined) report.error(placeOf(item), `${key} must be a list of ${expectationOf(of)}`);
    return parsed === undefined ? [] : [parsed];
  }

  return {
    place: found.place,
    entry: (key) => found.entry(key),
    has: (key) => found.has(key),
    value: (key) => plainValue(key) as ValueAt<R, typeof key> | undefined,
    valueOr: (key, fallback) => (found.has(key) ? (plainValue(key) as ValueAt<R, typeof key> | undefined) : fallback),
    moneyMinor: (key, digits) => found.moneyMinor(key, digits),
    items,
    values: (key) =>
      items(key).flatMap((item) => valueIn(item, key, shapeOf(key) as ListShape)) as ItemAt<R, typeof key>[],
    names: (key) => items(key).flatMap((item) => nameIn(item, key, report)),
  };
}

/** Items of a list within its bounds; what is wrong with it is reported. */
export function readItems(entry: Entry, key: string, shape: ListShape, report: Reporter): readonly Located[] {
  const items = listItems(entry);
  if (items === undefined || items.length < shape.min || items.length > shape.max) {
    report.error(placeOf(entry), `${key} must be ${expectationOf(shape)}`);
  }
  return (items ?? []).slice(0, shape.max);
}

function nameIn(item: Located, key: string, report: Reporter): readonly LocatedName[] {
  const text = scalarText(item);
  if (text === undefined) report.error(placeOf(item), `${key} must be a list of names`);
  return text === undefined ? [] : [{ text, place: placeOf(item) }];
}

/** Reads a map with exactly these keys; an unknown key is an error. Undefined when the value is no map. */
export function readRecord(
  value: Located,
  what: string,
  keys: readonly string[],
  report: Reporter,
): RecordReader | undefined {
  const entries = mapEntries(value);
  if (entries === undefined) {
    report.error(placeOf(value), `${what} must be a map with the keys ${keys.join(', ')}`);
    return undefined;
  }
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  for (const entry of entries) {
    if (!keys.includes(entry.key)) report.unknown(keyPlaceOf(entry), `key of ${what}`, entry.key, keys);
  }
  const place = 'keyOffset' in value ? keyPlaceOf(value as Entry) : placeOf(value);
  return createRecordReader(byKey, what, place, report);
}

function createRecordReader(
  byKey: ReadonlyMap<string, Entry>,
  what: string,
  place: Place,
  report: Reporter,
): RecordReader {
  const parsed = <T>(key: string, expected: string, parse: (value: Located) => T | undefined): T | undefined => {
    const entry = byKey.get(key);
    if (entry === undefined) return undefined;
    const value = parse(entry);
    if (value === undefined) report.error(placeOf(entry), `${key} must be ${expected}`);
    return value;
  };
  return {
    place,
    entry: (key) => byKey.get(key),
    has: (key) => byKey.has(key),
    required(key) {
      const entry = byKey.get(key);
      if (entry === undefined) report.error(place, `${what} needs ${key}`);
      return entry;
    },
    text: (key) => parsed(key, 'a text', scalarText),
    number: (key) => parsed(key, 'a number', numberOf),
    share: (key) => parsed(key, 'a share from 0 to 1, such as 0.1 or 10%', shareOf),
    durationMs: (key) =>
      parsed(key, 'a duration such as 15m, 72h or 7d', (value) => parseDuration(scalarText(value) ?? '')),
    moneyMinor: (key, digits) =>
      parsed(key, `an amount with at most ${digits} digits after the point`, (value) => {
        const amount = numberOf(value);
        return amount === undefined ? undefined : toMinor(amount, digits);
      }),
    oneOf<const T extends string>(key: string, words: readonly T[]) {
      return parsed(key, `one of ${words.join(', ')}`, (value) => words.find((word) => word === scalarText(value)));
    },
    texts: (key) => parsed(key, 'a list of texts', textsOf) ?? [],
  };
}

function textsOf(value: Located): readonly { readonly text: string; readonly place: Place }[] | undefined {
  const items = listItems(value);
  const texts = items?.map((item) => ({ text: scalarText(item), place: placeOf(item) }));
  return texts?.every((item): item is { text: string; place: Place } => item.text !== undefined) ? texts : undefined;
}
