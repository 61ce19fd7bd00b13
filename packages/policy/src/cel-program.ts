import { EvaluationError, type ParseResult } from '@marcbachmann/cel-js';

/** Unknown when something read is; an evaluation error (a list too short) is unknown as well. */
export function runProgram(
  program: ParseResult,
  scope: { readonly event?: Readonly<Record<string, unknown>> | undefined },
  variables: readonly string[],
  eventFields: readonly string[],
  valueNamed: (name: string) => unknown,
): unknown {
  const context: Record<string, unknown> = {};
  for (const name of variables) {
    context[name] = valueNamed(name);
    if (context[name] === undefined) return undefined;
  }
  if (eventFields.some((field) => (scope.event?.[field] ?? undefined) === undefined)) return undefined;
  if (eventFields.length > 0) context.event = scope.event;
  try {
    const value: unknown = program(context);
    return typeof value === 'bigint' ? Number(value) : value;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}
