import type { ASTNode } from '@marcbachmann/cel-js';

/** Value of an expression in a context; undefined is *unknown*. */
export type Evaluate<C> = (context: C) => unknown;

/** How an expression reaches the outside. */
export interface Bindings<C> {
  name(name: string): Evaluate<C>;
  eventField(field: string): Evaluate<C>;
  /** A function of the policy language; undefined leaves the call to the general evaluator. */
  call(name: string, args: readonly ASTNode[]): Evaluate<C> | undefined;
  /** Any part of CEL that has no closure of its own. */
  general(node: ASTNode): Evaluate<C>;
}

type Compare = (left: number | string, right: number | string) => boolean;

const COMPARE: Readonly<Record<string, Compare>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
};

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

const TEXT_METHODS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
};

/**
 * Closures over a type-checked tree, three-valued as Kleene has it: `false && unknown` is false, `true || unknown` is
 * true, every other operation on unknown is unknown. A result that is no finite number (0 / 0, x / 0) is unknown.
 */
export function compileNode<C>(node: ASTNode, bindings: Bindings<C>): Evaluate<C> {
  const compile = (child: ASTNode): Evaluate<C> => compileNode(child, bindings);
  switch (node.op) {
    case 'value':
      return constant(node.args);
    case 'id':
      return bindings.name(node.args);
    case '.':
      return node.args[0].op === 'id' && node.args[0].args === 'event'
        ? bindings.eventField(node.args[1])
        : bindings.general(node);
    case '&&':
      return and(compile(node.args[0]), compile(node.args[1]));
    case '||':
      return or(compile(node.args[0]), compile(node.args[1]));
    case '!_':
      return not(compile(node.args));
    case '-_':
      return negative(compile(node.args));
    case '?:':
      return choose(compile(node.args[0]), compile(node.args[1]), compile(node.args[2]));
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return isScalarComparison(node.args) ? comparison(node.op, node.args, compile) : bindings.general(node);
    case '-':
    case '*':
    case '/':
      return arithmetic(ARITHMETIC[node.op], compile(node.args[0]), compile(node.args[1]));
    case '+':
      return plus(compile(node.args[0]), compile(node.args[1]));
    case 'in':
      return membership(compile(node.args[0]), node.args[1], compile) ?? bindings.general(node);
    case 'call':
      return bindings.call(node.args[0], node.args[1]) ?? bindings.general(node);
    case 'rcall':
      return textMethod(node.args, compile) ?? bindings.general(node);
    default:
      return bindings.general(node);
  }
}

function constant<C>(value: unknown): Evaluate<C> {
  const plain = typeof value === 'bigint' ? Number(value) : value;
  return () => plain;
}

function and<C>(left: Evaluate<C>, right: Evaluate<C>): Evaluate<C> {
  return (context) => {
    const first = left(context);
    if (first === false) return false;
    const second = right(context);
    if (second === false) return false;
    return first === true && second === true ? true : undefined;
  };
}

function or<C>(left: Evaluate<C>, right: Evaluate<C>): Evaluate<C> {
  return (context) => {
    const first = left(context);
    if (first === true) return true;
    const second = right(context);
    if (second === true) return true;
    return first === false && second === false ? false : undefined;
  };
}

function not<C>(operand: Evaluate<C>): Evaluate<C> {
  return (context) => {
    const value = operand(context);
    return value === undefined ? undefined : value !== true;
  };
}

function negative<C>(operand: Evaluate<C>): Evaluate<C> {
  return (context) => {
    const value = operand(context);
    return typeof value === 'number' ? -value : undefined;
  };
}

function choose<C>(condition: Evaluate<C>, yes: Evaluate<C>, no: Evaluate<C>): Evaluate<C> {
  return (context) => {
    const value = condition(context);
    if (value === undefined) return undefined;
    return value === true ? yes(context) : no(context);
  };
}

/** Lists and calls compare by CEL's own rules, in the general evaluator. */
function isScalarComparison(operands: readonly ASTNode[]): boolean {
  return operands.every(({ op }) => op !== 'list' && op !== 'map' && op !== 'call' && op !== 'rcall' && op !== '[]');
}

function comparison<C>(
  op: string,
  [leftNode, rightNode]: readonly [ASTNode, ASTNode],
  compile: (node: ASTNode) => Evaluate<C>,
): Evaluate<C> {
  const compare = COMPARE[op] as Compare;
  const left = compile(leftNode);
  if (rightNode.op === 'value') return comparisonWith(compare, left, compile(rightNode)(undefined as C));
  const right = compile(rightNode);
  return (context) => {
    const first = left(context);
    const second = right(context);
    return isUnknown(first) || isUnknown(second) ? undefined : compare(first as number, second as number);
  };
}

function comparisonWith<C>(compare: Compare, left: Evaluate<C>, constantRight: unknown): Evaluate<C> {
  return (context) => {
    const first = left(context);
    return isUnknown(first) ? undefined : compare(first as number, constantRight as number);
  };
}

function arithmetic<C>(
  operate: ((left: number, right: number) => number) | undefined,
  left: Evaluate<C>,
  right: Evaluate<C>,
): Evaluate<C> {
  return (context) => {
    const first = left(context);
    const second = right(context);
    if (operate === undefined || typeof first !== 'number' || typeof second !== 'number') return undefined;
    return finite(operate(first, second));
  };
}

function plus<C>(left: Evaluate<C>, right: Evaluate<C>): Evaluate<C> {
  return (context) => {
    const first = left(context);
    const second = right(context);
    if (typeof first === 'string' && typeof second === 'string') return first + second;
    return typeof first === 'number' && typeof second === 'number' ? finite(first + second) : undefined;
  };
}

/** `x in ['a', 'b']` and `'a' in names`; undefined for other lists. */
function membership<C>(
  item: Evaluate<C>,
  list: ASTNode,
  compile: (node: ASTNode) => Evaluate<C>,
): Evaluate<C> | undefined {
  if (list.op === 'list' && list.args.every(({ op }) => op === 'value')) {
    const values = new Set(list.args.map((value) => compile(value)(undefined as C)));
    return (context) => {
      const value = item(context);
      return isUnknown(value) ? undefined : values.has(value);
    };
  }
  if (list.op !== 'id' && list.op !== '.') return undefined;
  const values = compile(list);
  return (context) => {
    const value = item(context);
    const among = values(context);
    return isUnknown(value) || !Array.isArray(among) ? undefined : among.includes(value);
  };
}

function textMethod<C>(
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  compile: (node: ASTNode) => Evaluate<C>,
): Evaluate<C> | undefined {
  const method = TEXT_METHODS[name];
  const [only] = args;
  if (method === undefined || only === undefined || args.length !== 1) return undefined;
  const text = compile(receiver);
  const part = compile(only);
  return (context) => {
    const whole = text(context);
    const piece = part(context);
    return typeof whole === 'string' && typeof piece === 'string' ? method(whole, piece) : undefined;
  };
}

const isUnknown = (value: unknown): boolean => value === undefined || value === null;

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
