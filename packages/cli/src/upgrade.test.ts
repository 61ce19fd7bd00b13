import type { LayoutUpgrade, ShardLayouts } from '@holdfast/redis';
import { describe, expect, it } from 'vitest';
import { describeUpgrade, finalizeUpgrade } from './upgrade.ts';

/** Shards in memory that answer as the store does. */
function shardsOf(layouts: readonly (ShardLayouts | null)[], beforeRaise?: (partition: number) => void) {
  const shards: (ShardLayouts | null)[] = [...layouts];
  const upgrade: LayoutUpgrade = {
    read: async ({ partition }) => shards[partition] ?? null,
    async raise({ partition }, layout) {
      beforeRaise?.(partition);
      const shard = shards[partition];
      if (!shard) return { kind: 'uninitialised' };
      if (shard.written >= layout) return { kind: 'already', layout: shard.written };
      if (shard.claimed < layout) return { kind: 'older-worker', claimed: shard.claimed };
      shards[partition] = { ...shard, written: layout };
      return { kind: 'raised', from: shard.written };
    },
    close: async () => undefined,
  };
  return { shards, finalize: () => finalizeUpgrade(upgrade, { topology: 'customer', partitions: layouts.length }) };
}

const at = (written: number, claimed: number) => ({ written, claimed });

describe('finalizing an upgrade', () => {
  it('raises every shard to the layout all workers know, and says so', async () => {
    const { finalize, shards } = shardsOf([at(1, 2), at(1, 2)]);
    const report = await finalize();
    expect(report).toMatchObject({ finalized: true, layout: 2, shards: [{ before: 1, after: 2 }, { after: 2 }] });
    expect(shards).toEqual([at(2, 2), at(2, 2)]);
    expect(describeUpgrade(report)).toContain('shard 1: layout 1 → 2, its worker knows 2\n');
  });

  it('changes nothing while one worker is of the release before, and names the shard', async () => {
    const { finalize, shards } = shardsOf([at(1, 2), at(1, 1), at(1, 0)]);
    const report = await finalize();
    expect(report.finalized).toBe(false);
    expect(shards).toEqual([at(1, 2), at(1, 1), at(1, 0)]);
    const text = describeUpgrade(report);
    expect(text).toContain('shard 1: layout 1, its worker knows 1; refused: its worker knows layout 1');
    expect(text).toContain('shard 2: layout 1, its worker knows nothing yet; refused: no worker has claimed it yet');
    expect(text).toContain('not finalized: 3 shards stay behind layout 2, 0 were raised');
  });

  it('again changes nothing, also when a shard is idle', async () => {
    const { finalize } = shardsOf([at(2, 2), at(2, 0)]);
    const report = await finalize();
    expect(report).toMatchObject({ finalized: true, layout: 2 });
    expect(describeUpgrade(report)).toContain('every shard was finalized for layout 2 before');
  });

  it('is finished by the next run where an older worker took a shard in the meantime', async () => {
    const world = shardsOf([at(1, 2), at(1, 2)], (partition) => {
      if (partition === 1 && world.shards[0]?.written === 2) world.shards[1] = taken;
    });
    let taken = at(1, 1);
    expect(await world.finalize()).toMatchObject({ finalized: false, shards: [{ after: 2 }, { after: 1, worker: 1 }] });
    taken = at(1, 2);
    world.shards[1] = taken;
    expect(await world.finalize()).toMatchObject({ finalized: true, shards: [{ before: 2 }, { before: 1, after: 2 }] });
  });

  it('is refused where a shard has no meta', async () => {
    const { finalize } = shardsOf([at(1, 2), null]);
    expect((await finalize()).shards[1]?.refused).toContain('holdfast init');
  });
});
