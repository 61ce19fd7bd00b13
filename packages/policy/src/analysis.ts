import type { ASTNode } from '@marcbachmann/cel-js';
import { referencesOf } from './cel-names.ts';
import { childrenOf } from './cel-source.ts';
import { costOf } from './expression-cost.ts';
import { knownWhen, neededBy } from './known-names.ts';
import { type KnownRanges, rangeOf, truth, type ValueRange } from './value-range.ts';

/** What can be said of an expression without a customer. */
export interface Analysis {
  /** Steps it takes at most, with everything it refers to. */
  readonly cost: number;
  readonly range: ValueRange;
  /** Names that have a value whenever it is true, or, of a number, whenever it has one. */
  readonly known: readonly string[];
  /** Everything it looks at, behind segments, templates and computed features as well. */
  readonly touches: readonly string[];
}

/** What expressions refer to. */
export interface Referred {
  /** The `expr` of a derived feature. */
  derived(name: string): Analysis | undefined;
  /** The segment or template that a call names. */
  group(node: ASTNode): Analysis | undefined;
  /** Of an attribute, a stored feature, or `event.field`. */
  range(name: string): ValueRange;
}

export function analyse(ast: ASTNode, type: 'bool' | 'double', referred: Referred): Analysis {
  const names = type === 'bool' ? knownWhen(ast, true, (node) => referred.group(node)?.known ?? []) : neededBy(ast);
  return {
    cost: costOf(ast, (node) => costOfReference(node, referred)),
    range: rangeOf(ast, knownRanges(referred)),
    known: [...new Set([...names].flatMap((name) => [name, ...(referred.derived(name)?.known ?? [])]))],
    touches: touchedBy(ast, referred),
  };
}

function touchedBy(ast: ASTNode, referred: Referred): readonly string[] {
  const { names, calls } = referencesOf(ast);
  const direct = names.flatMap(({ name }) => [name, ...(referred.derived(name)?.touches ?? [])]);
  const inGroups = groupCallsIn(ast, calls.length).flatMap((node) => referred.group(node)?.touches ?? []);
  return [...new Set([...direct, ...inGroups])];
}

/** Calls of an expression, where it has any. */
function groupCallsIn(node: ASTNode, count: number): readonly ASTNode[] {
  if (count === 0) return [];
  return [...(node.op === 'call' ? [node] : []), ...childrenOf(node).flatMap((child) => groupCallsIn(child, count))];
}

export function knownRanges(referred: Referred): KnownRanges {
  return {
    named: (name) => referred.derived(name)?.range ?? referred.range(name),
    called(name, args) {
      if (name !== 'crossed' && name !== 'crossed_below') return undefined;
      return latchRange(name, args, knownRanges(referred));
    },
  };
}

function costOfReference(node: ASTNode, referred: Referred): number {
  if (node.op === 'id') return referred.derived(node.args)?.cost ?? 0;
  return node.op === 'call' ? (referred.group(node)?.cost ?? 0) : 0;
}

/** A latch can be shut at every level, but cannot fire at one that the feature never comes to. */
function latchRange(name: string, [feature, level]: readonly ASTNode[], known: KnownRanges): ValueRange | undefined {
  if (feature === undefined || level === undefined) return undefined;
  const [value, limit] = [rangeOf(feature, known), rangeOf(level, known)];
  if (value.kind !== 'number' || limit.kind !== 'number') return undefined;
  return truth(name === 'crossed' ? value.max >= limit.min : value.min <= limit.max, true);
}
