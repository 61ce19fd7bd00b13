import type { ASTNode } from '@marcbachmann/cel-js';
import type { Checked } from './cel-check.ts';
import { textOf } from './cel-source.ts';
import { conjuncts } from './condition.ts';
import { contradictionIn } from './contradiction.ts';
import type { Reporter } from './diagnostic.ts';
import { type KnownRanges, rangeOf } from './value-range.ts';

/**
 * Warns of a condition, or of one of its parts, that is the same for everybody: always true where its values are known, or never.
 */
export function warnConstant({ source, placeAt }: Checked, known: KnownRanges, report: Reporter): void {
  const parts = conjuncts(source.ast);
  const warned = parts.filter((part) => warnPart(part, source.text, parts.length > 1));
  if (warned.length > 0) return;
  const clash = contradictionIn(source.ast);
  if (clash === undefined) return;
  const [first, second] = [textOf(source, clash.first), textOf(source, clash.second)];
  report.warning(placeAt(clash.second.start), `never true: "${first}" and "${second}" exclude each other`);

  function warnPart(part: ASTNode, whole: string, isPart: boolean): boolean {
    // Who writes the word means it.
    if (part.op === 'value' && part.args === true) return false;
    const range = rangeOf(part, known);
    if (range.kind !== 'truth' || (range.canBeTrue && range.canBeFalse)) return false;
    const text = isPart ? textOf(source, part) : whole;
    const then = isPart && !range.canBeTrue ? ', and so is the whole' : '';
    report.warning(
      placeAt(part.start),
      range.canBeTrue ? `always true where it is known: "${text}"` : `never true: "${text}"${then}`,
    );
    return true;
  }
}
