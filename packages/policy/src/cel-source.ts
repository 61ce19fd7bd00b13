import { type ASTNode, type Environment, ParseError } from '@marcbachmann/cel-js';

/** A CEL text with its whole-number literals written as doubles, because every number of a policy is one. */
export interface CelSource {
  /** As the author wrote it. */
  readonly text: string;
  /** As it is checked and compiled. */
  readonly rewritten: string;
  readonly ast: ASTNode;
  /** Position in `text` of a position in `rewritten`. */
  positionOf(at: number): number;
}

export type CelParse =
  | { readonly kind: 'ok'; readonly source: CelSource }
  | { readonly kind: 'invalid'; readonly message: string; readonly at: number };

interface Insertion {
  /** Position in the author's text before which `.0` goes in. */
  readonly at: number;
}

/** Parses; an error carries its position in the author's text. */
export function parseCel(text: string, environment: Environment): CelParse {
  try {
    const insertions: Insertion[] = [];
    collectWholeNumbers(environment.parse(text).ast, insertions);
    insertions.sort((left, right) => left.at - right.at);
    const rewritten = insert(text, insertions);
    const positionOf = (at: number): number => originalPosition(at, insertions);
    return { kind: 'ok', source: { text, rewritten, ast: environment.parse(rewritten).ast, positionOf } };
  } catch (error) {
    if (error instanceof ParseError) return { kind: 'invalid', message: error.summary, at: error.range?.start ?? 0 };
    throw error;
  }
}

/** Positions and lengths in texts, lists and calls stay whole numbers. */
function collectWholeNumbers(node: ASTNode, found: Insertion[]): void {
  if (node.op === 'value') {
    if (typeof node.args === 'bigint' && /^\d+$/.test(node.input.slice(node.start, node.end))) {
      found.push({ at: node.end });
    }
    return;
  }
  for (const child of childrenOf(node)) {
    const isArgument = (node.op === 'rcall' || node.op === '[]') && child.op === 'value';
    if (!isArgument) collectWholeNumbers(child, found);
  }
}

/** Direct sub-expressions of a node. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const args: unknown = node.args;
  if (node.op === 'value' || node.op === 'id') return [];
  return (Array.isArray(args) ? args.flat(2) : [args]).filter(isNode);
}

/** The author's text of a node; parentheses around it are not part of the tree. */
export function textOf(source: CelSource, node: ASTNode): string {
  return source.text.slice(source.positionOf(node.start), source.positionOf(node.end));
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'start' in value;
}

function insert(text: string, insertions: readonly Insertion[]): string {
  let rewritten = '';
  let from = 0;
  for (const { at } of insertions) {
    rewritten += `${text.slice(from, at)}.0`;
    from = at;
  }
  return rewritten + text.slice(from);
}

function originalPosition(at: number, insertions: readonly Insertion[]): number {
  let added = 0;
  for (const insertion of insertions) {
    if (at <= insertion.at + added) break;
    added += Math.min(2, at - insertion.at - added);
  }
  return at - added;
}
