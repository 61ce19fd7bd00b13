import type { StoredTally, TallyChange } from '@holdfast/engine';

/**
 * What a shard keeps beside its entities, in the plainest way: for folds that say what the engine should have come to.
 * Nothing is forgotten here because of its age.
 */
export interface ShardMemory {
  tally(name: string, nowMs: number): number;
  setting(name: string): string | undefined;
  change(changes: readonly TallyChange[] | undefined): void;
  set(name: string, text: string): void;
  /** Those that still count at that time. */
  tallies(atMs: number): Readonly<Record<string, StoredTally>>;
  settings(): Readonly<Record<string, string>>;
}

export function createShardMemory(): ShardMemory {
  const tallies = new Map<string, StoredTally>();
  const settings = new Map<string, string>();
  const counts = ({ untilMs }: StoredTally, atMs: number) => untilMs === undefined || untilMs > atMs;
  const changeOne = ({ name, by, untilMs }: TallyChange) => {
    const known = tallies.get(name);
    const value = (known?.value ?? 0) + by;
    const endMs = untilMs ?? known?.untilMs;
    if (value === 0) tallies.delete(name);
    else tallies.set(name, endMs === undefined ? { value } : { value, untilMs: endMs });
  };
  return {
    tally(name, nowMs) {
      const tally = tallies.get(name);
      return tally && counts(tally, nowMs) ? tally.value : 0;
    },
    setting: (name) => settings.get(name),
    change(changes = []) {
      for (const change of changes) changeOne(change);
    },
    set: (name, text) => void settings.set(name, text),
    tallies: (atMs) => Object.fromEntries([...tallies].filter(([, tally]) => counts(tally, atMs))),
    settings: () => Object.fromEntries(settings),
  };
}
