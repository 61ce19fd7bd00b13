import type { ASTNode } from '@marcbachmann/cel-js';
import { isEvent } from './cel-names.ts';
import type { FieldType } from './contract.ts';

/** What a value can be where it is known. `any` is everything; bounds of numbers belong to them. */
export type ValueRange =
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'words'; readonly words: ReadonlySet<string> }
  | { readonly kind: 'truth'; readonly canBeTrue: boolean; readonly canBeFalse: boolean }
  | { readonly kind: 'any' };

/** Ranges of what an expression refers to. */
export interface KnownRanges {
  /** A name, or `event.field`. */
  named(name: string): ValueRange;
  /** A segment, template or latch; undefined for every other call. */
  called(name: string, args: readonly ASTNode[]): ValueRange | undefined;
}

export const ANY: ValueRange = { kind: 'any' };
const EITHER: ValueRange = { kind: 'truth', canBeTrue: true, canBeFalse: true };

export const between = (min: number, max: number): ValueRange => ({ kind: 'number', min, max });
export const oneOf = (words: readonly string[]): ValueRange => ({ kind: 'words', words: new Set(words) });
export const truth = (canBeTrue: boolean, canBeFalse: boolean): ValueRange => ({
  kind: 'truth',
  canBeTrue,
  canBeFalse,
});

/** Of an event's field: the words of a closed set; everything where nothing is known. */
export function fieldRange(field: FieldType | undefined): ValueRange {
  return field?.symbols === undefined ? ANY : oneOf(field.symbols);
}

/** Whether two sets of words share one. */
export function hasCommon(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return [...left].some((word) => right.has(word));
}

/** What an expression can come to, whatever the customer is like. Never too narrow; unknown values are left out. */
export function rangeOf(node: ASTNode, known: KnownRanges): ValueRange {
  switch (node.op) {
    case 'value':
      return constantRange(node.args);
    case 'id':
      return known.named(node.args);
    case '.':
      return isEvent(node.args[0]) ? known.named(`event.${node.args[1]}`) : ANY;
    case '!_':
      return negated(rangeOf(node.args, known));
    case '-_':
      return minus(between(0, 0), rangeOf(node.args, known));
    case '&&':
      return both(rangeOf(node.args[0], known), rangeOf(node.args[1], known));
    case '||':
      return negated(both(negated(rangeOf(node.args[0], known)), negated(rangeOf(node.args[1], known))));
    case '?:':
      return union(rangeOf(node.args[1], known), rangeOf(node.args[2], known));
    case '+':
    case '-':
    case '*':
    case '/':
      return arithmetic(node.op, rangeOf(node.args[0], known), rangeOf(node.args[1], known));
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return compared(node.op, rangeOf(node.args[0], known), rangeOf(node.args[1], known));
    case 'in':
      return membership(rangeOf(node.args[0], known), node.args[1]);
    case 'call':
      return known.called(node.args[0], node.args[1]) ?? ANY;
    default:
      return ANY;
  }
}

function constantRange(value: unknown): ValueRange {
  if (typeof value === 'number') return between(value, value);
  if (typeof value === 'bigint') return between(Number(value), Number(value));
  if (typeof value === 'string') return oneOf([value]);
  return typeof value === 'boolean' ? truth(value, !value) : ANY;
}

function negated(range: ValueRange): ValueRange {
  return range.kind === 'truth' ? truth(range.canBeFalse, range.canBeTrue) : EITHER;
}

function both(left: ValueRange, right: ValueRange): ValueRange {
  const [first, second] = [left, right].map((range) => (range.kind === 'truth' ? range : EITHER));
  if (first?.kind !== 'truth' || second?.kind !== 'truth') return EITHER;
  return truth(first.canBeTrue && second.canBeTrue, first.canBeFalse || second.canBeFalse);
}

function union(left: ValueRange, right: ValueRange): ValueRange {
  if (left.kind === 'number' && right.kind === 'number') {
    return between(Math.min(left.min, right.min), Math.max(left.max, right.max));
  }
  if (left.kind === 'words' && right.kind === 'words') return oneOf([...left.words, ...right.words]);
  if (left.kind !== 'truth' || right.kind !== 'truth') return ANY;
  return truth(left.canBeTrue || right.canBeTrue, left.canBeFalse || right.canBeFalse);
}

function minus(left: ValueRange, right: ValueRange): ValueRange {
  return arithmetic('-', left, right);
}

function arithmetic(op: '+' | '-' | '*' | '/', left: ValueRange, right: ValueRange): ValueRange {
  if (left.kind !== 'number' || right.kind !== 'number') return ANY;
  if (op === '+') return bounded([left.min + right.min, left.max + right.max]);
  if (op === '-') return bounded([left.min - right.max, left.max - right.min]);
  // A divisor that may be 0 makes every result possible, and one near it any size.
  if (op === '/' && right.min <= 0 && right.max >= 0) return sameSign(left, right);
  const corners = [left.min, left.max].flatMap((a) =>
    [right.min, right.max].map((b) => (op === '*' ? times(a, b) : a / b)),
  );
  return bounded(corners);
}

/** Not negative divided by not negative is not negative, however small the divisor. */
function sameSign(left: { readonly min: number }, right: { readonly min: number }): ValueRange {
  return left.min >= 0 && right.min >= 0 ? between(0, Number.POSITIVE_INFINITY) : ANY;
}

const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

function bounded(corners: readonly number[]): ValueRange {
  return corners.some(Number.isNaN) ? ANY : between(Math.min(...corners), Math.max(...corners));
}

type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

function compared(op: Comparison, left: ValueRange, right: ValueRange): ValueRange {
  if (op === '!=') return negated(compared('==', left, right));
  if (op === '>' || op === '>=') return compared(op === '>' ? '<' : '<=', right, left);
  if (left.kind === 'words' && right.kind === 'words' && op === '==') return sameWord(left.words, right.words);
  if (left.kind !== 'number' || right.kind !== 'number') return EITHER;
  if (op === '<') return truth(left.min < right.max, left.max >= right.min);
  if (op === '<=') return truth(left.min <= right.max, left.max > right.min);
  const canBeEqual = left.min <= right.max && right.min <= left.max;
  const isOne = left.min === left.max && right.min === right.max && left.min === right.min;
  return truth(canBeEqual, !isOne);
}

function sameWord(left: ReadonlySet<string>, right: ReadonlySet<string>): ValueRange {
  const isOne = left.size === 1 && right.size === 1;
  return truth(hasCommon(left, right), !(isOne && hasCommon(left, right)));
}

function membership(item: ValueRange, list: ASTNode): ValueRange {
  if (item.kind !== 'words' || list.op !== 'list') return EITHER;
  const words = new Set(list.args.flatMap((entry) => (entry.op === 'value' ? [entry.args] : [])));
  if (words.size < list.args.length) return EITHER;
  const inside = [...item.words].filter((word) => words.has(word)).length;
  return truth(inside > 0, inside < item.words.size);
}
