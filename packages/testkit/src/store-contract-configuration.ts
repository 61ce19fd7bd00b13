import { FAR_FUTURE } from '@holdfast/engine';
import { describe, expect, it } from 'vitest';
import { FENCED, META, type StoreWorld } from './store-contract-world.ts';

const FIRST = { name: 'sha256:one', text: '{"files":"H4sI…"}' };
const REFUSED = { name: 'sha256:two', message: 'triggers.yaml:3:1 "ünknown"', atMs: 1_700_000_000_001 };
const REFUSAL = { name: REFUSED.name, atMs: REFUSED.atMs };

/** What a shard is configured with, and going through its index of timers. */
export function describeConfiguration(world: StoreWorld): void {
  it('keeps the configuration, what was refused and whether a sweep is due for the next claim', async () => {
    const { session, version, meta } = await world.owner();
    expect(meta).toEqual({ ...META, version, attempts: 0 });
    const next = await world.committed(session, version, { configuration: FIRST, isSweepDue: true });
    await world.committed(session, next, { refused: REFUSED, refusals: [REFUSAL] });
    const again = await world.owner();
    expect(again.meta).toMatchObject({ configuration: FIRST, isSweepDue: true, refused: REFUSED });
    const after = await world.committed(again.session, again.version, { isSweepDue: false, refused: null });
    await world.committed(again.session, after, {});
    const { configuration, isSweepDue, refused, refusals } = (await world.owner()).meta;
    expect([configuration, isSweepDue, refused, refusals]).toEqual([FIRST, undefined, undefined, [REFUSAL]]);
  });

  describe('a sweep', () => {
    const idsOf = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `e${String(from + i).padStart(5, '0')}`);

    it('comes by every entity in parts, with the time it is due', async () => {
      const { session, version } = await world.owner();
      const ids = idsOf(0, 1_500);
      const dues = ids.map((id, i) => ({ id, dueMs: i % 3 === 0 ? FAR_FUTURE : i }));
      const current = await world.committed(session, version, { dues });
      const found = new Map<string, number>();
      let cursor: string | undefined;
      let parts = 0;
      do {
        const answer = await session.sweep(current, cursor, 100);
        if (answer.kind !== 'ok') throw new Error(`sweep answered ${answer.kind}`);
        for (const { id, dueMs } of answer.entries) found.set(id, dueMs);
        expect(answer.entries.length).toBeLessThan(400);
        cursor = answer.cursor;
        parts += 1;
      } while (cursor !== undefined);
      expect(parts).toBeGreaterThan(5);
      expect(found).toEqual(new Map(dues.map(({ id, dueMs }) => [id, dueMs])));
    });

    it('comes by whoever stays, though entities are moved, added and erased between its parts', async () => {
      const { session, version } = await world.owner();
      const ids = idsOf(0, 600);
      let current = await world.committed(session, version, { dues: ids.map((id, i) => ({ id, dueMs: 10_000 + i })) });
      const found = new Set<string>();
      let cursor: string | undefined;
      for (let part = 0; part === 0 || cursor !== undefined; part++) {
        const answer = await session.sweep(current, cursor, 50);
        if (answer.kind !== 'ok') throw new Error(`sweep answered ${answer.kind}`);
        for (const { id } of answer.entries) found.add(id);
        cursor = answer.cursor;
        const moved = ids
          .filter((_, i) => i % 7 === part % 7)
          .map((id, i) => ({ id, dueMs: part % 2 === 0 ? i : FAR_FUTURE }));
        const added = idsOf(1_000 + part * 20, 1_020 + part * 20).map((id) => ({ id, dueMs: 1 }));
        current = await world.committed(session, current, {
          deletions: idsOf(1_000 + (part - 1) * 20, 1_010 + (part - 1) * 20),
          dues: [...moved, ...added],
        });
      }
      expect(ids.filter((id) => !found.has(id))).toEqual([]);
    });

    it('of nobody ends at once', async () => {
      const { session, version } = await world.owner();
      expect(await session.sweep(version, undefined, 10)).toEqual({ kind: 'ok', entries: [], cursor: undefined });
    });

    it('carries token and version', async () => {
      const old = await world.owner();
      expect(await old.session.sweep(old.version + 1, undefined, 1)).toEqual({ kind: 'rolled-back' });
      const second = await world.owner();
      expect(await second.session.sweep(old.version, undefined, 1)).toEqual({ kind: 'rolled-back' });
      const third = await world.owner();
      expect(await second.session.sweep(third.version, undefined, 1)).toEqual(FENCED);
      await third.session.close();
      expect((await third.session.sweep(third.version, undefined, 1)).kind).toBe('unknown');
    });
  });
}
