import type { Reporter } from './diagnostic.ts';
import type { LocatedName } from './reader.ts';
import { type Entry, placeOf, scalarText } from './yaml-source.ts';

/** Names of a kind of thing that there are. */
export interface Known {
  /** As messages call one of them: `channel`. */
  readonly what: string;
  readonly names: Names;
}

/** A map by name, or a set of names. */
type Names = Pick<ReadonlyMap<string, unknown>, 'has'> & { keys(): Iterable<string> };

/** The names of a list; each that is not known is an error. */
export function knownNames(items: readonly LocatedName[], { what, names }: Known, report: Reporter): readonly string[] {
  for (const { text, place } of items) {
    if (!names.has(text)) report.unknown(place, what, text, names.keys());
  }
  return items.map(({ text }) => text);
}

/** The name that an entry holds; undefined where there is no entry, and an error where it is not known. */
export function knownName(entry: Entry | undefined, { what, names }: Known, report: Reporter): string | undefined {
  const text = entry && scalarText(entry);
  if (entry === undefined || text === undefined) return undefined;
  if (!names.has(text)) report.unknown(placeOf(entry), what, text, names.keys());
  return text;
}
