import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useRedis } from '../test/redis-server.ts';
import { type Alert, type AlertFeed, createAlertFeed, FIRST_ALERT_ID, isAlertId } from './alert-feed.ts';
import { contactKeys } from './keys.ts';
import { createContactMarks } from './marks.ts';

const redis = useRedis();
let feed: AlertFeed;
const stopping: AbortController[] = [];

beforeEach(() => {
  feed = createAlertFeed({ url: redis.url });
});
afterEach(async () => {
  for (const stop of stopping.splice(0)) stop.abort();
  await feed.close();
});

async function append(contactId: string): Promise<string> {
  const answer = await feed.append({ contactId, json: `{"of":"${contactId}"}` });
  return answer.kind === 'appended' ? answer.id : 'already';
}

/** Subscribes and collects contact ids as they come. */
function collect(after?: string) {
  const stop = new AbortController();
  stopping.push(stop);
  const seen: string[] = [];
  const done = (async () => {
    for await (const alert of feed.tail({ ...(after !== undefined && { after }), signal: stop.signal })) {
      seen.push(alert.contactId);
    }
  })();
  return { seen, stop, done };
}

const within = { timeout: 20_000, interval: 10 };
const blockedReaders = async () => ((await redis.admin.client('LIST')) as string).match(/cmd=xread\b/g)?.length ?? 0;

describe('the alert feed', () => {
  it('takes an alert once, however often it is asked for', async () => {
    const id = await append('c1');
    expect(await feed.append({ contactId: 'c1', json: '{}' })).toEqual({ kind: 'already' });
    expect(await feed.read({ max: 10 })).toEqual<Alert[]>([{ id, contactId: 'c1', json: '{"of":"c1"}' }]);
  });

  it('takes many of one turn in their order, each with its item, and turns away the broken one alone', async () => {
    const alertOf = (n: number) => {
      const item = {
        itemId: `i${n}`,
        kind: 'contact',
        customerId: n === 60 ? '' : `k${n}`,
        priority: 2,
        dueAt: 1,
      } as const;
      return { contactId: `c${n}`, json: '{}', ...(n % 2 === 0 && { item }) };
    };
    const numbers = Array.from({ length: 120 }, (_, n) => n);
    const answers = await Promise.allSettled(numbers.map((n) => feed.append(alertOf(n))));
    expect(answers[60]).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('customer') } });
    const sound = numbers.filter((n) => n !== 60);
    expect((await feed.read({ max: 200 })).map(({ contactId }) => contactId)).toEqual(sound.map((n) => `c${n}`));
    const customers = await Promise.all(numbers.map((n) => redis.admin.hget(`${contactKeys.work}i:i${n}`, 'customer')));
    expect(customers).toEqual(numbers.map((n) => (n % 2 === 0 && n !== 60 ? `k${n}` : null)));
    expect(await redis.admin.exists(contactKeys.sent('c60'))).toBe(0);
  });

  it('takes an alert once from many who ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => feed.append({ contactId: 'c1', json: '{}' })));
    expect(answers.filter((answer) => answer.kind === 'appended')).toHaveLength(1);
    expect(await feed.read({ max: 10 })).toHaveLength(1);
  });

  it('leaves a sent mark that outlives forty days, and honours one set by the dispatcher', async () => {
    const marks = createContactMarks({ url: redis.url });
    await append('c1');
    expect(await marks.sentNote('c1')).toEqual(await feed.lastId());
    expect(await redis.admin.ttl(contactKeys.sent('c1'))).toBeGreaterThan(40 * 24 * 3600);
    await marks.markSent('c2', 'note');
    expect(await append('c2')).toBe('already');
    await marks.close();
  });

  it('is read in pages after an id', async () => {
    const ids = [];
    for (const contactId of ['a', 'b', 'c', 'd']) ids.push(await append(contactId));
    expect((await feed.read({ after: ids[0] ?? '', max: 2 })).map((alert) => alert.contactId)).toEqual(['b', 'c']);
    expect(await feed.read({ after: ids[3] ?? '', max: 2 })).toEqual([]);
    expect(await feed.lastId()).toBe(ids[3]);
  });

  it('of nothing ends at the first id', async () => {
    expect(await feed.lastId()).toBe(FIRST_ALERT_ID);
    expect(await feed.read({ max: 5 })).toEqual([]);
  });

  it('refuses a position that is no id', async () => {
    expect(isAlertId('1-1')).toBe(true);
    expect(isAlertId('1-1 COUNT')).toBe(false);
    await expect(feed.read({ after: '$', max: 1 })).rejects.toThrow(RangeError);
  });

  it('keeps about its bound and drops the oldest', async () => {
    await feed.close();
    feed = createAlertFeed({ url: redis.url, maxLength: 100 });
    for (let i = 0; i < 400; i++) await append(`c${i}`);
    const kept = await feed.read({ max: 1_000 });
    expect(kept.length).toBeLessThan(300);
    expect(kept.at(-1)?.contactId).toBe('c399');
  });
});

describe('a subscriber of the alert feed', () => {
  it('gets what was before its connection and what comes after, in order, without a gap or a repetition', async () => {
    const first = await append('c0');
    for (let i = 1; i < 1_200; i++) await append(`c${i}`);
    const { seen } = collect(first);
    for (let i = 1_200; i < 1_300; i++) await append(`c${i}`);
    await vi.waitFor(() => expect(seen).toHaveLength(1_299), within);
    expect(seen).toEqual(Array.from({ length: 1_299 }, (_, i) => `c${i + 1}`));
  });

  it('without a position gets only what comes from now on', async () => {
    await append('before');
    const { seen } = collect();
    await vi.waitFor(async () => expect(await blockedReaders()).toBe(1), within);
    await append('after');
    await vi.waitFor(() => expect(seen).toEqual(['after']), within);
  });

  it('shares one blocking connection with all others, which ends with the last of them', async () => {
    const subscribers = [collect(FIRST_ALERT_ID), collect(FIRST_ALERT_ID), collect(FIRST_ALERT_ID)];
    await append('c1');
    for (const { seen } of subscribers) await vi.waitFor(() => expect(seen).toEqual(['c1']), within);
    await vi.waitFor(async () => expect(await blockedReaders()).toBe(1), within);
    for (const { stop, done } of subscribers) {
      stop.abort();
      await done;
    }
    await vi.waitFor(async () => expect(await blockedReaders()).toBe(0), within);
  });

  it('goes on without a gap when the server was restarted', async () => {
    const { seen } = collect(FIRST_ALERT_ID);
    await append('c1');
    await vi.waitFor(() => expect(seen).toEqual(['c1']), within);
    await redis.server.restart();
    await vi.waitFor(async () => expect(await append('c2')).not.toBe(''), within);
    await vi.waitFor(() => expect(seen).toEqual(['c1', 'c2']), within);
  });

  it('ends when the feed closes', async () => {
    const { done } = collect();
    await feed.close();
    await done;
    expect(await blockedReaders()).toBeLessThanOrEqual(1);
  });
});

describe('contact marks', () => {
  it('let one of many begin to send', async () => {
    const marks = createContactMarks({ url: redis.url });
    const answers = await Promise.all(Array.from({ length: 10 }, () => marks.markSending('c1', 'begun')));
    expect(answers.filter((answer) => answer === 'first')).toHaveLength(1);
    expect(await marks.sentNote('c1')).toBeUndefined();
    expect(await marks.noteOf('c1')).toBe('begun');
    await marks.markSent('c1', 'done');
    expect(await marks.sentNote('c1')).toBe('done');
    expect(await marks.noteOf('c1')).toBe('done');
    await marks.close();
  });

  it('let a contact that reached nobody begin again', async () => {
    const marks = createContactMarks({ url: redis.url });
    await marks.markSending('c1', 'begun');
    await marks.clearSending('c1');
    expect(await marks.markSending('c1', 'begun')).toBe('first');
    await marks.close();
  });

  it('know a contact by the id its provider gave it, within the channel', async () => {
    const marks = createContactMarks({ url: redis.url });
    await marks.markSent('c1', 'note', { channel: 'sms', id: '0A:7' });
    await marks.markSent('c1', 'another', { channel: 'sms', id: '0A:8' });
    expect(await marks.contactOf({ channel: 'sms', id: '0A:7' })).toBe('c1');
    expect(await marks.contactOf({ channel: 'sms', id: '0A:8' })).toBe('c1');
    expect(await marks.contactOf({ channel: 'email', id: '0A:7' })).toBeUndefined();
    expect(await marks.sentNote('c1')).toBe('note');
    expect(await redis.admin.ttl(contactKeys.reference('sms', '0A:7'))).toBeGreaterThan(40 * 24 * 3600);
    await marks.close();
  });

  it('stand after the server process was killed', async () => {
    const marks = createContactMarks({ url: redis.url });
    expect(await marks.markSending('c1', '')).toBe('first');
    await redis.server.restart();
    const answer = await vi.waitFor(() => marks.markSending('c1', ''), within);
    expect(answer).toBe('already');
    await marks.close();
  });

  it('suppress one purpose of one customer for a time', async () => {
    const marks = createContactMarks({ url: redis.url });
    await marks.suppress('8613', 'sms', 60);
    expect(await marks.isSuppressed('8613', 'sms')).toBe(true);
    expect(await marks.isSuppressed('8613', 'e-mail')).toBe(false);
    expect(await marks.isSuppressed('8613', 'e-mail', 'sms')).toBe(true);
    expect(await marks.isSuppressed('8614', 'sms')).toBe(false);
    expect(await redis.admin.ttl(contactKeys.suppress('8613', 'sms'))).toBeLessThanOrEqual(60);
    await marks.close();
  });
});
