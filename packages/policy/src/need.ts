import type { ASTNode } from '@marcbachmann/cel-js';
import { isEvent } from './cel-names.ts';
import type { Need, NeedValue } from './model.ts';

/** The comparison with its sides exchanged. */
const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' };

/** What an expression may ask for, and what is meant by a segment or a template. */
export interface NeedNames {
  readonly features: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
  /** The tree of the segment or template that a call names: its needs are those of whoever names it. */
  group(node: ASTNode): ASTNode | undefined;
}

type Source = Pick<Need, 'of' | 'name'>;

/**
 * What an expression asks of the outside before it can be true, by its conjuncts: a number beyond a level, a field or an
 * attribute that is one of a few constants. What is of no such kind adds nothing. A need may be too weak, never too strong.
 */
export function needsOf(node: ASTNode, names: NeedNames): readonly Need[] {
  switch (node.op) {
    case '&&':
      return [...needsOf(node.args[0], names), ...needsOf(node.args[1], names)];
    case 'call': {
      const group = names.group(node);
      return group === undefined ? latchNeed(node.args[0], node.args[1], names) : needsOf(group, names);
    }
    case 'in':
      return membershipNeed(node.args[0], node.args[1], names);
    case '!_':
      return wordNeed(node.args, false, names);
    case 'id':
    case '.':
      return wordNeed(node, true, names);
    default:
      return comparisonNeeds(node, names);
  }
}

function comparisonNeeds(node: ASTNode, names: NeedNames): readonly Need[] {
  const turned = TURNED[node.op];
  if (turned === undefined) return [];
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  const found = comparisonNeed(node.op, left, right, names);
  return found.length > 0 ? found : comparisonNeed(turned, right, left, names);
}

function comparisonNeed(op: string, left: ASTNode, right: ASTNode, names: NeedNames): readonly Need[] {
  const source = sourceOf(left, names);
  if (source === undefined) return [];
  if (op === '==' && source.of !== 'feature') {
    const value = constantOf(right);
    return value === undefined ? [] : [{ ...source, kind: 'among', values: [value] }];
  }
  const level = levelOf(right);
  // A level that is met exactly is let through for < and > as well.
  return level === undefined ? [] : [{ ...source, kind: 'bound', bound: op.startsWith('<') ? 'most' : 'least', level }];
}

function membershipNeed(item: ASTNode, list: ASTNode, names: NeedNames): readonly Need[] {
  const source = sourceOf(item, names);
  if (source === undefined || source.of === 'feature' || list.op !== 'list') return [];
  const values = list.args.map(constantOf).filter((value) => value !== undefined);
  return values.length < list.args.length ? [] : [{ ...source, kind: 'among', values }];
}

/** A yes or no that stands alone. */
function wordNeed(node: ASTNode, wanted: boolean, names: NeedNames): readonly Need[] {
  const source = sourceOf(node, names);
  return source === undefined || source.of === 'feature' ? [] : [{ ...source, kind: 'among', values: [wanted] }];
}

function latchNeed(name: string, args: readonly ASTNode[], names: NeedNames): readonly Need[] {
  const [first, levelNode] = args;
  if (first === undefined) return [];
  const level = levelNode && levelOf(levelNode);
  const source = sourceOf(first, names);
  if (source?.of !== 'feature' || level === undefined) return [];
  if (name === 'crossed') return [{ ...source, kind: 'bound', bound: 'least', level }];
  return name === 'crossed_below' ? [{ ...source, kind: 'bound', bound: 'most', level }] : [];
}

function sourceOf(node: ASTNode, names: NeedNames): Source | undefined {
  if (node.op === '.') return isEvent(node.args[0]) ? { of: 'event', name: node.args[1] } : undefined;
  if (node.op !== 'id') return undefined;
  if (names.features.has(node.args)) return { of: 'feature', name: node.args };
  return names.attributes.has(node.args) ? { of: 'attribute', name: node.args } : undefined;
}

function constantOf(node: ASTNode): NeedValue | undefined {
  const { args: constant } = node;
  if (node.op !== 'value') return levelOf(node);
  return typeof constant === 'string' || typeof constant === 'boolean' || typeof constant === 'number'
    ? constant
    : undefined;
}

function levelOf(node: ASTNode): number | undefined {
  if (node.op === 'value') return typeof node.args === 'number' ? node.args : undefined;
  if (node.op !== '-_') return undefined;
  const positive = levelOf(node.args);
  return positive === undefined ? undefined : -positive;
}
