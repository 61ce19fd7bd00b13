import type { ShardId, ShardMeta } from '@holdfast/engine';
import type { GenerationAdmin, StatePair } from '@holdfast/redis';
import type { FieldDifference, StateVerdict } from './state-difference.ts';

/** What a rebuild found out about a shard. */
export interface Comparison {
  readonly equal: number;
  /** The same but for when a held-back timer was looked at. */
  readonly timing: number;
  readonly different: number;
  /** Folded from the log, and not stored. */
  readonly missing: number;
  /** Stored, and not in the log. */
  readonly extra: number;
  readonly kpis: readonly KpiDifference[];
  /** Numbers of the shard that differ, by name. */
  readonly tallies: readonly KpiDifference[];
  /** Names of settings that differ. */
  readonly settings: readonly string[];
  /** The first ones, as many as asked for. */
  readonly shown: readonly ShownDifference[];
}

export interface KpiDifference {
  /** `campaign cell`, or the name of a number of the shard. */
  readonly cell: string;
  readonly live: number;
  readonly fresh: number;
}

export interface ShownDifference {
  readonly id: string;
  readonly kind: 'different' | 'missing' | 'extra';
  readonly fields: readonly FieldDifference[];
}

export interface Generations {
  readonly shard: ShardId;
  readonly live: string;
  readonly fresh: string;
}

/** What a shard keeps beside its entities. */
export type Kept = Pick<ShardMeta, 'tallies' | 'settings'>;

export interface CompareOptions {
  readonly show: number;
  readonly live: Kept;
  readonly fresh: Kept;
  /** Numbers whose time is over by then do not count, ms. */
  readonly nowMs: number;
  judge(id: string, live: Buffer, fresh: Buffer): StateVerdict;
}

/** Compares every state, every KPI cell and what the shard keeps beside them. `judge` is asked where the bytes differ. */
export async function compareGenerations(
  admin: GenerationAdmin,
  { shard, live, fresh }: Generations,
  options: CompareOptions,
): Promise<Comparison> {
  const counts = { equal: 0, timing: 0, different: 0, missing: 0, extra: 0 };
  const shown: ShownDifference[] = [];
  const note = (id: string, kind: ShownDifference['kind'], fields: readonly FieldDifference[] = []) => {
    if (shown.length < options.show) shown.push({ id, kind, fields });
  };
  const look = ({ id, live: stored, fresh: folded }: StatePair) => {
    const verdict = verdictOf({ id, live: stored, fresh: folded }, options.judge);
    counts[verdict.kind] += 1;
    if (verdict.kind === 'different') note(id, verdict.kind, verdict.fields);
    if (verdict.kind === 'missing' || verdict.kind === 'extra') note(id, verdict.kind);
  };
  for await (const slice of admin.pairs(shard, live, fresh)) for (const pair of slice) look(pair);
  const [stored, folded] = [await admin.kpis(shard, live), await admin.kpis(shard, fresh)];
  const { live: liveKept, fresh: freshKept, nowMs } = options;
  return {
    ...counts,
    kpis: differences(stored, folded),
    tallies: differences(countingIn(liveKept, nowMs), countingIn(freshKept, nowMs)),
    settings: settingDifferences(liveKept, freshKept),
    shown,
  };
}

/** Nothing would change by a swap, but for what was only looked at a moment later. */
export function isSame({ different, missing, extra, kpis, tallies, settings }: Comparison): boolean {
  return different + missing + extra + kpis.length + tallies.length + settings.length === 0;
}

function verdictOf(
  { id, live, fresh }: StatePair,
  judge: (id: string, live: Buffer, fresh: Buffer) => StateVerdict,
): StateVerdict | { readonly kind: 'missing' | 'extra' } {
  if (!live) return { kind: fresh ? 'missing' : 'equal' };
  if (!fresh) return { kind: 'extra' };
  return live.equals(fresh) ? { kind: 'equal' } : judge(id, live, fresh);
}

function countingIn({ tallies = {} }: Kept, nowMs: number): ReadonlyMap<string, number> {
  const counting = Object.entries(tallies).filter(([, { untilMs = nowMs + 1 }]) => untilMs > nowMs);
  return new Map(counting.map(([name, { value }]) => [name, value]));
}

function settingDifferences({ settings: live = {} }: Kept, { settings: fresh = {} }: Kept): readonly string[] {
  const names = [...new Set([...Object.keys(live), ...Object.keys(fresh)])].sort();
  return names.filter((name) => live[name] !== fresh[name]);
}

function differences(live: ReadonlyMap<string, number>, fresh: ReadonlyMap<string, number>): KpiDifference[] {
  const cells = [...new Set([...live.keys(), ...fresh.keys()])].sort();
  return cells
    .map((cell) => ({ cell, live: live.get(cell) ?? 0, fresh: fresh.get(cell) ?? 0 }))
    .filter((cell) => cell.live !== cell.fresh);
}
