import type { ASTNode } from '@marcbachmann/cel-js';
import type { Checked } from './cel-check.ts';
import { childrenOf } from './cel-source.ts';
import type { Reporter } from './diagnostic.ts';

/**
 * Steps that evaluating one expression may take, with everything it refers to. A thousand rules of the longest kind
 * would still be looked at within some tens of milliseconds.
 */
export const MAX_COST = 5_000;

/** More entries than a list of a customer or of an event has; a macro does its inner expression for each. */
const LIST_ENTRIES = 128;
const MACROS: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all', 'map', 'filter']);

/** Steps of an expression: one per node, those inside a macro once per entry, and what names stand for. */
export function costOf(node: ASTNode, costOfReference: (node: ASTNode) => number): number {
  const inner = childrenOf(node).reduce((sum, child) => sum + costOf(child, costOfReference), 0);
  const isMacro = node.op === 'rcall' && MACROS.has(node.args[0]);
  return 1 + costOfReference(node) + (isMacro ? inner * LIST_ENTRIES : inner);
}

/** Whether an expression stays within the bound; says so at its beginning when it does not. */
export function isAffordable(cost: number, { placeAt }: Pick<Checked, 'placeAt'>, report: Reporter): boolean {
  if (cost <= MAX_COST) return true;
  const advice = 'use a feature for what is counted, or split it';
  report.error(
    placeAt(0),
    `this takes up to ${cost} steps, with what it refers to; at most ${MAX_COST} are allowed: ${advice}`,
  );
  return false;
}
