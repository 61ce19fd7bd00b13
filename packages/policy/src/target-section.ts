import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import { TEMPLATE, TIER } from './language.ts';
import { type Scope, type Template, type Tier, VALUE_TIER } from './model.ts';
import { readFields } from './reader.ts';
import type { Entry } from './yaml-source.ts';

/** One saved target group: `{ when, version?, description? }`. */
export function readTemplate(entry: Entry, compiler: ExpressionCompiler, report: Reporter): Template | undefined {
  const reader = readFields(entry, TEMPLATE, report);
  const version = reader?.valueOr('version', 1);
  const when = compiler.template(entry.key);
  if (reader === undefined || version === undefined || when === undefined) return undefined;
  return { id: entry.key, version, description: reader.value('description') ?? '', when };
}

/** One value tier: `{ when, keep?, description? }`. */
export function readTier(entry: Entry, compiler: ExpressionCompiler, report: Reporter): Tier | undefined {
  const reader = readFields(entry, TIER, report);
  const whenEntry = reader?.entry('when');
  const keepEntry = reader?.entry('keep');
  const when = whenEntry === undefined ? undefined : compiler.condition(whenEntry);
  const keep = keepEntry === undefined ? when : compiler.condition(keepEntry);
  if (reader === undefined || when === undefined || keep === undefined) return undefined;
  const isCircular = [when, keep].some(({ touches = [] }) => touches.includes(VALUE_TIER));
  if (isCircular) report.error(reader.place, `a tier cannot be decided by ${VALUE_TIER}, which it decides`);
  return { id: entry.key, description: reader.value('description') ?? '', when, keep };
}

/**
 * The tier of a customer who was in `held`: the best that he enters, or the one he stays in where that is better.
 * Undefined where none is his. An unknown condition neither lets in nor puts out: he stays where he was.
 */
export function tierOf(tiers: readonly Tier[], scope: Scope, held: string | undefined): string | undefined {
  for (const { id, when, keep } of tiers) {
    if (when.evaluate(scope) === 'true') return id;
    if (id === held && keep.evaluate(scope) !== 'false') return id;
  }
  return undefined;
}
