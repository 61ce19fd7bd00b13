import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { agent, contact, DAY, HOUR, itemOf, LEASE, MINUTE, START, supervisor, useWorkList } from '../test/work-desk.ts';
import { createAlertFeed } from './alert-feed.ts';
import type { WorkQuery } from './work-search.ts';

const desk = useWorkList();

describe('an item', () => {
  it('is opened with its alert and its sent mark in one step, once', async () => {
    const feed = createAlertFeed({ url: desk.redis.url });
    const item = contact();
    const alert = { contactId: item.itemId, json: '{}', item };
    expect((await feed.append(alert)).kind).toBe('appended');
    expect((await feed.append(alert)).kind).toBe('already');
    expect(await desk.work.read(item.itemId)).toMatchObject({ state: 'open', customerId: item.customerId, version: 1 });
    expect(await desk.told(item.itemId)).toEqual(['OPENED']);
    await feed.close();
  });

  it('is refused together with its alert when it is malformed', async () => {
    const feed = createAlertFeed({ url: desk.redis.url });
    const item = { ...contact(), customerId: '' };
    await expect(feed.append({ contactId: item.itemId, json: '{}', item })).rejects.toThrow('needs id, customer');
    expect(await feed.read({ max: 1 })).toEqual([]);
    await feed.close();
  });

  it('is held by one of many who ask for it at the same time', async () => {
    const itemId = await desk.opened();
    const names = Array.from({ length: 50 }, (_, n) => `a${n}`);
    const answers = await Promise.all(names.map((name) => desk.work.claim([itemId], agent(name), LEASE)));
    expect(answers.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(49);
    expect(await desk.told(itemId)).toHaveLength(2);
  });

  it('is answered as it is to whoever claims again what he holds', async () => {
    const itemId = await desk.opened();
    const first = itemOf(await desk.work.claim([itemId], agent('ann'), LEASE));
    desk.nowMs += MINUTE;
    const again = await desk.work.claim([itemId], agent('ann', { version: 1 }), LEASE);
    expect(again).toEqual({ kind: 'already', item: first });
    expect(first.until).toBe(START + LEASE);
  });

  it('is held longer by a renewed lease, which is no event', async () => {
    const itemId = await desk.opened();
    await desk.work.claim([itemId], agent('ann'), LEASE);
    desk.nowMs += 10 * MINUTE;
    expect(itemOf(await desk.work.renew(itemId, agent('ann'), LEASE)).until).toBe(desk.nowMs + LEASE);
    expect((await desk.work.renew(itemId, agent('ben'), LEASE)).kind).toBe('not-held');
    expect(await desk.told(itemId)).toEqual(['OPENED', 'CLAIMED ann']);
  });

  it('goes back when the lease is over, and to another at that very moment', async () => {
    const itemId = await desk.opened();
    await desk.work.claim([itemId], agent('ann'), LEASE);
    desk.nowMs += LEASE - 1;
    expect((await desk.work.claim([itemId], agent('ben'), LEASE)).kind).toBe('held');
    desk.nowMs += 1;
    expect((await desk.work.claim([itemId], agent('ben'), LEASE)).kind).toBe('done');
    expect((await desk.work.finish(itemId, agent('ann'), 'accepted')).kind).toBe('not-held');
    expect(await desk.told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'LEASE_EXPIRED ann', 'CLAIMED ben']);
  });

  it('refuses a change that was decided on an older version', async () => {
    const itemId = await desk.opened();
    expect((await desk.work.claim([itemId], agent('ann', { version: 7 }), LEASE)).kind).toBe('changed');
    await desk.work.claim([itemId], agent('ann', { version: 1 }), LEASE);
    expect((await desk.work.release(itemId, agent('ann', { version: 1 }))).kind).toBe('changed');
    expect((await desk.work.release(itemId, agent('ann', { version: 2 }))).kind).toBe('done');
  });

  it('is finished once by its holder, by nobody else, and by a supervisor', async () => {
    const itemId = await desk.opened();
    expect((await desk.work.finish(itemId, agent('ann'), 'accepted')).kind).toBe('not-held');
    await desk.work.claim([itemId], agent('ann'), LEASE);
    expect((await desk.work.finish(itemId, agent('ben'), 'accepted')).kind).toBe('not-held');
    expect(itemOf(await desk.work.finish(itemId, agent('ann'), 'accepted'))).toMatchObject({
      state: 'done',
      outcome: 'accepted',
      agent: 'ann',
    });
    expect((await desk.work.finish(itemId, agent('ann'), 'accepted')).kind).toBe('already');
    expect((await desk.work.finish(itemId, agent('ann'), 'rejected')).kind).toBe('ended');
    const other = await desk.opened();
    expect((await desk.work.finish(other, supervisor, 'wrong_person')).kind).toBe('done');
  });

  it('sleeps until the time given, then is first for whoever put it to sleep', async () => {
    const itemId = await desk.opened({ ownForMs: HOUR });
    await desk.work.claim([itemId], agent('ann'), LEASE);
    expect((await desk.work.snooze(itemId, agent('ann'), START - 1)).kind).toBe('too-late');
    expect(itemOf(await desk.work.snooze(itemId, agent('ann'), START + 2 * HOUR))).toMatchObject({ state: 'snoozed' });
    expect((await desk.next('ben')).kind).toBe('absent');
    desk.nowMs = START + 2 * HOUR;
    await desk.work.advance(100);
    expect((await desk.next('ben')).kind).toBe('absent');
    expect(itemOf(await desk.next('ann'))).toMatchObject({ itemId });
  });

  it('is handed to an agent, or to a team, with a note', async () => {
    const itemId = await desk.opened({ teamForMs: HOUR });
    await desk.work.claim([itemId], agent('ann'), LEASE);
    const handed = itemOf(await desk.work.handOver(itemId, agent('ann'), { agent: 'ben', note: 'he asked for you' }));
    expect(handed).toMatchObject({ owner: 'ben', stage: 'owner', note: 'he asked for you', state: 'open' });
    expect((await desk.work.claim([itemId], agent('ann'), LEASE)).kind).toBe('reserved');
    const toTeam = itemOf(await desk.work.handOver(itemId, supervisor, { team: 'second-line', note: '' }));
    expect(toTeam).toMatchObject({ owner: '', stage: 'team', team: 'second-line' });
    expect((await desk.next('cid', { ownTeams: ['first-line'] })).kind).toBe('absent');
    expect(itemOf(await desk.next('dan', { ownTeams: ['second-line'] })).itemId).toBe(itemId);
  });

  it('opens again for somebody else than who ended it, once for each reason', async () => {
    const itemId = await desk.opened();
    await desk.work.claim([itemId], agent('ann'), LEASE);
    await desk.work.finish(itemId, agent('ann'), 'rejected');
    desk.nowMs += DAY;
    expect(itemOf(await desk.work.reopen(itemId, { agent: '' }, 'rating-1'))).toMatchObject({
      state: 'open',
      reopened: 1,
      dueAt: desk.nowMs + 4 * HOUR,
      rank: 1,
      outcome: '',
    });
    expect((await desk.work.reopen(itemId, { agent: '' }, 'rating-1')).kind).toBe('already');
    expect((await desk.next('ann')).kind).toBe('absent');
    expect((await desk.work.claim([itemId], agent('ann'), LEASE)).kind).toBe('reserved');
    expect(itemOf(await desk.next('ben')).itemId).toBe(itemId);
    expect((await desk.work.reopen(itemId, { agent: 'sue' })).kind).toBe('live');
  });
});

describe('the next item', () => {
  it('is the most urgent: priority, then deadline', async () => {
    await desk.opened({ dueAt: START + HOUR });
    const soon = await desk.opened({ priority: 1, dueAt: START + 3 * HOUR });
    const sooner = await desk.opened({ priority: 1, dueAt: START + 2 * HOUR });
    expect(itemOf(await desk.next('ann')).itemId).toBe(sooner);
    expect(itemOf(await desk.next('ben')).itemId).toBe(soon);
  });

  it('is one that fits the filters and is seen', async () => {
    await desk.opened({ play: 'gone_quiet', priority: 1 });
    await desk.opened({ desk: 'sales', priority: 1 });
    const wanted = await desk.opened({ play: 'save', tier: 'key', priority: 3 });
    expect(itemOf(await desk.next('ann', { desks: ['retention'], plays: ['save'], tiers: ['key'] })).itemId).toBe(
      wanted,
    );
    expect((await desk.next('ben', { sees: ({ desk }) => desk === 'fraud' })).kind).toBe('absent');
  });

  it('is found behind many that are not for him, and read once for all who look at the same time', async () => {
    await Promise.all(Array.from({ length: 900 }, () => desk.opened({ desk: 'retention', priority: 1 })));
    const wanted = await Promise.all(
      Array.from({ length: 30 }, () => desk.opened({ desk: 'retention', tier: 'key', team: 'own' })),
    );
    const own = { desks: ['retention'], sees: ({ team }: { readonly team: string }) => team === 'own' };
    await desk.redis.admin.config('RESETSTAT');
    const given = await Promise.all(wanted.map((_, n) => desk.next(`a${n}`, own)));
    expect(given.map((answer) => itemOf(answer).itemId).sort()).toEqual(wanted.toSorted());
    expect((await desk.next('late', own)).kind).toBe('absent');
    // Of each the look at what is kept for him and his claim; of all of them the pages of one pool.
    const scripts = /cmdstat_evalsha:calls=(\d+)/.exec(await desk.redis.admin.info('commandstats'))?.[1];
    expect(Number(scripts)).toBeLessThan(100);
  });

  it('is kept for the account manager first, then for the team, then for the desk', async () => {
    const itemId = await desk.opened({ accountManager: 'max', team: 'one', ownForMs: HOUR, teamForMs: HOUR });
    expect((await desk.next('ann', { ownTeams: ['one'] })).kind).toBe('absent');
    desk.nowMs += HOUR;
    await desk.work.advance(100);
    expect((await desk.next('zoe', { ownTeams: ['two'] })).kind).toBe('absent');
    desk.nowMs += HOUR;
    await desk.work.advance(100);
    expect(itemOf(await desk.next('zoe', { ownTeams: ['two'] })).itemId).toBe(itemId);
    const own = await desk.opened({ accountManager: 'max', ownForMs: HOUR });
    expect(itemOf(await desk.next('max')).itemId).toBe(own);
  });
});

describe('the clock', () => {
  it('raises what is late and gives it to everybody of the desk', async () => {
    await desk.opened({ priority: 1, dueAt: START + 3 * HOUR });
    const itemId = await desk.opened({ priority: 3, dueAt: START + HOUR, accountManager: 'max', ownForMs: 3 * HOUR });
    desk.nowMs = START + HOUR;
    await desk.work.advance(100);
    expect(await desk.found({ isEscalated: true })).toEqual([itemId]);
    expect(await desk.found({ isEscalated: true, accountManagers: ['max'] })).toEqual([itemId]);
    expect(itemOf(await desk.next('ann')).itemId).toBe(itemId);
    const other = itemOf(await desk.next('ann')).itemId;
    expect(await desk.found({ owner: 'ann', isEscalated: true })).toEqual([itemId]);
    expect(await desk.found({ owner: 'ann', isEscalated: false })).toEqual([other]);
    expect(await desk.told(itemId)).toEqual(['OPENED', 'ESCALATED', 'CLAIMED ann']);
  });

  it('ends what nobody is to do any more, but not under the hands of an agent', async () => {
    const itemId = await desk.opened({ endsAt: START + 5 * MINUTE });
    const free = await desk.opened({ endsAt: START + 5 * MINUTE });
    await desk.work.claim([itemId], agent('ann'), LEASE);
    desk.nowMs += 6 * MINUTE;
    await desk.work.advance(100);
    expect(await desk.work.read(free)).toMatchObject({ state: 'expired' });
    expect(await desk.work.read(itemId)).toMatchObject({ state: 'claimed' });
    desk.nowMs += LEASE;
    await desk.work.advance(100);
    expect(await desk.told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'LEASE_EXPIRED ann', 'EXPIRED']);
  });

  it('makes up for a standstill in order, and makes each change once however many ask', async () => {
    const itemId = await desk.opened({ dueAt: START + HOUR, endsAt: START + 2 * HOUR });
    await desk.work.claim([itemId], agent('ann'), LEASE);
    desk.nowMs = START + 3 * HOUR;
    await Promise.all(Array.from({ length: 10 }, () => desk.work.advance(100)));
    expect(await desk.told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'LEASE_EXPIRED ann', 'ESCALATED', 'EXPIRED']);
    expect((await desk.work.figures()).clockBehindMs).toBe(0);
  });

  it('forgets what ended thirty days ago, and leaves nothing of it', async () => {
    const itemId = await desk.opened();
    await desk.work.finish(itemId, supervisor, 'accepted');
    desk.nowMs += 30 * DAY - 1;
    expect((await desk.work.advance(100)).looked).toBe(0);
    desk.nowMs += 1;
    expect((await desk.work.advance(100)).changes.get('FORGOTTEN')).toBe(1);
    expect(await desk.work.read(itemId)).toBeUndefined();
    expect(await desk.remains()).toEqual([]);
  });
});

describe('a search', () => {
  it('sorts by deadline, by priority and by age, and pages without losing or repeating an item', async () => {
    const late = await desk.opened({ priority: 1, dueAt: START + 3 * HOUR });
    desk.nowMs += 1;
    const early = await desk.opened({ priority: 3, dueAt: START + HOUR });
    desk.nowMs += 1;
    const middle = await desk.opened({ priority: 2, dueAt: START + 2 * HOUR });
    expect(await desk.found({ sort: 'deadline' })).toEqual([early, middle, late]);
    expect(await desk.found({ sort: 'priority' })).toEqual([late, middle, early]);
    expect(await desk.found({ sort: 'age' })).toEqual([late, early, middle]);
    for (let n = 0; n < 20; n++) await desk.opened({ dueAt: START + 3 * HOUR });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await desk.search({ limit: 4, after });
      seen.push(...page.items.map(({ itemId }) => itemId));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });

  it('finds by state, desk, team, manager, play, tier, holder, customer and deadline', async () => {
    await desk.opened();
    const customerId = `customer-${randomUUID()}`;
    const itemId = await desk.opened({
      desk: 'sales',
      team: 'north',
      accountManager: 'max',
      play: 'save',
      tier: 'key',
      customerId,
      dueAt: START + HOUR,
    });
    await desk.work.claim([itemId], agent('max'), LEASE);
    const asked: Partial<WorkQuery>[] = [
      { states: ['claimed'] },
      { desks: ['sales'] },
      { desks: ['sales', 'fraud'] },
      { teams: ['north'] },
      { accountManagers: ['max'] },
      { plays: ['save'] },
      { tiers: ['key'] },
      { owner: 'max' },
      { customerId },
      { dueBeforeMs: START + 2 * HOUR },
      { sees: ({ desk }) => desk === 'sales' },
    ];
    for (const query of asked) expect(await desk.found(query), JSON.stringify(query)).toEqual([itemId]);
    expect(await desk.found({ customerId, desks: ['retention'] })).toEqual([]);
    await desk.work.finish(itemId, agent('max'), 'accepted');
    expect(await desk.found({ states: ['done'] })).toEqual([itemId]);
    expect(await desk.found({ owner: 'max' })).toEqual([]);
  });
});

describe('what leaves', () => {
  it('is read by one relay at a time, again until it is trimmed, under the same ids', async () => {
    const itemId = await desk.opened();
    const turn = { token: 'one', turnMs: 60_000, most: 100 };
    const first = await desk.work.readOutbox(turn);
    expect(first).toMatchObject([{ itemId, change: 'OPENED', occurredAt: START }]);
    expect(await desk.work.readOutbox({ ...turn, token: 'two' })).toBeUndefined();
    expect(await desk.work.readOutbox(turn)).toEqual(first);
    await desk.work.trimOutbox(first?.map(({ entryId }) => entryId) ?? []);
    await desk.work.endTurn('one');
    expect(await desk.work.readOutbox({ ...turn, token: 'two' })).toEqual([]);
  });
});

describe('a customer who is forgotten', () => {
  it('takes his items with him and nobody else’s', async () => {
    const customerId = `customer-${randomUUID()}`;
    await desk.opened({ customerId });
    const ended = await desk.opened({ customerId });
    await desk.work.finish(ended, supervisor, 'accepted');
    const other = await desk.opened();
    expect(await desk.work.forgetCustomer(customerId)).toBe(2);
    expect(await desk.found()).toEqual([other]);
    await desk.work.forgetCustomer((await desk.work.read(other))?.customerId ?? '');
    expect(await desk.remains()).toEqual([]);
  });
});
