import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startRedisServer } from '../test/redis-server.ts';
import { agent, contact, everything, HOUR, itemOf, LEASE, MINUTE, START, useWorkList } from '../test/work-desk.ts';
import { createAlertFeed } from './alert-feed.ts';
import { createWorkList } from './work-list.ts';

const desk = useWorkList();

describe('a log that has been away for long', () => {
  const MOST = 20;
  /** A list of which nothing more is taken, with an item that ann holds and a free one. */
  async function full() {
    await desk.bounded(MOST);
    const customerId = `customer-${randomUUID()}`;
    const [held, free] = [await desk.opened({ customerId }), await desk.opened({ customerId })];
    await desk.work.claim([held], agent('ann'), LEASE);
    while ((await desk.work.figures()).untold < MOST) await desk.opened({ desk: 'filling' });
    return { customerId, held, free };
  }

  it('has nothing more to be told: changes are refused, and nothing is changed', async () => {
    const { held, free } = await full();
    const before = [await desk.work.read(held), await desk.work.read(free)];
    const calls = [
      desk.work.open(contact()),
      desk.work.claim([free], agent('ben'), LEASE),
      desk.next('ben'),
      desk.work.release(held, agent('ann')),
      desk.work.snooze(held, agent('ann'), START + HOUR),
      desk.work.handOver(held, agent('ann'), { agent: 'ben', note: '' }),
      desk.work.finish(held, agent('ann'), 'accepted'),
      desk.work.finish(free, agent('ben'), 'accepted', true),
    ];
    for (const answer of await Promise.all(calls)) expect(answer).toEqual({ kind: 'full' });
    expect([await desk.work.read(held), await desk.work.read(free)]).toEqual(before);
    expect((await desk.work.figures()).untold).toBe(MOST);
  });

  it('stops neither what tells nothing nor what is refused anyway', async () => {
    const { held } = await full();
    desk.nowMs += MINUTE;
    expect((await desk.work.renew(held, agent('ann'), LEASE)).kind).toBe('done');
    expect((await desk.work.claim([held], agent('ann'), LEASE)).kind).toBe('already');
    expect((await desk.work.claim([held], agent('ben'), LEASE)).kind).toBe('held');
    expect((await desk.work.claim(['nowhere'], agent('ben'), LEASE)).kind).toBe('absent');
  });

  it('stops the clock, which makes up for it', async () => {
    const { held } = await full();
    desk.nowMs += LEASE;
    expect((await desk.work.advance(100)).looked).toBe(0);
    expect((await desk.work.claim([held], agent('ben'), LEASE)).kind).toBe('full');
    await makeRoom();
    await desk.work.advance(100);
    expect(await desk.work.read(held)).toMatchObject({ state: 'open' });
    expect(itemOf(await desk.work.claim([held], agent('ben'), LEASE))).toMatchObject({ agent: 'ben' });
  });

  it('stops neither alerts nor who wants to be left alone', async () => {
    const { customerId } = await full();
    const feed = createAlertFeed({ url: desk.redis.url });
    const item = contact();
    await feed.append({ contactId: item.itemId, json: '{}', item });
    expect(await desk.work.read(item.itemId)).toMatchObject({ state: 'open' });
    expect(await desk.work.withdraw(customerId, { because: 'do_not_contact' })).toBe(2);
    expect((await desk.work.figures()).untold).toBe(MOST + 3);
    await feed.close();
  });

  it('takes changes again by itself once it has been told', async () => {
    const { held } = await full();
    const entries = await makeRoom();
    expect(entries).toHaveLength(MOST);
    expect((await desk.work.finish(held, agent('ann'), 'accepted')).kind).toBe('done');
    expect(await desk.told(held)).toEqual(['FINISHED ann']);
  });

  async function makeRoom() {
    const entries = (await desk.work.readOutbox({ token: 'test', turnMs: 60_000, most: 10_000 })) ?? [];
    await desk.work.trimOutbox(entries.map(({ entryId }) => entryId));
    return entries;
  }
});

describe('a server that is killed and starts again', () => {
  it('gives no item twice, and has told of everything that was answered', async () => {
    const [own, items, agents] = [await startRedisServer(), 300, 20];
    const list = createWorkList({ url: own.url, commandTimeoutMs: 1_000 });
    for (let n = 0; n < items; n++) await list.open(contact({ dueAt: Date.now() + HOUR }));
    const answered: string[] = [];
    let isOver = false;
    const work = async (name: string) => {
      while (!isOver) {
        try {
          const given = await list.claimNext({ agent: name, ...everything }, agent(name), LEASE);
          if (given.kind === 'absent') return;
          const { itemId } = itemOf(given);
          answered.push(`CLAIMED ${name} ${itemId}`);
          const ended = await list.finish(itemId, agent(name), 'accepted');
          if (ended.kind === 'done') answered.push(`FINISHED ${name} ${itemId}`);
        } catch {
          // A lost reply: whether it was done is in the history.
        }
      }
    };
    const running = Array.from({ length: agents }, (_, n) => work(`a${n}`));
    const enough = (count: number) => expect.poll(() => answered.length, { timeout: 20_000 }).toBeGreaterThan(count);
    await enough(50);
    await own.restart();
    await enough(150);
    await own.restart();
    await Promise.all(running).finally(() => {
      isOver = true;
    });
    const entries = (await list.readOutbox({ token: 'test', turnMs: 60_000, most: 10_000 })) ?? [];
    const history = entries.map(({ change, agent: by, itemId }) => `${change} ${by} ${itemId}`);
    expect(answered.filter((line) => !history.includes(line))).toEqual([]);
    const claims = entries.filter(({ change }) => change === 'CLAIMED').map(({ itemId }) => itemId);
    expect(new Set(claims).size).toBe(claims.length);
    expect(claims).toHaveLength(items);
    await list.close();
    await own.stop();
  });
});
