import type { ASTNode } from '@marcbachmann/cel-js';
import { isEvent } from './cel-names.ts';
import { conjuncts } from './condition.ts';
import { hasCommon } from './value-range.ts';

/** Two parts of a condition that cannot hold together. */
export interface Contradiction {
  readonly first: ASTNode;
  readonly second: ASTNode;
}

interface Demand {
  readonly node: ASTNode;
  readonly allows: Allowed;
}

/** What a comparison with a constant leaves of a name's values: a range with open or closed ends, or words. */
type Allowed =
  | { readonly kind: 'range'; readonly min: number; readonly max: number; readonly isOpen: boolean }
  | { readonly kind: 'words'; readonly words: ReadonlySet<string> };

/** Finds two conjuncts that ask for values of one name that exclude each other: `x > 5 && x < 3`. */
export function contradictionIn(node: ASTNode): Contradiction | undefined {
  const demands = new Map<string, Demand[]>();
  for (const part of conjuncts(node)) {
    const found = demandOf(part);
    if (found === undefined) continue;
    const others = demands.get(found.name) ?? [];
    const clash = others.find(({ allows }) => excludes(allows, found.allows));
    if (clash !== undefined) return { first: clash.node, second: part };
    demands.set(found.name, [...others, { node: part, allows: found.allows }]);
  }
  return undefined;
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' };

function demandOf(node: ASTNode): { readonly name: string; readonly allows: Allowed } | undefined {
  if (node.op === 'in') {
    const name = nameOf(node.args[0]);
    const words = wordsIn(node.args[1]);
    return name === undefined || words === undefined ? undefined : { name, allows: { kind: 'words', words } };
  }
  const turned = TURNED[node.op];
  if (turned === undefined) return undefined;
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  return comparison(node.op, left, right) ?? comparison(turned, right, left);
}

function comparison(op: string, left: ASTNode, right: ASTNode) {
  const name = nameOf(left);
  if (name === undefined || right.op !== 'value') return undefined;
  const allows = allowedBy(op, right.args);
  return allows === undefined ? undefined : { name, allows };
}

function allowedBy(op: string, constant: unknown): Allowed | undefined {
  if (typeof constant === 'string') return op === '==' ? { kind: 'words', words: new Set([constant]) } : undefined;
  if (typeof constant !== 'number') return undefined;
  const isOpen = op === '<' || op === '>';
  const min = op === '<' || op === '<=' ? Number.NEGATIVE_INFINITY : constant;
  const max = op === '>' || op === '>=' ? Number.POSITIVE_INFINITY : constant;
  return { kind: 'range', min, max, isOpen };
}

function excludes(left: Allowed, right: Allowed): boolean {
  if (left.kind === 'words' && right.kind === 'words') return !hasCommon(left.words, right.words);
  if (left.kind !== 'range' || right.kind !== 'range') return false;
  const min = Math.max(left.min, right.min);
  const max = Math.min(left.max, right.max);
  return min > max || (min === max && (left.isOpen || right.isOpen));
}

function nameOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  return node.op === '.' && isEvent(node.args[0]) ? `event.${node.args[1]}` : undefined;
}

function wordsIn(node: ASTNode): ReadonlySet<string> | undefined {
  if (node.op !== 'list') return undefined;
  const words = node.args.map((entry) => (entry.op === 'value' ? entry.args : undefined));
  return words.every((word) => typeof word === 'string') ? new Set(words) : undefined;
}
