import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { createReporter } from './diagnostic.ts';
import { SECTIONS } from './language.ts';
import { type Entry, mapEntries, parseYaml } from './yaml-source.ts';

/** What was written, without comments and layout: maps, lists and scalars. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** One definition, or one setting. */
export interface OutlineEntry {
  /** `triggers`, `offers` …; the name of a setting. */
  readonly section: string;
  /** Empty for a setting. */
  readonly id: string;
  readonly value: Plain;
  /** As it stands in its file, with its key, indented as at the top. */
  readonly text: string;
  readonly file: string;
}

/** Entries of a policy folder by `section/id`; a setting by its name. Of files that compile. */
export type Outline = ReadonlyMap<string, OutlineEntry>;

export function keyOf({ section, id }: Pick<OutlineEntry, 'section' | 'id'>): string {
  return id === '' ? section : `${section}/${id}`;
}

/** Takes a folder apart. What does not parse is left out: the compiler speaks of that. */
export function outlineOf(files: Readonly<Record<string, string>>): Outline {
  const outline = new Map<string, OutlineEntry>();
  for (const path of Object.keys(files).sort()) {
    const root = parseYaml(path, files[path] ?? '', createReporter());
    for (const entry of (root && mapEntries(root)) ?? []) {
      for (const found of entriesOf(entry)) outline.set(keyOf(found), found);
    }
  }
  return outline;
}

function entriesOf(entry: Entry): readonly OutlineEntry[] {
  if (!Object.hasOwn(SECTIONS, entry.key)) return [outlined(entry.key, '', entry)];
  return (mapEntries(entry) ?? []).map((item) => outlined(entry.key, item.key, item));
}

function outlined(section: string, id: string, entry: Entry): OutlineEntry {
  return { section, id, value: plainOf(entry.node), text: sourceOf(entry), file: entry.file.path };
}

function plainOf(node: Node | null): Plain {
  if (isMap(node)) {
    const pairs = node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), plainOf(value as Node)]);
    return Object.fromEntries(pairs);
  }
  if (isSeq(node)) return node.items.map((item) => plainOf(item as Node));
  const value: unknown = isScalar(node) ? node.value : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function sourceOf({ node, file, keyOffset, key }: Entry): string {
  const text = file.text.slice(keyOffset, node?.range?.[1] ?? keyOffset + key.length);
  const indent = keyOffset - (file.text.lastIndexOf('\n', keyOffset - 1) + 1);
  return text.replaceAll(`\n${' '.repeat(indent)}`, '\n').trimEnd();
}
