import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { referencesOf } from './cel-names.ts';
import { type CelSource, childrenOf, parseCel } from './cel-source.ts';
import type { FieldType } from './contract.ts';
import type { Place, Reporter } from './diagnostic.ts';
import { type Located, offsetInside, scalarText } from './yaml-source.ts';

/** What an expression must be, and what it may see. */
export interface Expectation {
  readonly environment: Environment;
  /** `bool` for conditions, `double` for computed features. */
  readonly type: 'bool' | 'double';
  /** Free names, for suggestions; what they are called together, e.g. `feature or attribute`. */
  readonly names: ReadonlySet<string>;
  readonly namesAre: string;
  /** Fields of `event`; undefined where there is no event. */
  readonly event?: Readonly<Record<string, FieldType>>;
  /** Types of free names with a closed set of words. */
  readonly fields?: Readonly<Record<string, FieldType>>;
  readonly functions: ReadonlySet<string>;
}

export interface Checked {
  readonly source: CelSource;
  readonly placeAt: (at: number) => Place;
}

/** Longer ones are not read by people either: segments and features give parts a name. */
const MAX_LENGTH = 4_000;

/** Functions of the policy language, and where they have no meaning. */
const LATCHES = new Set(['crossed', 'crossed_below']);

/** Parses and type-checks the expression in a YAML value; every problem is reported at its own column. */
export function checkExpression(value: Located, expected: Expectation, report: Reporter): Checked | undefined {
  const text = scalarText(value);
  if (text === undefined) {
    report.error(value.file.placeAt(value.offset), 'an expression must be a text');
    return undefined;
  }
  if (text.length > MAX_LENGTH) {
    report.error(value.file.placeAt(value.offset), `an expression has at most ${MAX_LENGTH} characters`);
    return undefined;
  }
  const placeInText = (at: number): Place => value.file.placeAt(offsetInside(value, text, at));
  const parsed = parseCel(text, expected.environment);
  if (parsed.kind === 'invalid') {
    report.error(placeInText(Math.min(parsed.at, Math.max(0, text.length - 1))), parsed.message);
    return undefined;
  }
  const { source } = parsed;
  if (!report.spend(nodesIn(source.ast), value.file.placeAt(value.offset))) return undefined;
  const placeAt = (at: number): Place => placeInText(source.positionOf(at));
  const isNamed = checkNames(source.ast, expected, placeAt, report);
  const areWordsKnown = checkWords(source.ast, expected, placeAt, report);
  const isBounded = checkBounds(source.ast, placeAt, report);
  if (!isNamed || !areWordsKnown || !isBounded || !checkType(source, expected, placeAt, report)) return undefined;
  return { source, placeAt };
}

function nodesIn(node: ASTNode): number {
  return childrenOf(node).reduce((sum, child) => sum + nodesIn(child), 1);
}

function checkNames(ast: ASTNode, expected: Expectation, placeAt: (at: number) => Place, report: Reporter): boolean {
  const { names, eventFields, calls } = referencesOf(ast);
  let isKnown = true;
  const fail = (at: number, what: string, name: string, known: Iterable<string>): void => {
    isKnown = false;
    report.unknown(placeAt(at), what, name, known);
  };
  for (const { name, at } of names) {
    if (name === 'event' && expected.event !== undefined) continue;
    if (!expected.names.has(name)) fail(at, expected.namesAre, name, expected.names);
  }
  for (const { name, at } of eventFields) {
    if (expected.event === undefined) {
      isKnown = false;
      report.error(placeAt(at), `there is no event here to read "${name}" from`);
    } else if (expected.event[name] === undefined) {
      fail(at, 'event field', name, Object.keys(expected.event));
    }
  }
  for (const { name, at } of calls) {
    if (!LATCHES.has(name) || expected.functions.has(name)) continue;
    isKnown = false;
    report.error(placeAt(at), `${name} has a meaning only in the condition of a trigger`);
  }
  return isKnown;
}

/** `kind == 'DTA'` can never be true where the contract closes the set of words. */
function checkWords(node: ASTNode, expected: Expectation, placeAt: (at: number) => Place, report: Reporter): boolean {
  let areKnown = true;
  if (node.op === '==' || node.op === '!=' || node.op === 'in') {
    const [left, right] = node.args;
    const pairs = [
      { symbols: symbolsOf(left, expected), literals: node.op === 'in' ? childrenOf(right) : [right] },
      { symbols: symbolsOf(right, expected), literals: node.op === 'in' ? [] : [left] },
    ];
    for (const { symbols, literals } of pairs) {
      for (const literal of symbols === undefined ? [] : literals) {
        if (literal.op !== 'value' || typeof literal.args !== 'string' || symbols?.includes(literal.args)) continue;
        areKnown = false;
        report.unknown(placeAt(literal.start), 'value', literal.args, symbols ?? []);
      }
    }
  }
  for (const child of childrenOf(node)) areKnown = checkWords(child, expected, placeAt, report) && areKnown;
  return areKnown;
}

/** Methods without a bound of cost, and what to write instead. */
const UNBOUNDED: Readonly<Record<string, string>> = {
  matches: 'a pattern can take for ever on a text of forty letters: use contains, startsWith, endsWith or in',
  split: 'nobody knows how long a list it makes: use contains or indexOf',
};

function checkBounds(node: ASTNode, placeAt: (at: number) => Place, report: Reporter): boolean {
  const method = node.op === 'rcall' ? node.args[0] : '';
  const advice = Object.hasOwn(UNBOUNDED, method) ? UNBOUNDED[method] : undefined;
  if (advice !== undefined) report.error(placeAt(node.start), `${method} is not allowed: ${advice}`);
  return childrenOf(node).reduce((is, child) => checkBounds(child, placeAt, report) && is, advice === undefined);
}

function symbolsOf(node: ASTNode, expected: Expectation): readonly string[] | undefined {
  if (node.op === 'id') return expected.fields?.[node.args]?.symbols;
  if (node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'event') {
    return expected.event?.[node.args[1]]?.symbols;
  }
  return undefined;
}

function checkType(
  source: CelSource,
  expected: Expectation,
  placeAt: (at: number) => Place,
  report: Reporter,
): boolean {
  const { valid, type, error } = expected.environment.check(source.rewritten);
  if (!valid) {
    report.error(placeAt(error?.range?.start ?? 0), plain(error?.summary ?? 'does not type-check'));
    return false;
  }
  const isRight = type === expected.type || (expected.type === 'double' && type === 'int');
  if (!isRight) report.error(placeAt(0), `expected ${plain(expected.type)}, got ${plain(type ?? 'nothing')}`);
  return isRight;
}

/** Authors know numbers and conditions, not CEL's names for them. */
function plain(message: string): string {
  return message.replace(/\b(double|int)\b/g, 'number').replace(/\bbool\b/g, 'condition');
}
