import type { ASTNode } from '@marcbachmann/cel-js';
import { referencesOf } from './cel-names.ts';
import { childrenOf } from './cel-source.ts';

/** Names that are known for certain once a segment or template that a call names is true. */
export type KnownInCall = (node: ASTNode) => readonly string[];

/**
 * Names that have a value whenever the condition is true (or false): of `a > 1 || b > 1` neither has to, because one of
 * them may be unknown.
 */
export function knownWhen(node: ASTNode, outcome: boolean, inCall: KnownInCall): ReadonlySet<string> {
  switch (node.op) {
    case '&&':
    case '||': {
      const [left, right] = node.args.map((part) => knownWhen(part, outcome, inCall));
      return (node.op === '&&') === outcome ? union(left, right) : common(left, right);
    }
    case '!_':
      return knownWhen(node.args, !outcome, inCall);
    case '?:': {
      const [condition, yes, no] = node.args;
      return union(readBy(condition), common(knownWhen(yes, outcome, inCall), knownWhen(no, outcome, inCall)));
    }
    case 'call':
      return union(readBy(node), outcome ? new Set(inCall(node)) : new Set());
    default:
      return readBy(node);
  }
}

/** Names without whose values an arithmetic expression has none. */
export function neededBy(node: ASTNode): ReadonlySet<string> {
  if (node.op !== '?:') return readBy(node);
  const [condition, yes, no] = node.args;
  return union(readBy(condition), common(neededBy(yes), neededBy(no)));
}

/** Whether arithmetic has a value whenever its names have: nothing but constants divides in it. */
export function isTotal(node: ASTNode): boolean {
  if (node.op === '/' && !(node.args[1].op === 'value' && node.args[1].args !== 0)) return false;
  return ARITHMETIC.has(node.op) && childrenOf(node).every(isTotal);
}

const ARITHMETIC: ReadonlySet<string> = new Set(['value', 'id', '+', '-', '*', '/', '-_', '?:', '<', '<=', '>', '>=']);

function readBy(node: ASTNode): ReadonlySet<string> {
  const { names, eventFields } = referencesOf(node);
  const plain = names.map(({ name }) => name).filter((name) => name !== 'event');
  return new Set([...plain, ...eventFields.map(({ name }) => `event.${name}`)]);
}

type Names = ReadonlySet<string> | undefined;

function union(left: Names, right: Names): ReadonlySet<string> {
  return new Set([...(left ?? []), ...(right ?? [])]);
}

function common(left: Names, right: Names): ReadonlySet<string> {
  return new Set([...(left ?? [])].filter((name) => right?.has(name)));
}
