import type { Place, Reporter } from './diagnostic.ts';
import { parseDuration, toMinor } from './units.ts';
import {
  type Entry,
  keyPlaceOf,
  type Located,
  listItems,
  mapEntries,
  placeOf,
  scalarText,
  scalarValue,
} from './yaml-source.ts';

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

function numberOf(value: Located): number | undefined {
  const plain = scalarValue(value);
  return typeof plain === 'number' && Number.isFinite(plain) ? plain : undefined;
}

function shareOf(value: Located): number | undefined {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(scalarText(value) ?? '');
  const share = percent === null ? numberOf(value) : Number(percent[1]) / 100;
  return share !== undefined && share >= 0 && share <= 1 ? share : undefined;
}

function textsOf(value: Located): readonly { readonly text: string; readonly place: Place }[] | undefined {
  const items = listItems(value);
  const texts = items?.map((item) => ({ text: scalarText(item), place: placeOf(item) }));
  return texts?.every((item): item is { text: string; place: Place } => item.text !== undefined) ? texts : undefined;
}
