import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useRedis } from '../test/redis-server.ts';
import { recommendationKeys } from './keys.ts';
import { createRecommendationStore, type RecommendationStore } from './recommendations.ts';

const redis = useRedis();
let store: RecommendationStore;

beforeEach(() => {
  store = createRecommendationStore({ url: redis.url, most: 5 });
});
afterEach(() => store.close());

const NOW = 1_700_000_000_000;

async function saved(
  nowMs: number,
  fields: { askedBy?: string; customerId?: string; id?: string; json?: string } = {},
) {
  const id = fields.id ?? randomUUID();
  const recommendation = { id, askedBy: 'agent-1', customerId: 'c-1', json: `{"of":"${id}","name":"流量"}`, ...fields };
  await store.save({ ...recommendation, contactIds: [`${id}-a`, `${id}-b`], nowMs });
  return { ...recommendation, id };
}

const keysLeft = async () => (await redis.admin.keys('*')).sort();

describe('recommendations that were given', () => {
  it('are found by id and by the contact of an action, as they were', async () => {
    const given = await saved(NOW);
    expect(await store.find(given.id)).toEqual(given);
    expect(await store.findByContact(`${given.id}-b`)).toEqual(given);
    expect(await store.find('another')).toBeUndefined();
    expect(await store.findByContact('another')).toBeUndefined();
  });

  it('are found as they were however long, also where a longer or a shorter one had their id before', async () => {
    const long = JSON.stringify({ actions: Array.from({ length: 200 }, (_, place) => `流量 ${place * place}`) });
    for (const jsons of [
      ['{}', long],
      [long, '{}'],
    ]) {
      const id = randomUUID();
      for (const json of jsons) {
        await saved(NOW, { id, json });
        expect((await store.find(id))?.json).toBe(json);
      }
    }
    const id = randomUUID();
    await saved(NOW, { id, json: long });
    expect(Number(await redis.admin.memory('USAGE', recommendationKeys.entry(id)))).toBeLessThan(
      Buffer.byteLength(long),
    );
  });

  it('are listed for who asked, the newest first, by page', async () => {
    const ids = [];
    for (let turn = 0; turn < 4; turn += 1) ids.unshift((await saved(NOW + turn)).id);
    await saved(NOW, { askedBy: 'agent-2' });
    const { total, page } = await store.list('agent-1', { offset: 1, limit: 2 });
    expect(total).toBe(4);
    expect(page.map(({ id }) => id)).toEqual(ids.slice(1, 3));
    expect(await store.list('agent-3', { offset: 0, limit: 10 })).toEqual({ total: 0, page: [] });
    expect(await store.list('agent-1', { offset: 0, limit: 0 })).toEqual({ total: 4, page: [] });
  });

  it('are replaced under their id, at their place in the list', async () => {
    const first = await saved(NOW);
    await saved(NOW + 1);
    await saved(NOW + 2, { id: first.id, json: '{"state":"done"}' });
    const { total, page } = await store.list('agent-1', { offset: 0, limit: 10 });
    expect(total).toBe(2);
    expect(page[1]).toMatchObject({ id: first.id, json: '{"state":"done"}' });
  });

  it('go with all that leads to them when there are too many, the oldest first', async () => {
    const first = await saved(NOW, { askedBy: 'agent-2', customerId: 'c-2' });
    for (let turn = 1; turn <= 5; turn += 1) await saved(NOW + turn);
    expect(await store.find(first.id)).toBeUndefined();
    expect(await store.findByContact(`${first.id}-a`)).toBeUndefined();
    expect((await store.list('agent-1', { offset: 0, limit: 10 })).total).toBe(5);
    const left = await keysLeft();
    expect(left.filter((key) => key.includes(first.id) || key.endsWith('agent-2') || key.endsWith('c-2'))).toEqual([]);
  });

  it('end a day after they were given, and nothing of them is kept without an end', async () => {
    const given = await saved(NOW);
    for (const key of await keysLeft()) {
      if (key === recommendationKeys.all) continue;
      const ttl = await redis.admin.ttl(key);
      expect(ttl, key).toBeGreaterThan(86_000);
      expect(ttl, key).toBeLessThanOrEqual(86_400);
    }
    await saved(NOW + 86_400_001);
    expect(await redis.admin.zscore(recommendationKeys.all, given.id)).toBeNull();
    expect((await store.list('agent-1', { offset: 0, limit: 10 })).total).toBe(1);
  });

  it('are forgotten with their customer, those of others stay', async () => {
    await saved(NOW, { customerId: 'gone' });
    await saved(NOW + 1, { customerId: 'gone' });
    const other = await saved(NOW + 2);
    expect(await store.forget('gone')).toBe(2);
    expect(await store.list('agent-1', { offset: 0, limit: 10 })).toEqual({ total: 1, page: [other] });
    expect((await keysLeft()).some((key) => key.includes('gone'))).toBe(false);
    expect(await redis.admin.zcard(recommendationKeys.all)).toBe(1);
    expect(await store.forget('gone')).toBe(0);
  });
});
