import type { PolicyContract } from './contract.ts';
import { between, type ValueRange } from './value-range.ts';
import { type Entry, mapEntries } from './yaml-source.ts';

const NOT_NEGATIVE = between(0, Number.POSITIVE_INFINITY);

/** Aggregations whose values have bounds of their own. */
const AGGREGATION_RANGES: Readonly<Record<string, ValueRange>> = {
  count: NOT_NEGATIVE,
  distinct: NOT_NEGATIVE,
  elapsedSince: NOT_NEGATIVE,
  streak: NOT_NEGATIVE,
  share: between(0, 1),
};

/** What stored features and attributes can come to; those of which nothing is known are left out. */
export function rangesOf(
  features: ReadonlyMap<string, Entry>,
  { ranges = {} }: PolicyContract,
): ReadonlyMap<string, ValueRange> {
  const known = new Map<string, ValueRange>();
  for (const [name, { min, max }] of Object.entries(ranges)) known.set(name, between(min, max));
  for (const [name, entry] of features) {
    for (const { key } of mapEntries(entry) ?? []) {
      const range = Object.hasOwn(AGGREGATION_RANGES, key) ? AGGREGATION_RANGES[key] : undefined;
      if (range !== undefined) known.set(name, range);
    }
  }
  return known;
}
