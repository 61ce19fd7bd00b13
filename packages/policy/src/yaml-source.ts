import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import type { Place, Reporter } from './diagnostic.ts';

/** A YAML value with the place where it stands. */
export interface Located {
  readonly node: Node | null;
  readonly file: YamlFile;
  /** Offset of the value, or of its key when the value is empty. */
  readonly offset: number;
}

export interface Entry extends Located {
  readonly key: string;
  readonly keyOffset: number;
}

export interface YamlFile {
  readonly path: string;
  readonly text: string;
  placeAt(offset: number): Place;
}

/** Parses one file; syntax errors, duplicate keys and aliases are reported and answer undefined. */
export function parseYaml(path: string, text: string, report: Reporter): Located | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const file: YamlFile = {
    path,
    text,
    placeAt(offset) {
      const { line, col } = lines.linePos(offset);
      return { file: path, line, column: col };
    },
  };
  for (const problem of document.errors) report.error(file.placeAt(problem.pos[0]), problem.message);
  let isPlain = document.errors.length === 0;
  // An alias could repeat a large value many times over, and hides from the reader what is in force.
  visit(document, {
    Alias: (_key, node) => {
      report.error(file.placeAt(node.range?.[0] ?? 0), 'YAML aliases are not allowed in a policy');
      isPlain = false;
    },
  });
  return isPlain ? { node: document.contents as Node | null, file, offset: 0 } : undefined;
}

export const placeOf = (value: Located): Place => value.file.placeAt(value.offset);
export const keyPlaceOf = (entry: Entry): Place => entry.file.placeAt(entry.keyOffset);

/** Entries of a map; undefined when the value is something else. An empty value is an empty map. */
export function mapEntries(value: Located): readonly Entry[] | undefined {
  if (value.node === null || (isScalar(value.node) && value.node.value === null)) return [];
  if (!isMap(value.node)) return undefined;
  return value.node.items.map((pair) => entryOf(value.file, pair as Pair<Node, Node | null>));
}

/** Items of a list; undefined when the value is something else. */
export function listItems(value: Located): readonly Located[] | undefined {
  if (!isSeq(value.node)) return undefined;
  return value.node.items.map((item) => locate(value.file, item as Node | null, value.offset));
}

/** The plain value of a scalar; undefined when the value is a map or a list. */
export function scalarValue(value: Located): string | number | boolean | null | undefined {
  if (value.node === null || isAlias(value.node)) return null;
  if (!isScalar(value.node)) return undefined;
  const plain: unknown = value.node.value;
  return typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean' ? plain : null;
}

/** A scalar as it was written, for texts in which `true` or `5` are words like others. */
export function scalarText(value: Located): string | undefined {
  if (!isScalar(value.node) || value.node.value === null) return undefined;
  return typeof value.node.value === 'string' ? value.node.value : (value.node.source ?? String(value.node.value));
}

/**
 * Offset in the file of position `at` inside a scalar's text. Quoting, folding and indentation only add characters, so
 * the two texts are matched character by character from the start of the value.
 */
export function offsetInside(value: Located, text: string, at: number): number {
  let offset = value.offset;
  const isBlock = isScalar(value.node) && (value.node.type === 'BLOCK_FOLDED' || value.node.type === 'BLOCK_LITERAL');
  if (isBlock) offset = value.file.text.indexOf('\n', offset) + 1;
  for (let index = 0; index <= at && index < text.length; index += 1) {
    const wanted = text[index] ?? '';
    if (/\s/.test(wanted)) continue;
    const found = value.file.text.indexOf(wanted, offset);
    if (found < 0) return value.offset;
    if (index === at) return found;
    offset = found + 1;
  }
  return offset;
}

function entryOf(file: YamlFile, pair: Pair<Node, Node | null>): Entry {
  const keyOffset = pair.key.range?.[0] ?? 0;
  const key = isScalar(pair.key) ? String(pair.key.value) : '';
  return { ...locate(file, pair.value, keyOffset), key, keyOffset };
}

function locate(file: YamlFile, node: Node | null, fallback: number): Located {
  return { node, file, offset: node?.range?.[0] ?? fallback };
}
