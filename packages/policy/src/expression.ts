import type { ASTNode } from '@marcbachmann/cel-js';
import { type Checked, checkExpression, type Expectation } from './cel-check.ts';
import { type Bindings, compileNode, type Evaluate } from './cel-eval.ts';
import { referencesOf } from './cel-names.ts';
import { runProgram } from './cel-program.ts';
import { type CelSource, textOf } from './cel-source.ts';
import type { Reporter } from './diagnostic.ts';
import { compileFilter, type FieldFilter } from './field-filter.ts';
import type { AttributeValue, Condition, DerivedFeature, EvidenceItem, Latch, Scope, Truth } from './model.ts';
import type { Vocabulary } from './vocabulary.ts';
import { type Entry, type Located, placeOf } from './yaml-source.ts';

/** Named expressions that other expressions may use, by name. */
export interface NamedExpressions {
  readonly segments: ReadonlyMap<string, Entry>;
  /** `expr:` of derived features. */
  readonly derived: ReadonlyMap<string, Entry>;
}

/** Compiles the expressions of one policy; problems go to the reporter and answer undefined. */
export interface ExpressionCompiler {
  /** A condition over features and attributes, and over `event` where a type is given. */
  condition(value: Located, eventType?: string): Condition | undefined;
  /** A trigger's condition, which may hold `crossed`. */
  triggerCondition(value: Located, eventType?: string): TriggerCondition | undefined;
  /** A filter over the event's own fields. */
  filter(value: Located, eventType: string): FieldFilter | undefined;
  segment(name: string): Condition | undefined;
  derivedFeature(name: string): DerivedFeature | undefined;
}

export interface TriggerCondition {
  readonly condition: Condition;
  readonly latches: readonly Latch[];
}

interface Compiled {
  readonly source: CelSource;
  readonly evaluate: Evaluate<Scope>;
  readonly features: readonly string[];
  /** Names whose values explain the outcome: features, attributes, `event.x`. */
  reads(node: ASTNode): readonly string[];
  part(node: ASTNode): Evaluate<Scope>;
}

type Latching = (latch: Latch) => void;

/** Share of the level below (above) which a latch arms again when the policy does not say. */
const REARM_BELOW = 0.9;
const REARM_ABOVE = 1.1;

export function createExpressionCompiler(
  vocabulary: Vocabulary,
  named: NamedExpressions,
  report: Reporter,
): ExpressionCompiler {
  const { contract, featureNames } = vocabulary;
  const names = new Set([...featureNames, ...Object.keys(contract.attributes)]);
  const segments = lazily(named.segments, 'segment', (entry) => compile(entry, expectation('bool')), report);
  const derived = lazily(named.derived, 'feature', (entry) => compile(entry, expectation('double')), report);

  function expectation(type: Expectation['type'], eventType?: string, functions: readonly string[] = []): Expectation {
    const event = eventType === undefined ? undefined : contract.events[eventType];
    const environment = vocabulary.environment(eventType);
    const shared = { environment, type, names, namesAre: 'feature or attribute', functions: new Set(functions) };
    return event === undefined ? shared : { ...shared, event };
  }

  function compile(value: Located, expected: Expectation, onLatch?: Latching): Compiled | undefined {
    const checked = checkExpression(value, expected, report);
    if (checked === undefined) return undefined;
    const before = report.diagnostics.length;
    const bindings = scopeBindings(checked, expected, onLatch);
    const evaluate = compileNode(checked.source.ast, bindings);
    if (report.diagnostics.length > before) return undefined;
    const reads = (node: ASTNode): readonly string[] => readNames(node);
    const features = unique(reads(checked.source.ast).flatMap((name) => featuresBehind(name)));
    return { source: checked.source, evaluate, features, reads, part: (node) => compileNode(node, bindings) };
  }

  function scopeBindings(checked: Checked, expected: Expectation, onLatch?: Latching): Bindings<Scope> {
    return {
      name: (name) => (featureNames.has(name) ? (scope) => scope.feature(name) : (scope) => scope.attribute(name)),
      eventField: (field) => (scope) => scope.event?.[field] ?? undefined,
      call(name, args) {
        if (name === 'segment') return segmentCall(args, checked);
        return name === 'crossed' || name === 'crossed_below' ? latchCall(name, args, checked, onLatch) : undefined;
      },
      general: (node) => general(node, checked, expected),
    };
  }

  function segmentCall(args: readonly ASTNode[], { placeAt }: Checked): Evaluate<Scope> {
    const [argument] = args;
    const name = argument?.op === 'value' ? argument.args : undefined;
    if (argument === undefined || typeof name !== 'string') {
      report.error(placeAt(argument?.start ?? 0), 'segment needs the name of a segment in quotes');
    } else if (!named.segments.has(name)) {
      report.unknown(placeAt(argument.start), 'segment', name, named.segments.keys());
    } else {
      return segments(name)?.evaluate ?? (() => undefined);
    }
    return () => undefined;
  }

  function latchCall(name: string, args: readonly ASTNode[], checked: Checked, onLatch?: Latching): Evaluate<Scope> {
    const [feature, ...levels] = args;
    const [level, rearm] = levels.map(numberOf);
    if (feature?.op !== 'id' || !featureNames.has(feature.args)) {
      report.error(checked.placeAt(feature?.start ?? 0), `${name} needs a feature as its first argument`);
      return () => undefined;
    }
    if (level === undefined || (levels.length > 1 && rearm === undefined)) {
      report.error(checked.placeAt(levels[0]?.start ?? feature.end), `${name} needs plain numbers as levels`);
      return () => undefined;
    }
    const isUp = name === 'crossed';
    const latch: Latch = {
      feature: feature.args,
      level,
      rearm: rearm ?? level * (isUp === level >= 0 ? REARM_BELOW : REARM_ABOVE),
      direction: isUp ? 'up' : 'down',
    };
    if (isUp ? latch.rearm > level : latch.rearm < level) {
      report.error(checked.placeAt(feature.start), `${name} would arm again at ${latch.rearm} while it still fires`);
    }
    onLatch?.(latch);
    return latched(latch);
  }

  /** The general evaluator has no scope, so it cannot answer for `crossed` and `segment`. */
  function general(node: ASTNode, { source, placeAt }: Checked, expected: Expectation): Evaluate<Scope> {
    const { names: read, eventFields, calls } = referencesOf(node);
    const special = calls.find(({ name }) => name === 'segment' || name.startsWith('crossed'));
    if (special !== undefined) report.error(placeAt(special.at), `${special.name} joins others by && || and ! only`);
    const program = expected.environment.parse(source.rewritten.slice(node.start, node.end));
    const variables = unique(read.map(({ name }) => name)).filter((name) => name !== 'event');
    const fields = eventFields.map(({ name }) => name);
    return (scope) => runProgram(program, scope, variables, fields, (name) => valueNamed(scope, name));
  }

  function readNames(node: ASTNode): readonly string[] {
    const { names: read, eventFields, calls } = referencesOf(node);
    const inSegments = calls.flatMap(({ name, arguments: [argument] }) => {
      const segment = name === 'segment' && argument?.op === 'value' ? segments(String(argument.args)) : undefined;
      return segment === undefined ? [] : segment.reads(segment.source.ast);
    });
    const direct = read.map(({ name }) => name).filter((name) => name !== 'event');
    return unique([...direct, ...eventFields.map(({ name }) => `event.${name}`), ...inSegments]);
  }

  function featuresBehind(name: string): readonly string[] {
    if (!featureNames.has(name)) return [];
    return named.derived.has(name) ? [name, ...(derived(name)?.features ?? [])] : [name];
  }

  const valueNamed = (scope: Scope, name: string): AttributeValue | undefined => {
    if (name.startsWith('event.')) return (scope.event?.[name.slice(6)] ?? undefined) as AttributeValue | undefined;
    return featureNames.has(name) ? scope.feature(name) : scope.attribute(name);
  };

  const asCondition = (compiled: Compiled): Condition => conditionOf(compiled, valueNamed);

  return {
    condition(value, eventType) {
      const compiled = compile(value, expectation('bool', eventType));
      return compiled === undefined ? undefined : asCondition(compiled);
    },
    triggerCondition(value, eventType) {
      const latches: Latch[] = [];
      const found = (latch: Latch): void => {
        const isSame = (other: Latch): boolean => other.feature === latch.feature && other.level === latch.level;
        if (!latches.some(isSame)) latches.push(latch);
      };
      const expected = expectation('bool', eventType, ['crossed', 'crossed_below']);
      const compiled = compile(value, expected, found);
      return compiled === undefined ? undefined : { condition: asCondition(compiled), latches: [...latches] };
    },
    filter: (value, eventType) => compileFilter(value, eventType, vocabulary, report),
    segment(name) {
      const compiled = segments(name);
      return compiled === undefined ? undefined : asCondition(compiled);
    },
    derivedFeature(name) {
      const compiled = derived(name);
      if (compiled === undefined) return undefined;
      const { source, features, evaluate } = compiled;
      const number = (scope: Scope): number | undefined => {
        const value = evaluate(scope);
        return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
      };
      return { name, source: source.text, features, evaluate: number };
    },
  };
}

function conditionOf(
  compiled: Compiled,
  valueNamed: (scope: Scope, name: string) => AttributeValue | undefined,
): Condition {
  const { source, features, evaluate } = compiled;
  const items = conjuncts(source.ast).map((node) => ({
    condition: textOf(source, node),
    evaluate: compiled.part(node),
    reads: compiled.reads(node),
  }));
  return {
    source: source.text,
    features,
    evaluate: (scope) => truthOf(evaluate(scope)),
    explain: (scope): readonly EvidenceItem[] =>
      items.map((item) => ({
        condition: item.condition,
        truth: truthOf(item.evaluate(scope)),
        values: Object.fromEntries(item.reads.map((name) => [name, valueNamed(scope, name)])),
      })),
  };
}

function conjuncts(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? [...conjuncts(node.args[0]), ...conjuncts(node.args[1])] : [node];
}

function truthOf(value: unknown): Truth {
  if (typeof value !== 'boolean') return 'unknown';
  return value ? 'true' : 'false';
}

function latched({ feature, level, direction }: Latch): Evaluate<Scope> {
  return (scope) => {
    const value = scope.feature(feature);
    if (value === undefined) return undefined;
    if (direction === 'up' ? value < level : value > level) return false;
    return scope.latched?.(feature, level);
  };
}

function numberOf(node: ASTNode): number | undefined {
  if (node.op === 'value') return typeof node.args === 'number' ? node.args : undefined;
  if (node.op !== '-_') return undefined;
  const positive = numberOf(node.args);
  return positive === undefined ? undefined : -positive;
}

/** Compiles each named expression once, when it is first used; one that uses itself is reported. */
function lazily(
  entries: ReadonlyMap<string, Entry>,
  what: string,
  compile: (entry: Entry) => Compiled | undefined,
  report: Reporter,
): (name: string) => Compiled | undefined {
  const done = new Map<string, Compiled | undefined>();
  const running = new Set<string>();
  return (name) => {
    const entry = entries.get(name);
    if (entry === undefined || done.has(name)) return done.get(name);
    if (running.has(name)) {
      report.error(placeOf(entry), `${what} "${name}" is defined by itself`);
      return undefined;
    }
    running.add(name);
    const compiled = compile(entry);
    running.delete(name);
    done.set(name, compiled);
    return compiled;
  };
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
