import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useRedis } from '../test/redis-server.ts';
import { createInteractionStore, type InteractionStore } from './interactions.ts';
import { interactionKeys } from './keys.ts';

const redis = useRedis();
let store: InteractionStore;

beforeEach(() => {
  store = createInteractionStore({ url: redis.url, maxListed: 3, ttlSeconds: 600 });
});
afterEach(() => store.close());

const called = (id: string, startedAtMs = 1, change = {}) => ({
  ...{ id, customerId: 'c', agent: 'anna', startedAtMs, record: `{"of":"${id}"}` },
  ...change,
});
const ALL = { offset: 0, limit: 10 };
const idsOf = async (of: Parameters<InteractionStore['list']>[0], page = ALL) =>
  (await store.list(of, page)).records.map((record) => JSON.parse(record).of);

describe('interactions', () => {
  it('are made once: who makes it again is told what is there', async () => {
    expect(await store.create(called('i'))).toEqual({ kind: 'created' });
    expect(await store.create(called('i', 2, { record: 'another' }))).toEqual({ kind: 'exists', record: '{"of":"i"}' });
    expect(await store.read('i')).toBe('{"of":"i"}');
    expect(await store.read('other')).toBeUndefined();
  });

  it('are replaced only as they were read', async () => {
    await store.create(called('i'));
    expect(await store.replace(called('i', 1, { record: 'second' }), 'not this')).toBe('changed');
    expect(await store.replace(called('i', 1, { record: 'second' }), '{"of":"i"}')).toBe('replaced');
    expect(await store.replace(called('none'), 'anything')).toBe('absent');
    expect(await store.read('i')).toBe('second');
  });

  it('are listed by customer and by agent, the newest first, with how many there are', async () => {
    await store.create(called('first', 10));
    await store.create(called('third', 30, { agent: 'bert' }));
    await store.create(called('second', 20, { customerId: 'other' }));
    expect(await idsOf({ customerId: 'c' })).toEqual(['third', 'first']);
    expect(await idsOf({ agent: 'anna' })).toEqual(['second', 'first']);
    expect(await store.list({ agent: 'anna' }, { offset: 1, limit: 1 })).toEqual({
      total: 2,
      records: ['{"of":"first"}'],
    });
    expect(await store.list({ agent: 'nobody' }, ALL)).toEqual({ total: 0, records: [] });
  });

  it('are the newest in a list, and gone from it once they are gone', async () => {
    for (const [at, id] of ['a', 'b', 'd', 'e'].entries()) await store.create(called(id, at));
    expect(await idsOf({ customerId: 'c' })).toEqual(['e', 'd', 'b']);
    expect(await store.read('a')).toBe('{"of":"a"}');
    await redis.admin.del(interactionKeys.one('d'));
    expect(await store.list({ customerId: 'c' }, ALL)).toMatchObject({ total: 2 });
    expect(await store.remove(called('e'))).toBe(true);
    expect(await store.remove(called('e'))).toBe(false);
    expect(await idsOf({ customerId: 'c' })).toEqual(['b']);
    expect(await idsOf({ agent: 'anna' })).toEqual(['b']);
  });

  it('last as long as they are kept, from the last change on', async () => {
    await store.create(called('i'));
    await redis.admin.expire(interactionKeys.one('i'), 5);
    await store.replace(called('i', 1, { record: 'second' }), '{"of":"i"}');
    for (const key of [interactionKeys.one('i'), interactionKeys.ofCustomer('c'), interactionKeys.ofAgent('anna')]) {
      expect(await redis.admin.ttl(key)).toBeGreaterThan(500);
    }
  });

  it('of a customer who is forgotten leave nothing that says anything of him', async () => {
    await store.create(called('i', 1, { record: 'about c' }));
    await store.create(called('j', 2, { customerId: 'other' }));
    await store.forget('c');
    await store.forget('c');
    expect(await store.read('i')).toBeUndefined();
    expect(await redis.admin.exists(interactionKeys.ofCustomer('c'))).toBe(0);
    expect(await idsOf({ agent: 'anna' })).toEqual(['j']);
  });
});
