import type { FilterEquality } from '@holdfast/features';
import type { ASTNode } from '@marcbachmann/cel-js';
import { checkExpression } from './cel-check.ts';
import { compileNode, type Evaluate } from './cel-eval.ts';
import { referencesOf } from './cel-names.ts';
import { runProgram } from './cel-program.ts';
import { warnConstant } from './constant-condition.ts';
import type { Reporter } from './diagnostic.ts';
import { costOf, isAffordable } from './expression-cost.ts';
import { fieldRange } from './value-range.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Located } from './yaml-source.ts';

export interface FieldFilter {
  readonly source: string;
  matches(event: Readonly<Record<string, unknown>>): boolean;
  /** The equality that has to hold before it matches; undefined where it asks for none. */
  readonly only: FilterEquality | undefined;
}

/** Compiles `where:` of a feature: CEL over the event's fields, as closures because the fold is hot. */
export function compileFilter(
  value: Located,
  eventType: string,
  vocabulary: Vocabulary,
  report: Reporter,
): FieldFilter | undefined {
  const fields = vocabulary.contract.events[eventType] ?? {};
  const environment = vocabulary.filterEnvironment(eventType);
  const names = new Set(Object.keys(fields));
  const expected = {
    environment,
    type: 'bool',
    names,
    namesAre: `field of ${eventType}`,
    fields,
    functions: new Set<string>(),
  } as const;
  const checked = checkExpression(value, expected, report);
  if (checked === undefined) return undefined;
  const { source } = checked;
  const general = (node: ASTNode): Evaluate<Readonly<Record<string, unknown>>> => {
    const program = environment.parse(source.rewritten.slice(node.start, node.end));
    const variables = [...new Set(referencesOf(node).names.map(({ name }) => name))];
    return (event) => runProgram(program, { event }, variables, [], (name) => event[name] ?? undefined);
  };
  const before = report.errorCount;
  const evaluate = compileNode<Readonly<Record<string, unknown>>>(source.ast, {
    name: (name) => (event) => event[name] ?? undefined,
    eventField: (field) => (event) => event[field] ?? undefined,
    call(name, args) {
      if (name !== 'segment' && name !== 'template') return undefined;
      report.error(checked.placeAt(args[0]?.start ?? 0), 'a filter sees the event only');
      return () => undefined;
    },
    general,
  });
  if (report.errorCount > before) return undefined;
  if (
    !isAffordable(
      costOf(source.ast, () => 0),
      checked,
      report,
    )
  )
    return undefined;
  warnConstant(checked, { named: (name) => fieldRange(fields[name]), called: () => undefined }, report);
  const only = equalityIn(source.ast);
  return { source: source.text, matches: (event) => evaluate(event) === true, only };
}

/** The first conjunct that compares a field with a text: `kind == 'DATA'`. */
function equalityIn(node: ASTNode): FilterEquality | undefined {
  if (node.op === '&&') {
    const found = equalityIn(node.args[0]) ?? equalityIn(node.args[1]);
    return found && { ...found, isAll: false };
  }
  if (node.op !== '==') return undefined;
  const [left, right] = node.args;
  const isEquality = left.op === 'id' && right.op === 'value' && typeof right.args === 'string';
  return isEquality ? { field: left.args, equals: String(right.args), isAll: true } : undefined;
}
