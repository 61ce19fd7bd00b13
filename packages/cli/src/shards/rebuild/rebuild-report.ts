import { printableLines } from '../../terminal-text.ts';
import { isSame } from './comparison.ts';
import type { Rebuilt } from './rebuild.ts';

/** For people: what was compared, what differs, and what was done. */
export function describeRebuild(shards: readonly Rebuilt[]): string {
  return printableLines(shards.flatMap(shardLines));
}

function shardLines(rebuilt: Rebuilt): readonly string[] {
  const { partition, folded, comparison, takenOver, neverReleased, heldMs, outcome } = rebuilt;
  const { equal, timing, different, missing, extra, kpis, tallies, settings, shown } = comparison;
  const advice = outcome === 'left as it was' ? ': --accept-differences swaps all the same' : '';
  return [
    `shard ${partition}   ${outcome}${advice}   ${folded} records folded, held for ${(heldMs / 1_000).toFixed(1)} s`,
    `  states: ${equal} equal, ${timing} equal but for the second at which a silence was looked at`,
    `  states: ${different} different, ${missing} missing in the store, ${extra} in the store and not in the log`,
    ...(takenOver > 0 ? [`  ${takenOver} released decisions were taken over, as these rules would not make them`] : []),
    ...(neverReleased > 0 ? [`  ${neverReleased} decisions of these rules were never released`] : []),
    ...kpis.map(({ cell, live, fresh }) => `  KPI ${cell}: ${live} stored, ${fresh} folded`),
    ...tallies.map(({ cell, live, fresh }) => `  shared number ${cell}: ${live} stored, ${fresh} folded`),
    ...settings.map((name) => `  setting ${name}: another one is stored than was folded`),
    ...shown.flatMap(({ id, kind, fields }) => [
      `  ${id}: ${kind}`,
      ...fields.map(({ field, live, fresh }) => `    ${field}: ${text(live)} stored, ${text(fresh)} folded`),
    ]),
  ];
}

/** 1 where something differs and was not replaced. */
export function exitCodeOf(shards: readonly Rebuilt[]): number {
  return shards.some(({ comparison, outcome }) => outcome !== 'swapped' && !isSame(comparison)) ? 1 : 0;
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
