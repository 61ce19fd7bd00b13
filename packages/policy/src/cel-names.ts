import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf } from './cel-source.ts';

/** What an expression refers to, with the place of each reference in the rewritten text. */
export interface References {
  /** Free variables. */
  readonly names: readonly { readonly name: string; readonly at: number }[];
  /** Fields read from `event`. */
  readonly eventFields: readonly { readonly name: string; readonly at: number }[];
  /** Calls of plain functions, as `segment('x')`. */
  readonly calls: readonly CallReference[];
}

export interface CallReference {
  readonly name: string;
  readonly at: number;
  readonly arguments: readonly ASTNode[];
}

type Collected = {
  names: { name: string; at: number }[];
  eventFields: { name: string; at: number }[];
  calls: CallReference[];
};

/** Methods whose first argument names a variable of the rest. */
const BINDERS = new Set(['exists', 'exists_one', 'all', 'map', 'filter']);

export function referencesOf(node: ASTNode): References {
  const found: Collected = { names: [], eventFields: [], calls: [] };
  collect(node, new Set(), found);
  return found;
}

function collect(node: ASTNode, bound: ReadonlySet<string>, found: Collected): void {
  if (node.op === 'id') {
    if (!bound.has(node.args)) found.names.push({ name: node.args, at: node.start });
    return;
  }
  if (node.op === '.' && isEvent(node.args[0])) {
    found.eventFields.push({ name: node.args[1], at: node.end - node.args[1].length });
    return;
  }
  if (node.op === 'call') found.calls.push({ name: node.args[0], at: node.start, arguments: node.args[1] });
  const inner = node.op === 'rcall' && BINDERS.has(node.args[0]) ? withBound(node.args[2], bound) : bound;
  for (const child of childrenOf(node)) collect(child, inner, found);
}

function withBound(args: readonly ASTNode[], bound: ReadonlySet<string>): ReadonlySet<string> {
  const first = args[0];
  return first?.op === 'id' ? new Set([...bound, first.args]) : bound;
}

export function isEvent(node: ASTNode): boolean {
  return node.op === 'id' && node.args === 'event';
}
