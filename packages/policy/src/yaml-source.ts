import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  visit,
} from 'yaml';
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

/** Characters of one file. */
const MAX_FILE_CHARACTERS = 1_000_000;
/** A policy is about six levels deep. Composing recurses, so the depth is known before it begins. */
const MAX_DEPTH = 40;

/**
 * Parses one file. Syntax errors, duplicate keys, aliases, tags that are not known, a second document and too deep
 * nesting are reported and answer undefined.
 */
export function parseYaml(path: string, text: string, report: Reporter): Located | undefined {
  const lines = new LineCounter();
  const file: YamlFile = {
    path,
    text,
    placeAt(offset) {
      const { line, col } = lines.linePos(offset);
      return { file: path, line: Math.max(1, line), column: Math.max(1, col) };
    },
  };
  const refuse = (offset: number, message: string): undefined => void report.error(file.placeAt(offset), message);
  if (text.length > MAX_FILE_CHARACTERS) {
    return refuse(0, `the file has ${text.length} characters, at most ${MAX_FILE_CHARACTERS} are read`);
  }
  const count = { lexemes: 0 };
  const tokens = tokensOf(text, lines, count);
  if (!report.spend(count.lexemes, { file: path, line: 1, column: 1 })) return undefined;
  if (typeof tokens === 'number') return refuse(tokens, `nested more than ${MAX_DEPTH} levels deep`);
  const [document, second] = new Composer({ prettyErrors: false, stringKeys: true, uniqueKeys: false }).compose(
    tokens,
    true,
    text.length,
  );
  if (document === undefined) return undefined;
  if (second !== undefined) return refuse(second.range?.[0] ?? 0, 'a file is one YAML document');
  const problems = [...document.errors, ...document.warnings];
  for (const problem of problems) refuse(problem.pos[0], problem.message);
  let isPlain = problems.length === 0;
  // An alias could repeat a large value many times over, and hides from the reader what is in force.
  visit(document, {
    Alias: (_key, node) => {
      refuse(node.range?.[0] ?? 0, 'YAML aliases are not allowed');
      isPlain = false;
    },
    Map: (_key, { items }) => {
      for (const { key } of repeatedKeys(items as Pair<Node>[])) {
        refuse(key.range?.[0] ?? 0, `keys of a map must be unique, "${String(key).slice(0, 64)}" is written before`);
        isPlain = false;
      }
    },
  });
  return isPlain ? { node: document.contents as Node | null, file, offset: 0 } : undefined;
}

/** The parser's own look for repeated keys compares each with each. */
function repeatedKeys(items: readonly Pair<Node>[]): readonly Pair<Node>[] {
  const seen = new Set<string>();
  return items.filter(({ key }) => {
    const name = String(key);
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated;
  });
}

/** Tokens of a text; the offset of the first one that is nested too deep, and nothing after it is looked at. */
function tokensOf(text: string, lines: LineCounter, count: { lexemes: number }): readonly CST.Token[] | number {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    count.lexemes += 1;
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return parser.offset;
  }
  tokens.push(...parser.end());
  return tokens;
}

export const placeOf = (value: Located): Place => value.file.placeAt(value.offset);
export const keyPlaceOf = (entry: Entry): Place => entry.file.placeAt(entry.keyOffset);

/** Entries of a map; undefined when the value is something else. An empty value is an empty map. */
export function mapEntries(value: Located): readonly Entry[] | undefined {
  if (value.node === null || (isScalar(value.node) && value.node.value === null)) return [];
  if (!isMap(value.node)) return undefined;
  return value.node.items.map((pair) => entryOf(value.file, pair as Pair<Node, Node | null>));
}

/** Where a key of a map has its value; the map itself where it has no such key. */
export function placeOfKey(value: Located, key: string): Place {
  return placeOf(mapEntries(value)?.find((inner) => inner.key === key) ?? value);
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
