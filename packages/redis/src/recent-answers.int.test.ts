import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useRedis } from '../test/redis-server.ts';
import { recentAnswersKey } from './keys.ts';
import { createRecentAnswers, type RecentAnswers } from './recent-answers.ts';

interface Said {
  readonly id: string;
}

const redis = useRedis();
let answers: RecentAnswers<Said>;

beforeEach(() => {
  answers = createRecentAnswers<Said>({ url: redis.url, maxPerCustomer: 5, ttlSeconds: 600 });
});
afterEach(() => answers.close());

const told = (id: string, topic: string, offset: number) => ({ event: { id }, place: { topic, partition: 1, offset } });
const at = (nextOffset: number) => ({ nextOffset });

describe('recent answers', () => {
  it('are those that the shard has not come to, by topic and place', async () => {
    await answers.note('c', [told('i8', 'i', 8), told('c3', 'c', 3)]);
    await answers.note('c', [told('i7', 'i', 7), told('c2', 'c', 2)]);
    const ids = async (inputs: Record<string, { nextOffset: number }>) =>
      (await answers.since('c', inputs)).map(({ id }) => id);
    expect(await ids({ i: at(0), c: at(0) })).toEqual(['c2', 'c3', 'i7', 'i8']);
    expect(await ids({ i: at(8), c: at(3) })).toEqual(['c3', 'i8']);
    expect(await ids({ i: at(9), c: at(4) })).toEqual([]);
    // A shard that says nothing of a topic has folded nothing of it.
    expect(await ids({ i: at(9) })).toEqual(['c2', 'c3']);
  });

  it('are of one customer, and gone once he is forgotten', async () => {
    await answers.note('c', [told('mine', 'i', 1)]);
    await answers.note('other', [told('his', 'i', 1)]);
    await answers.forget('c');
    expect(await answers.since('c', {})).toEqual([]);
    expect(await answers.since('other', {})).toEqual([{ id: 'his' }]);
  });

  it('are the newest ones, for a time that begins anew with each', async () => {
    await answers.note('c', [told('0', 'i', 0)]);
    await redis.admin.expire(recentAnswersKey('c'), 5);
    await answers.note(
      'c',
      [1, 2, 3, 4, 5, 6].map((offset) => told(String(offset), 'i', offset)),
    );
    expect((await answers.since('c', {})).map(({ id }) => id)).toEqual(['2', '3', '4', '5', '6']);
    expect(await redis.admin.ttl(recentAnswersKey('c'))).toBeGreaterThan(500);
  });

  it('that are none are no call', async () => {
    await answers.note('c', []);
    expect(await redis.admin.exists(recentAnswersKey('c'))).toBe(0);
  });

  it('reject where Redis cannot take them', async () => {
    await redis.admin.set(recentAnswersKey('c'), 'no list');
    await expect(answers.note('c', [told('0', 'i', 0)])).rejects.toThrow('WRONGTYPE');
  });
});
