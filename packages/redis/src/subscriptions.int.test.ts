import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useRedis } from '../test/redis-server.ts';
import { type AlertFeed, createAlertFeed } from './alert-feed.ts';
import { createOutboundStreams, type OutboundStreams, type StreamHeads } from './outbound-streams.ts';
import { createSubscriptionMessages, type SubscriptionMessages } from './subscription-messages.ts';
import { createSubscriptionStore, type SubscriptionStore } from './subscriptions.ts';

const redis = useRedis();
let feed: AlertFeed;
let store: SubscriptionStore;
let messages: SubscriptionMessages;
let streams: OutboundStreams;
const stopping: AbortController[] = [];

beforeEach(() => {
  const { url } = redis;
  feed = createAlertFeed({ url });
  store = createSubscriptionStore({ url, maxSubscriptions: 3 });
  messages = createSubscriptionMessages({ url, maxEnded: 3 });
  streams = createOutboundStreams({ url });
});
afterEach(async () => {
  for (const stop of stopping.splice(0)) stop.abort();
  for (const part of [feed, store, messages, streams]) await part.close();
});

const NOW = 1_800_000_000_000;
const within = { timeout: 20_000, interval: 10 };

async function subscribed(): Promise<string> {
  const id = `sub_${randomUUID()}`;
  expect(await store.create({ id, record: '{"n":1}' })).toBe('created');
  return id;
}

/** A subscription under the care of `owner`. */
async function leased(owner = 'a', ttlMs = 60_000) {
  const id = await subscribed();
  expect(await store.lease(id, owner, ttlMs)).toBe('leased');
  return { id, owner, revision: await store.revision() };
}

const page = (ids: readonly string[], change = {}) => ({
  ...({
    stream: 'alerts',
    position: '5-0',
    dueMs: NOW,
    messages: ids.map((id) => ({ id, record: `r-${id}` })),
  } as const),
  ...change,
});
const take = { nowMs: NOW, againMs: NOW + 30_000, max: 10 };

describe('a subscription', () => {
  it('begins with what comes next in both streams', async () => {
    const answer = await feed.append({ contactId: 'c1', json: '{}' });
    await streams.publish(['{"e":1}']);
    const lease = await leased();
    const { events } = await streams.heads();
    const due = await messages.takeDue(lease, take);
    expect(due).toMatchObject({ positions: { alerts: answer.kind === 'appended' && answer.id, events } });
  });

  it('is changed only as it was read, and every change is seen in the revision', async () => {
    const id = await subscribed();
    const asRead = { id, record: '{"n":1}' };
    const revisions = [await store.revision()];
    expect(await store.replace(asRead, '{"n":2}')).toBe('replaced');
    revisions.push(await store.revision());
    expect(await store.replace(asRead, '{"n":3}')).toBe('changed');
    expect(await store.read(id)).toEqual({ id, record: '{"n":2}' });
    expect(await store.remove(asRead)).toBe('changed');
    expect(await store.remove({ id, record: '{"n":2}' })).toBe('removed');
    expect(await store.remove({ id, record: '{"n":2}' })).toBe('absent');
    revisions.push(await store.revision());
    expect(new Set(revisions).size).toBe(3);
  });

  it('leaves nothing behind when it is removed', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1', 'm2']));
    await messages.settle(lease, { id: 'm1', record: 'done', result: 'delivered', nowMs: NOW });
    await store.remove({ id: lease.id, record: '{"n":1}' });
    expect(await redis.admin.keys('*')).toEqual(['{contact}:webhooks:revision']);
  });

  it('is refused when there are as many as there may be', async () => {
    for (let i = 0; i < 3; i += 1) await subscribed();
    expect(await store.create({ id: 'sub_more', record: '{}' })).toBe('full');
    expect(await store.list()).toHaveLength(3);
  });
});

describe('a lease', () => {
  it('is taken by one of many, renewed by him alone, and free when it was given back or ran out', async () => {
    const id = await subscribed();
    const owners = Array.from({ length: 10 }, (_, index) => `o${index}`);
    const answers = await Promise.all(owners.map((owner) => store.lease(id, owner, 60_000)));
    const [holder = ''] = owners.filter((_, index) => answers[index] === 'leased');
    expect(answers.filter((answer) => answer === 'leased')).toHaveLength(1);
    expect(await store.lease(id, holder, 60_000)).toBe('leased');
    await store.release(id, 'somebody else');
    expect(await store.lease(id, 'z', 60_000)).toBe('held');
    await store.release(id, holder);
    expect(await store.lease(id, 'z', 50)).toBe('leased');
    await vi.waitFor(async () => expect(await store.lease(id, 'y', 60_000)).toBe('leased'), within);
    expect(await store.lease('sub_gone', 'y', 60_000)).toBe('absent');
  });

  it('keeps whoever lost it from touching anything', async () => {
    const lease = await leased('old');
    await messages.takeIn(lease, page(['m1']));
    await store.release(lease.id, 'old');
    await store.lease(lease.id, 'new', 60_000);
    expect(await messages.takeIn(lease, page(['m2'], { position: '9-0' }))).toEqual({ kind: 'fenced' });
    expect(await messages.takeDue(lease, take)).toEqual({ kind: 'fenced' });
    const settlement = { id: 'm1', record: 'x', result: 'delivered', nowMs: NOW } as const;
    expect(await messages.settle(lease, settlement)).toEqual({ kind: 'fenced' });
    const due = await messages.takeDue({ ...lease, owner: 'new' }, take);
    expect(due).toMatchObject({ messages: [{ id: 'm1', record: 'r-m1' }], positions: { alerts: '5-0' } });
  });
});

describe('processes that send', () => {
  it('are counted while they are heard of', async () => {
    expect(await store.join('a', NOW, 10_000)).toBe(1);
    expect(await store.join('b', NOW + 5_000, 10_000)).toBe(2);
    expect(await store.join('b', NOW + 10_001, 10_000)).toBe(1);
    await store.leave('b');
    expect(await store.join('a', NOW + 10_001, 10_000)).toBe(1);
  });
});

describe('messages', () => {
  it('are neither taken in nor handed out by what a subscription asked for before it was changed', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1']));
    await store.replace({ id: lease.id, record: '{"n":1}' }, '{"n":2}');
    expect(await messages.takeDue(lease, take)).toEqual({ kind: 'stale' });
    expect(await messages.takeIn(lease, page(['m2'], { position: '9-0' }))).toEqual({ kind: 'stale' });
    const current = { ...lease, revision: await store.revision() };
    expect(await messages.takeDue(current, take)).toMatchObject({
      messages: [{ id: 'm1' }],
      positions: { alerts: '5-0' },
    });
  });

  it('are put in line once, however often they are taken in, and never again once they have ended', async () => {
    const lease = await leased();
    expect(await messages.takeIn(lease, page(['m1', 'm2']))).toEqual({ kind: 'taken', waiting: 2 });
    expect(await messages.takeIn(lease, page(['m2', 'm3']))).toEqual({ kind: 'taken', waiting: 3 });
    await messages.settle(lease, { id: 'm1', record: 'done', result: 'delivered', nowMs: NOW });
    expect(await messages.takeIn(lease, page(['m1']))).toEqual({ kind: 'taken', waiting: 2 });
  });

  it('are handed out when due, and again when they were not settled in time', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1']));
    await messages.takeIn(lease, page(['m2'], { dueMs: NOW + 1_000 }));
    expect(await messages.takeDue(lease, take)).toMatchObject({
      messages: [{ id: 'm1' }],
      waiting: 2,
      nextDueMs: NOW + 1_000,
    });
    expect(await messages.takeDue(lease, take)).toMatchObject({ messages: [] });
    const later = { ...take, nowMs: NOW + 30_000, againMs: NOW + 60_000 };
    expect(await messages.takeDue(lease, later)).toMatchObject({ messages: [{ id: 'm2' }, { id: 'm1' }] });
    expect(await messages.takeDue(lease, { ...later, max: 0 })).toMatchObject({ messages: [], waiting: 2 });
  });

  it('that wait are tried at their time, those that ended are counted in a row', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1', 'm2', 'm3', 'm4']));
    const settle = (id: string, result: 'delivered' | 'failed' | 'waiting', change = {}) =>
      messages.settle(lease, { id, record: result, result, nowMs: NOW, ...change });
    expect(await settle('m1', 'waiting', { againAtMs: NOW + 7 })).toEqual({ kind: 'settled', undelivered: 0 });
    expect(await settle('m2', 'failed')).toEqual({ kind: 'settled', undelivered: 1 });
    expect(await settle('m3', 'failed')).toEqual({ kind: 'settled', undelivered: 2 });
    expect(await settle('m4', 'delivered')).toEqual({ kind: 'settled', undelivered: 0 });
    expect(await settle('m9', 'delivered')).toEqual({ kind: 'absent' });
    expect(await messages.takeDue(lease, take)).toMatchObject({ messages: [], nextDueMs: NOW + 7 });
    expect(await messages.status(lease.id)).toMatchObject({ waiting: 1, deliveredAtMs: NOW, failedAtMs: NOW });
  });

  it('are listed, those that wait first, and only the newest that ended are kept', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']));
    for (const [index, id] of ['m1', 'm2', 'm3', 'm4', 'm5'].entries()) {
      await messages.settle(lease, { id, record: `ended-${id}`, result: 'delivered', nowMs: NOW + index });
    }
    expect(await messages.list(lease.id, 10)).toEqual([
      { id: 'm6', record: 'r-m6', dueMs: NOW },
      ...['m5', 'm4', 'm3'].map((id) => ({ id, record: `ended-${id}` })),
    ]);
    expect(await messages.list(lease.id, 2)).toHaveLength(2);
    expect(await messages.read(lease.id, 'm1')).toBeUndefined();
  });

  it('are listed as of one moment, though they are tried meanwhile', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1'], { messages: [{ id: 'm1', record: String(NOW) }] }));
    let isOver = false;
    const tried = (async () => {
      for (let atMs = NOW; !isOver; atMs += 1) {
        await messages.settle(lease, {
          id: 'm1',
          record: String(atMs),
          result: 'waiting',
          againAtMs: atMs,
          nowMs: NOW,
        });
      }
    })();
    try {
      for (let look = 0; look < 200; look += 1) {
        const [found] = await messages.list(lease.id, 10);
        expect(found).toEqual({ id: 'm1', record: String(found?.dueMs), dueMs: expect.any(Number) });
      }
    } finally {
      isOver = true;
      await tried;
    }
  });

  it('that ended go in line again by hand, as they were read', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1']));
    await messages.settle(lease, { id: 'm1', record: 'ended', result: 'failed', nowMs: NOW });
    expect(await messages.sendAgain(lease.id, { id: 'm1', record: 'other' }, 'x', NOW)).toBe('changed');
    expect(await messages.sendAgain(lease.id, { id: 'm9', record: 'other' }, 'x', NOW)).toBe('absent');
    expect(await messages.sendAgain(lease.id, { id: 'm1', record: 'ended' }, 'again', NOW)).toBe('waiting');
    expect(await messages.takeDue(lease, take)).toMatchObject({
      messages: [{ id: 'm1', record: 'again' }],
      waiting: 1,
    });
    expect(await messages.list(lease.id, 10)).toHaveLength(1);
  });

  it('that name a customer are let go of, waiting or ended, and a try of one comes to nothing', async () => {
    const lease = await leased();
    const named = (customerId: string) => JSON.stringify({ data: { customerId } });
    const ids = ['m1', 'm2', 'm3', 'm4'];
    await messages.takeIn(lease, page([], { messages: ids.map((id) => ({ id, record: named('c-1') })) }));
    await messages.takeIn(lease, page([], { messages: [{ id: 'm5', record: named('c-10') }] }));
    await messages.settle(lease, { id: 'm1', record: named('c-1'), result: 'failed', nowMs: NOW });
    await messages.settle(lease, { id: 'm2', record: 'says nothing of him', result: 'delivered', nowMs: NOW });
    await messages.takeDue(lease, { ...take, max: 1 });
    expect(await messages.forget(lease.id, 'c-1')).toBe(3);
    expect((await messages.list(lease.id, 10)).map(({ id }) => id)).toEqual(['m5', 'm2']);
    const settlement = { id: 'm3', record: named('c-1'), result: 'waiting', againAtMs: NOW, nowMs: NOW } as const;
    expect(await messages.settle(lease, settlement)).toEqual({ kind: 'absent' });
    expect(await messages.takeDue(lease, { ...take, nowMs: NOW + 60_000 })).toMatchObject({
      messages: [{ id: 'm5' }],
      waiting: 1,
    });
  });

  it('stand after the server was killed, with the position they came from', async () => {
    const lease = await leased();
    await messages.takeIn(lease, page(['m1']));
    await redis.server.restart();
    const due = await vi.waitFor(() => messages.takeDue(lease, take), within);
    expect(due).toMatchObject({ messages: [{ id: 'm1' }], positions: { alerts: '5-0' } });
  });
});

describe('the streams of subscribers', () => {
  function watch() {
    const stop = new AbortController();
    stopping.push(stop);
    const seen: StreamHeads[] = [];
    void (async () => {
      for await (const heads of streams.watch(stop.signal)) seen.push(heads);
    })();
    return seen;
  }

  it('tell when either moves, and go on when the server was killed', async () => {
    const seen = watch();
    await vi.waitFor(() => expect(seen).toEqual([{ alerts: '0-0', events: '0-0' }]), within);
    await feed.append({ contactId: 'c1', json: '{}' });
    await vi.waitFor(() => expect(seen.at(-1)?.alerts).not.toBe('0-0'), within);
    await streams.publish(['{}']);
    await vi.waitFor(() => expect(seen.at(-1)?.events).not.toBe('0-0'), within);
    await redis.server.restart();
    const before = seen.at(-1)?.events;
    await vi.waitFor(() => streams.publish(['{}']), within);
    await vi.waitFor(() => expect(seen.at(-1)?.events).not.toBe(before), within);
  });

  it('are read in pages and by entry', async () => {
    await streams.publish(['"a"', '"b"', '"c"']);
    const [first, ...rest] = await streams.read('events', { after: '0-0', max: 10 });
    expect([first, ...rest].map((entry) => entry?.json)).toEqual(['"a"', '"b"', '"c"']);
    expect(await streams.read('events', { after: first?.id ?? '', max: 1 })).toEqual(rest.slice(0, 1));
    expect(await streams.entry('events', first?.id ?? '')).toEqual(first);
    expect(await streams.entry('events', '1-1')).toBeUndefined();
  });

  it('say when what came after a position is no longer there', async () => {
    await streams.close();
    streams = createOutboundStreams({ url: redis.url, maxLength: 10 });
    await streams.publish(['"first"']);
    const { events } = await streams.heads();
    expect(await streams.isTrimmed('events', events)).toBe(false);
    await streams.publish(Array.from({ length: 500 }, (_, index) => String(index)));
    expect(await streams.isTrimmed('events', events)).toBe(true);
    expect(await streams.isTrimmed('events', '0-0')).toBe(false);
    expect((await streams.read('events', { after: '0-0', max: 1_000 })).length).toBeLessThan(300);
  });

  it('let go of what names a customer, wherever in it, and of nothing else', async () => {
    const of = (customerId: string) =>
      JSON.stringify({ hub: { customerId, eventId: 'e' }, said: '"customerId":"c-1"' });
    await feed.append({ contactId: 'k-1', json: of('c-1') });
    await feed.append({ contactId: 'k-2', json: of('c-10') });
    const many = Array.from({ length: 2_500 }, (_, index) => of(index % 2 === 0 ? 'c-1' : 'c-2'));
    await streams.publish(many);
    await streams.forget('c-1');
    const kept = async (stream: 'alerts' | 'events') =>
      (await streams.read(stream, { after: '0-0', max: 5_000 })).map(({ json }) => json);
    expect(await kept('alerts')).toEqual([of('c-10')]);
    expect(await kept('events')).toEqual(Array(1_250).fill(of('c-2')));
  });

  it('that lost their newest entry to an erasure are not taken for trimmed or wiped', async () => {
    await feed.append({ contactId: 'k-1', json: '{"customerId":"c-1"}' });
    await feed.append({ contactId: 'k-2', json: '{"customerId":"c-2"}' });
    const { alerts } = await streams.heads();
    await streams.forget('c-2');
    expect([await feed.lastId(), await streams.isTrimmed('alerts', alerts)]).toEqual([alerts, false]);
  });

  it('keep events and the places they were read at together', async () => {
    await streams.publish(['1'], [{ topic: 't', partition: 3, nextOffset: 8 }]);
    await streams.publish([], [{ topic: 't', partition: 3, nextOffset: 9 }]);
    expect(await streams.publishedPlaces()).toEqual(new Map([['t:3', 9]]));
  });
});
