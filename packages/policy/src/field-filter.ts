import type { ASTNode } from '@marcbachmann/cel-js';
import { checkExpression } from './cel-check.ts';
import { compileNode, type Evaluate } from './cel-eval.ts';
import { referencesOf } from './cel-names.ts';
import { runProgram } from './cel-program.ts';
import type { Reporter } from './diagnostic.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Located } from './yaml-source.ts';

export interface FieldFilter {
  readonly source: string;
  matches(event: Readonly<Record<string, unknown>>): boolean;
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
  const before = report.diagnostics.length;
  const evaluate = compileNode<Readonly<Record<string, unknown>>>(source.ast, {
    name: (name) => (event) => event[name] ?? undefined,
    eventField: (field) => (event) => event[field] ?? undefined,
    call(name, args) {
      if (name === 'segment') report.error(checked.placeAt(args[0]?.start ?? 0), 'a filter sees the event only');
      return name === 'segment' ? () => undefined : undefined;
    },
    general,
  });
  if (report.diagnostics.length > before) return undefined;
  return { source: source.text, matches: (event) => evaluate(event) === true };
}
