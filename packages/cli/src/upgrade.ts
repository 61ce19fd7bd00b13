import type { LayoutUpgrade } from '@holdfast/redis';

/** One shard before and after. */
export interface ShardUpgrade {
  readonly partition: number;
  /** Layout its states are written in: before, and now. */
  readonly before: number;
  readonly after: number;
  /** Newest layout known to the worker that claimed it last; 0 when nobody has. */
  readonly worker: number;
  /** Why it stays behind; null when it does not. */
  readonly refused: string | null;
}

export interface UpgradeReport {
  /** Every shard is written in `layout`. */
  readonly finalized: boolean;
  /** The newest layout known to a worker. */
  readonly layout: number;
  readonly shards: readonly ShardUpgrade[];
}

/**
 * Raises the layout of every shard to the newest one its workers know. Nothing is changed while one shard was claimed
 * last by a worker that does not know it; a shard such a worker takes in the meantime is refused alone. Done again it
 * changes nothing.
 */
export async function finalizeUpgrade(
  upgrade: LayoutUpgrade,
  { topology, partitions }: { readonly topology: string; readonly partitions: number },
): Promise<UpgradeReport> {
  const found: ShardUpgrade[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const layouts = await upgrade.read({ topology, partition });
    const [before, worker] = [layouts?.written ?? 0, layouts?.claimed ?? 0];
    found.push({ partition, before, after: before, worker, refused: null });
  }
  const layout = Math.max(...found.map(({ before, worker }) => Math.max(before, worker)));
  const judged = found.map((shard) => ({ ...shard, refused: refusalOf(shard, layout) }));
  const mayRaise = judged.every(({ refused }) => refused === null);
  const shards = mayRaise ? await raiseAll(upgrade, topology, judged, layout) : judged;
  return { finalized: shards.every(({ after }) => after >= layout), layout, shards };
}

async function raiseAll(
  upgrade: LayoutUpgrade,
  topology: string,
  shards: readonly ShardUpgrade[],
  layout: number,
): Promise<ShardUpgrade[]> {
  const raised: ShardUpgrade[] = [];
  for (const shard of shards) {
    const answer = await upgrade.raise({ topology, partition: shard.partition }, layout);
    if (answer.kind === 'older-worker') {
      const late = { ...shard, worker: answer.claimed };
      raised.push({ ...late, refused: refusalOf(late, layout) });
    } else if (answer.kind === 'uninitialised') raised.push({ ...shard, refused: NOT_INITIALISED });
    else raised.push({ ...shard, after: answer.kind === 'already' ? answer.layout : layout });
  }
  return raised;
}

const NOT_INITIALISED = 'it has no meta: restore a backup or run holdfast init';

function refusalOf({ before, worker }: ShardUpgrade, layout: number): string | null {
  if (before === 0) return NOT_INITIALISED;
  if (before >= layout || worker >= layout) return null;
  if (worker === 0) return 'no worker has claimed it yet: start one of the new release';
  return `its worker knows layout ${worker}: replace it by the new release first`;
}

/** Lines for people: what every shard was written in and is now, and what is in the way. */
export function describeUpgrade({ finalized, layout, shards }: UpgradeReport): string {
  const lines = shards.map(({ partition, before, after, worker, refused }) => {
    const change = before === after ? `layout ${before}` : `layout ${before} → ${after}`;
    return `shard ${partition}: ${change}, its worker knows ${worker || 'nothing yet'}${refused ? `; refused: ${refused}` : ''}`;
  });
  const changed = shards.filter(({ before, after }) => before !== after).length;
  const behind = shards.filter(({ after }) => after < layout).length;
  lines.push(verdict({ finalized, layout, changed, behind }));
  return `${lines.join('\n')}\n`;
}

function verdict(end: { finalized: boolean; layout: number; changed: number; behind: number }): string {
  const { finalized, layout, changed, behind } = end;
  if (!finalized) return `not finalized: ${behind} shards stay behind layout ${layout}, ${changed} were raised`;
  if (changed === 0) return `every shard was finalized for layout ${layout} before`;
  return `finalized for layout ${layout}: states are written in it as they are touched; there is no way back to a release that does not know it`;
}
