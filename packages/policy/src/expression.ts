import type { ASTNode } from '@marcbachmann/cel-js';
import { analyse, knownRanges, type Referred } from './analysis.ts';
import { type Checked, checkExpression, type Expectation } from './cel-check.ts';
import { type Bindings, compileNode, type Evaluate } from './cel-eval.ts';
import { referencesOf } from './cel-names.ts';
import { runProgram } from './cel-program.ts';
import { type Compiled, conditionOf, type ValueNamed } from './condition.ts';
import { warnConstant } from './constant-condition.ts';
import type { FieldType } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import { isAffordable } from './expression-cost.ts';
import { compileFilter, type FieldFilter } from './field-filter.ts';
import { isTotal } from './known-names.ts';
import type { Condition, DerivedFeature, Latch, Scope } from './model.ts';
import { lazily, type Running } from './named-expression.ts';
import type { NeedNames } from './need.ts';
import { ANY, fieldRange, type ValueRange } from './value-range.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Entry, Located } from './yaml-source.ts';

/** Named expressions that other expressions may use, by name. */
export interface NamedExpressions {
  readonly segments: ReadonlyMap<string, Entry>;
  /** `when:` of templates. */
  readonly templates: ReadonlyMap<string, Entry>;
  /** `expr:` of derived features. */
  readonly derived: ReadonlyMap<string, Entry>;
  /** What stored features and attributes can come to, where that is known. */
  readonly ranges: ReadonlyMap<string, ValueRange>;
  /** Attributes with a closed set of words. */
  readonly words: Readonly<Record<string, FieldType>>;
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
  template(name: string): Condition | undefined;
  derivedFeature(name: string): DerivedFeature | undefined;
}

export interface TriggerCondition {
  readonly condition: Condition;
  readonly latches: readonly Latch[];
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
  const running: Running = [];
  const asBool = (entry: Entry) => compile(entry, expectation('bool'));
  const asNumber = (entry: Entry) => compile(entry, expectation('double'));
  const segments = lazily(named.segments, 'segment', running, asBool, report);
  const templates = lazily(named.templates, 'template', running, asBool, report);
  const derived = lazily(named.derived, 'feature', running, asNumber, report);
  const groups = { segment: segments, template: templates };
  const needNames: NeedNames = {
    features: featureNames,
    attributes: new Set(Object.keys(contract.attributes)),
    group: (node) => groupCalled(node)?.source.ast,
  };

  function expectation(type: Expectation['type'], eventType?: string, functions: readonly string[] = []): Expectation {
    const event = eventType === undefined ? undefined : contract.events[eventType];
    const environment = vocabulary.environment(eventType);
    const namesAre = 'feature or attribute';
    const shared = { environment, type, names, namesAre, fields: named.words, functions: new Set(functions) };
    return event === undefined ? shared : { ...shared, event };
  }

  function compile(value: Located, expected: Expectation, onLatch?: Latching): Compiled | undefined {
    const checked = checkExpression(value, expected, report);
    if (checked === undefined) return undefined;
    const before = report.errorCount;
    const bindings = scopeBindings(checked, expected, onLatch);
    const evaluate = compileNode(checked.source.ast, bindings);
    if (report.errorCount > before) return undefined;
    const { ast } = checked.source;
    const referred = referredIn(expected);
    const analysis = analyse(ast, expected.type, referred);
    if (!isAffordable(analysis.cost, checked, report)) return undefined;
    if (expected.type === 'bool') warnConstant(checked, knownRanges(referred), report);
    const names = readNames(ast);
    const features = unique(names.flatMap((name) => featuresBehind(name)));
    const part = (node: ASTNode) => compileNode(node, bindings);
    return { source: checked.source, evaluate, features, names, ...analysis, reads: readNames, part };
  }

  function referredIn({ event }: Expectation): Referred {
    return {
      derived: (name) => (named.derived.has(name) ? derived(name) : undefined),
      group: groupCalled,
      range: (name) =>
        name.startsWith('event.') ? fieldRange(event?.[name.slice(6)]) : (named.ranges.get(name) ?? ANY),
    };
  }

  /** The segment or template that a call names; undefined for every other node. */
  function groupCalled(node: ASTNode): Compiled | undefined {
    if (node.op !== 'call' || !isGroup(node.args[0])) return undefined;
    const [argument] = node.args[1];
    return argument?.op === 'value' ? groups[node.args[0]](String(argument.args)) : undefined;
  }

  function scopeBindings(checked: Checked, expected: Expectation, onLatch?: Latching): Bindings<Scope> {
    return {
      name: (name) => (featureNames.has(name) ? (scope) => scope.feature(name) : (scope) => scope.attribute(name)),
      eventField: (field) => (scope) => scope.event?.[field] ?? undefined,
      call(name, args) {
        if (isGroup(name)) return groupCall(name, args, checked);
        return name === 'crossed' || name === 'crossed_below' ? latchCall(name, args, checked, onLatch) : undefined;
      },
      general: (node) => general(node, checked, expected),
    };
  }

  function groupCall(kind: Group, args: readonly ASTNode[], { placeAt }: Checked): Evaluate<Scope> {
    const known = kind === 'segment' ? named.segments : named.templates;
    const [argument] = args;
    const name = argument?.op === 'value' ? argument.args : undefined;
    if (argument === undefined || typeof name !== 'string') {
      report.error(placeAt(argument?.start ?? 0), `${kind} needs the name of a ${kind} in quotes`);
    } else if (!known.has(name)) {
      report.unknown(placeAt(argument.start), kind, name, known.keys());
    } else {
      return groups[kind](name)?.evaluate ?? (() => undefined);
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

  /** The general evaluator has no scope, so it cannot answer for `crossed`, `segment` and `template`. */
  function general(node: ASTNode, { source, placeAt }: Checked, expected: Expectation): Evaluate<Scope> {
    const { names: read, eventFields, calls } = referencesOf(node);
    const special = calls.find(({ name }) => isGroup(name) || name.startsWith('crossed'));
    if (special !== undefined) report.error(placeAt(special.at), `${special.name} joins others by && || and ! only`);
    const program = expected.environment.parse(source.rewritten.slice(node.start, node.end));
    const variables = unique(read.map(({ name }) => name)).filter((name) => name !== 'event');
    const fields = eventFields.map(({ name }) => name);
    return (scope) => runProgram(program, scope, variables, fields, (name) => valueNamed(scope, name));
  }

  function readNames(node: ASTNode): readonly string[] {
    const { names: read, eventFields, calls } = referencesOf(node);
    const inGroups = calls.flatMap(({ name, arguments: [argument] }) => {
      const group = isGroup(name) && argument?.op === 'value' ? groups[name](String(argument.args)) : undefined;
      return group?.names ?? [];
    });
    const direct = read.map(({ name }) => name).filter((name) => name !== 'event');
    return unique([...direct, ...eventFields.map(({ name }) => `event.${name}`), ...inGroups]);
  }

  function featuresBehind(name: string): readonly string[] {
    if (!featureNames.has(name)) return [];
    return named.derived.has(name) ? [name, ...(derived(name)?.features ?? [])] : [name];
  }

  const valueNamed: ValueNamed = (scope, name) => {
    if (name.startsWith('event.')) return (scope.event?.[name.slice(6)] ?? undefined) as ReturnType<ValueNamed>;
    return featureNames.has(name) ? scope.feature(name) : scope.attribute(name);
  };

  const asCondition = (compiled: Compiled): Condition => conditionOf(compiled, valueNamed, needNames);

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
    template(name) {
      const compiled = templates(name);
      return compiled === undefined ? undefined : asCondition(compiled);
    },
    derivedFeature(name) {
      const compiled = derived(name);
      if (compiled === undefined) return undefined;
      const { source, features, evaluate, names: reads } = compiled;
      const number = (scope: Scope): number | undefined => {
        const value = evaluate(scope);
        return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
      };
      return { name, source: source.text, features, reads, isTotal: isTotal(source.ast), evaluate: number };
    },
  };
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

type Group = 'segment' | 'template';

function isGroup(name: string): name is Group {
  return name === 'segment' || name === 'template';
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
