import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { agent, HOUR, LEASE, START, useWorkList } from '../test/work-desk.ts';

const desk = useWorkList();

describe('a customer who wants to be left alone', () => {
  const because = 'do_not_contact';

  it('has no contact left with anybody, and his follow-ups stay', async () => {
    const customerId = `customer-${randomUUID()}`;
    const [free, held, asleep] = [
      await desk.opened({ customerId }),
      await desk.opened({ customerId }),
      await desk.opened({ customerId }),
    ];
    const followUp = await desk.opened({ customerId, kind: 'follow-up', contactId: '', followUpId: 'f' });
    const other = await desk.opened();
    await desk.work.claim([held], agent('ann'), LEASE);
    await desk.work.claim([asleep], agent('ben'), LEASE);
    await desk.work.snooze(asleep, agent('ben'), START + HOUR);
    expect(await desk.work.withdraw(customerId, { because })).toBe(3);
    for (const itemId of [free, held, asleep]) {
      expect(await desk.work.read(itemId)).toMatchObject({
        state: 'withdrawn',
        outcome: because,
        until: null,
        endedAt: START,
      });
    }
    expect((await desk.found()).sort()).toEqual([followUp, other].sort());
    expect((await desk.found({ states: ['withdrawn'] })).sort()).toEqual([free, held, asleep].sort());
    expect(await desk.found({ owner: 'ann' })).toEqual([]);
    expect(await desk.work.withdraw(customerId, { because })).toBe(0);
    const entries = (await desk.work.readOutbox({ token: 'test', turnMs: 60_000, most: 100 })) ?? [];
    const withdrawn = entries.filter(({ change }) => change === 'WITHDRAWN');
    expect(withdrawn.map(({ itemId }) => itemId).sort()).toEqual([free, held, asleep].sort());
    for (const entry of withdrawn) expect(entry).toMatchObject({ agent: '', reason: because, outcome: because });
  });

  it('is seen to have ended by whoever holds one of them, whatever he does next', async () => {
    const customerId = `customer-${randomUUID()}`;
    const itemId = await desk.opened({ customerId });
    await desk.work.claim([itemId], agent('ann'), LEASE);
    await desk.work.withdraw(customerId, { because });
    const calls = [
      desk.work.renew(itemId, agent('ann'), LEASE),
      desk.work.release(itemId, agent('ann')),
      desk.work.snooze(itemId, agent('ann'), START + HOUR),
      desk.work.handOver(itemId, agent('ann'), { agent: 'ben', note: '' }),
      desk.work.finish(itemId, agent('ann'), 'accepted'),
      desk.work.claim([itemId], agent('ann'), LEASE),
    ];
    for (const answer of await Promise.all(calls)) expect(answer.kind).toBe('ended');
    desk.nowMs += 2 * HOUR;
    expect((await desk.work.advance(100)).looked).toBe(0);
  });

  it('has his item end once, whoever he said it to and in whichever order that comes', async () => {
    const customerId = `customer-${randomUUID()}`;
    const itemId = await desk.opened({ customerId });
    await desk.work.claim([itemId], agent('ann'), LEASE);
    expect(await desk.work.withdraw(customerId, { because, exceptItemId: itemId })).toBe(0);
    await desk.work.withdraw(customerId, { because });
    expect((await desk.work.finish(itemId, agent('ben'), because)).kind).toBe('ended');
    const ended = { kind: 'already', item: { state: 'withdrawn', agent: 'ann', outcome: because } };
    expect(await desk.work.finish(itemId, agent('ann'), because)).toMatchObject(ended);
    expect(await desk.work.finish(itemId, agent(''), because, true)).toMatchObject(ended);
    expect(await desk.work.withdraw(customerId, { because })).toBe(0);
    expect(await desk.told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'WITHDRAWN']);
    const other = await desk.opened({ customerId });
    await desk.work.claim([other], agent('ann'), LEASE);
    await desk.work.finish(other, agent('ann'), because);
    expect(await desk.work.withdraw(customerId, { because })).toBe(0);
    expect(await desk.told(other)).toEqual(['OPENED', 'CLAIMED ann', 'FINISHED ann']);
  });

  it('has what was withdrawn opened again by nobody', async () => {
    const customerId = `customer-${randomUUID()}`;
    const itemId = await desk.opened({ customerId });
    await desk.work.withdraw(customerId, { because });
    for (const why of ['', 'rating-1']) {
      expect((await desk.work.reopen(itemId, { agent: 'sue' }, why)).kind).toBe('withdrawn');
    }
    expect(await desk.work.read(itemId)).toMatchObject({ state: 'withdrawn', reopened: 0 });
  });

  it('keeps what was opened since, and what a supervisor opened again', async () => {
    const customerId = `customer-${randomUUID()}`;
    const early = await desk.opened({ customerId });
    desk.nowMs += HOUR;
    const late = await desk.opened({ customerId });
    await desk.work.finish(early, agent('ann'), 'no_answer', true);
    await desk.work.reopen(early, { agent: 'sue' });
    expect(await desk.work.withdraw(customerId, { because, openedByMs: START })).toBe(0);
    for (const itemId of [early, late]) expect(await desk.work.read(itemId)).toMatchObject({ state: 'open' });
  });

  it('may have more than is ended in one call', async () => {
    const customerId = `customer-${randomUUID()}`;
    await Promise.all(Array.from({ length: 450 }, () => desk.opened({ customerId })));
    expect(await desk.work.withdraw(customerId, { because })).toBe(450);
    expect(await desk.found()).toEqual([]);
  });
});
