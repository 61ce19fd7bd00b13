import type { ASTNode } from '@marcbachmann/cel-js';
import type { Analysis } from './analysis.ts';
import type { Evaluate } from './cel-eval.ts';
import { type CelSource, textOf } from './cel-source.ts';
import type { AttributeValue, Condition, EvidenceItem, Scope, Truth } from './model.ts';
import { type NeedNames, needsOf } from './need.ts';

/** An expression that was checked and made closures of. */
export interface Compiled extends Analysis {
  readonly source: CelSource;
  readonly evaluate: Evaluate<Scope>;
  readonly features: readonly string[];
  /** Names whose values explain the outcome of the whole: features, attributes, `event.x`. */
  readonly names: readonly string[];
  /** The same of a part. */
  reads(node: ASTNode): readonly string[];
  part(node: ASTNode): Evaluate<Scope>;
}

/** Reads a feature, an attribute or `event.x`. */
export type ValueNamed = (scope: Scope, name: string) => AttributeValue | undefined;

/** Holds for everybody: nothing to check, and nothing to explain. */
export const EVERYBODY: Condition = { source: 'true', features: [], evaluate: () => 'true', explain: () => [] };

export function conditionOf(compiled: Compiled, valueNamed: ValueNamed, needNames: NeedNames): Condition {
  const { source, features, evaluate } = compiled;
  const items = conjuncts(source.ast).map((node) => ({
    condition: textOf(source, node),
    evaluate: compiled.part(node),
    reads: compiled.reads(node),
  }));
  return {
    source: source.text,
    features,
    known: compiled.known,
    touches: compiled.touches,
    evaluate: (scope) => truthOf(evaluate(scope)),
    needs: needsOf(source.ast, needNames),
    explain: (scope): readonly EvidenceItem[] =>
      items.map((item) => ({
        condition: item.condition,
        truth: truthOf(item.evaluate(scope)),
        values: Object.fromEntries(item.reads.map((name) => [name, valueNamed(scope, name)])),
      })),
  };
}

/** True when all are; the first that is not decides. One condition alone is answered as it is. */
export function allOf(conditions: readonly Condition[]): Condition {
  const parts = conditions.filter((condition) => condition !== EVERYBODY);
  const [only] = parts;
  if (only === undefined) return EVERYBODY;
  if (parts.length === 1) return only;
  return {
    source: parts.map(({ source }) => source).join(' && '),
    features: [...new Set(parts.flatMap(({ features }) => features))],
    needs: parts.flatMap(({ needs = [] }) => needs),
    known: [...new Set(parts.flatMap(({ known = [] }) => known))],
    touches: [...new Set(parts.flatMap(({ touches = [] }) => touches))],
    evaluate(scope) {
      let isKnown = true;
      for (const part of parts) {
        const truth = part.evaluate(scope);
        if (truth === 'false') return 'false';
        if (truth === 'unknown') isKnown = false;
      }
      return isKnown ? 'true' : 'unknown';
    },
    explain: (scope) => parts.flatMap((part) => part.explain(scope)),
  };
}

/** Whether a feature is known and at most a level; `text` says it to people. */
export function featureAtMost(feature: string, level: number, text: string): Condition {
  const evaluate = (scope: Scope): Truth => {
    const value = scope.feature(feature);
    if (value === undefined) return 'unknown';
    return value <= level ? 'true' : 'false';
  };
  return {
    source: text,
    features: [feature],
    needs: [{ of: 'feature', name: feature, kind: 'bound', bound: 'most', level }],
    known: [feature],
    evaluate,
    explain: (scope) => [{ condition: text, truth: evaluate(scope), values: { [feature]: scope.feature(feature) } }],
  };
}

export function conjuncts(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? [...conjuncts(node.args[0]), ...conjuncts(node.args[1])] : [node];
}

function truthOf(value: unknown): Truth {
  if (typeof value !== 'boolean') return 'unknown';
  return value ? 'true' : 'false';
}
