import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRedisServer, useRedis } from '../test/redis-server.ts';
import { createAlertFeed } from './alert-feed.ts';
import type { FreeQuery } from './free-work.ts';
import { contactKeys } from './keys.ts';
import type { NewWorkItem } from './work-item.ts';
import { createWorkList, type WorkActor, type WorkAnswer, type WorkList } from './work-list.ts';
import type { WorkQuery } from './work-search.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 2, 8);
const LEASE = 15 * MINUTE;

const redis = useRedis();
let nowMs = START;
let work: WorkList;

beforeEach(() => {
  nowMs = START;
  work = createWorkList({ url: redis.url, now: () => nowMs });
});
afterEach(() => work.close());

const agent = (name: string, more: Partial<WorkActor> = {}): WorkActor => ({
  agent: name,
  isSupervisor: false,
  ...more,
});
const supervisor = agent('sue', { isSupervisor: true });
const everything = { sees: () => true };

function contact(more: Partial<NewWorkItem> = {}): NewWorkItem {
  const itemId = `c${randomUUID()}`;
  return {
    itemId,
    kind: 'contact',
    contactId: itemId,
    customerId: `customer-${randomUUID()}`,
    dueAt: START + 4 * HOUR,
    priority: 2,
    desk: 'retention',
    play: 'gone_quiet',
    tier: 'standard',
    ...more,
  };
}

async function opened(more: Partial<NewWorkItem> = {}): Promise<string> {
  const item = contact(more);
  const answer = await work.open(item);
  expect(answer.kind).toBe('done');
  return item.itemId;
}

function itemOf(answer: WorkAnswer) {
  if (answer.kind === 'absent' || answer.kind === 'full') throw new Error(`the list answered ${answer.kind}`);
  return answer.item;
}

const next = (name: string, query: Partial<FreeQuery> = {}) =>
  work.claimNext({ agent: name, ...everything, ...query }, agent(name), LEASE);
const search = (query: Partial<WorkQuery> = {}) =>
  work.search({ states: ['open', 'claimed', 'snoozed'], sort: 'deadline', limit: 50, ...everything, ...query });
const found = async (query: Partial<WorkQuery> = {}) => (await search(query)).items.map(({ itemId }) => itemId);

/** All changes so far, oldest first, as `CHANGE agent`. */
async function told(itemId: string): Promise<readonly string[]> {
  const entries = (await work.readOutbox({ token: 'test', turnMs: 60_000, most: 10_000 })) ?? [];
  return entries.filter((entry) => entry.itemId === itemId).map(({ change, agent }) => `${change} ${agent}`.trim());
}

/** Every key of the list without its outbox. */
async function remains(): Promise<readonly string[]> {
  const keys = await redis.admin.keys(`${contactKeys.work}*`);
  return keys.filter((key) => !key.endsWith(':out') && !key.endsWith(':relay'));
}

describe('an item', () => {
  it('is opened with its alert and its sent mark in one step, once', async () => {
    const feed = createAlertFeed({ url: redis.url });
    const item = contact();
    const alert = { contactId: item.itemId, json: '{}', item };
    expect((await feed.append(alert)).kind).toBe('appended');
    expect((await feed.append(alert)).kind).toBe('already');
    expect(await work.read(item.itemId)).toMatchObject({ state: 'open', customerId: item.customerId, version: 1 });
    expect(await told(item.itemId)).toEqual(['OPENED']);
    await feed.close();
  });

  it('is refused together with its alert when it is malformed', async () => {
    const feed = createAlertFeed({ url: redis.url });
    const item = { ...contact(), customerId: '' };
    await expect(feed.append({ contactId: item.itemId, json: '{}', item })).rejects.toThrow('needs id, customer');
    expect(await feed.read({ max: 1 })).toEqual([]);
    await feed.close();
  });

  it('is held by one of many who ask for it at the same time', async () => {
    const itemId = await opened();
    const names = Array.from({ length: 50 }, (_, n) => `a${n}`);
    const answers = await Promise.all(names.map((name) => work.claim([itemId], agent(name), LEASE)));
    expect(answers.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(49);
    expect(await told(itemId)).toHaveLength(2);
  });

  it('is answered as it is to whoever claims again what he holds', async () => {
    const itemId = await opened();
    const first = itemOf(await work.claim([itemId], agent('ann'), LEASE));
    nowMs += MINUTE;
    const again = await work.claim([itemId], agent('ann', { version: 1 }), LEASE);
    expect(again).toEqual({ kind: 'already', item: first });
    expect(first.until).toBe(START + LEASE);
  });

  it('is held longer by a renewed lease, which is no event', async () => {
    const itemId = await opened();
    await work.claim([itemId], agent('ann'), LEASE);
    nowMs += 10 * MINUTE;
    expect(itemOf(await work.renew(itemId, agent('ann'), LEASE)).until).toBe(nowMs + LEASE);
    expect((await work.renew(itemId, agent('ben'), LEASE)).kind).toBe('not-held');
    expect(await told(itemId)).toEqual(['OPENED', 'CLAIMED ann']);
  });

  it('goes back when the lease is over, and to another at that very moment', async () => {
    const itemId = await opened();
    await work.claim([itemId], agent('ann'), LEASE);
    nowMs += LEASE - 1;
    expect((await work.claim([itemId], agent('ben'), LEASE)).kind).toBe('held');
    nowMs += 1;
    expect((await work.claim([itemId], agent('ben'), LEASE)).kind).toBe('done');
    expect((await work.finish(itemId, agent('ann'), 'accepted')).kind).toBe('not-held');
    expect(await told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'LEASE_EXPIRED ann', 'CLAIMED ben']);
  });

  it('refuses a change that was decided on an older version', async () => {
    const itemId = await opened();
    expect((await work.claim([itemId], agent('ann', { version: 7 }), LEASE)).kind).toBe('changed');
    await work.claim([itemId], agent('ann', { version: 1 }), LEASE);
    expect((await work.release(itemId, agent('ann', { version: 1 }))).kind).toBe('changed');
    expect((await work.release(itemId, agent('ann', { version: 2 }))).kind).toBe('done');
  });

  it('is finished once by its holder, by nobody else, and by a supervisor', async () => {
    const itemId = await opened();
    expect((await work.finish(itemId, agent('ann'), 'accepted')).kind).toBe('not-held');
    await work.claim([itemId], agent('ann'), LEASE);
    expect((await work.finish(itemId, agent('ben'), 'accepted')).kind).toBe('not-held');
    expect(itemOf(await work.finish(itemId, agent('ann'), 'accepted'))).toMatchObject({
      state: 'done',
      outcome: 'accepted',
      agent: 'ann',
    });
    expect((await work.finish(itemId, agent('ann'), 'accepted')).kind).toBe('already');
    expect((await work.finish(itemId, agent('ann'), 'rejected')).kind).toBe('ended');
    const other = await opened();
    expect((await work.finish(other, supervisor, 'wrong_person')).kind).toBe('done');
  });

  it('sleeps until the time given, then is first for whoever put it to sleep', async () => {
    const itemId = await opened({ ownForMs: HOUR });
    await work.claim([itemId], agent('ann'), LEASE);
    expect((await work.snooze(itemId, agent('ann'), START - 1)).kind).toBe('too-late');
    expect(itemOf(await work.snooze(itemId, agent('ann'), START + 2 * HOUR))).toMatchObject({ state: 'snoozed' });
    expect((await next('ben')).kind).toBe('absent');
    nowMs = START + 2 * HOUR;
    await work.advance(100);
    expect((await next('ben')).kind).toBe('absent');
    expect(itemOf(await next('ann'))).toMatchObject({ itemId });
  });

  it('is handed to an agent, or to a team, with a note', async () => {
    const itemId = await opened({ teamForMs: HOUR });
    await work.claim([itemId], agent('ann'), LEASE);
    const handed = itemOf(await work.handOver(itemId, agent('ann'), { agent: 'ben', note: 'he asked for you' }));
    expect(handed).toMatchObject({ owner: 'ben', stage: 'owner', note: 'he asked for you', state: 'open' });
    expect((await work.claim([itemId], agent('ann'), LEASE)).kind).toBe('reserved');
    const toTeam = itemOf(await work.handOver(itemId, supervisor, { team: 'second-line', note: '' }));
    expect(toTeam).toMatchObject({ owner: '', stage: 'team', team: 'second-line' });
    expect((await next('cid', { ownTeams: ['first-line'] })).kind).toBe('absent');
    expect(itemOf(await next('dan', { ownTeams: ['second-line'] })).itemId).toBe(itemId);
  });

  it('opens again for somebody else than who ended it, once for each reason', async () => {
    const itemId = await opened();
    await work.claim([itemId], agent('ann'), LEASE);
    await work.finish(itemId, agent('ann'), 'rejected');
    nowMs += DAY;
    expect(itemOf(await work.reopen(itemId, { agent: '' }, 'rating-1'))).toMatchObject({
      state: 'open',
      reopened: 1,
      dueAt: nowMs + 4 * HOUR,
      rank: 1,
      outcome: '',
    });
    expect((await work.reopen(itemId, { agent: '' }, 'rating-1')).kind).toBe('already');
    expect((await next('ann')).kind).toBe('absent');
    expect((await work.claim([itemId], agent('ann'), LEASE)).kind).toBe('reserved');
    expect(itemOf(await next('ben')).itemId).toBe(itemId);
    expect((await work.reopen(itemId, { agent: 'sue' })).kind).toBe('live');
  });
});

describe('a customer who wants to be left alone', () => {
  const because = 'do_not_contact';

  it('has no contact left with anybody, and his follow-ups stay', async () => {
    const customerId = `customer-${randomUUID()}`;
    const [free, held, asleep] = [
      await opened({ customerId }),
      await opened({ customerId }),
      await opened({ customerId }),
    ];
    const followUp = await opened({ customerId, kind: 'follow-up', contactId: '', followUpId: 'f' });
    const other = await opened();
    await work.claim([held], agent('ann'), LEASE);
    await work.claim([asleep], agent('ben'), LEASE);
    await work.snooze(asleep, agent('ben'), START + HOUR);
    expect(await work.withdraw(customerId, { because })).toBe(3);
    for (const itemId of [free, held, asleep]) {
      expect(await work.read(itemId)).toMatchObject({
        state: 'withdrawn',
        outcome: because,
        until: null,
        endedAt: START,
      });
    }
    expect((await found()).sort()).toEqual([followUp, other].sort());
    expect((await found({ states: ['withdrawn'] })).sort()).toEqual([free, held, asleep].sort());
    expect(await found({ owner: 'ann' })).toEqual([]);
    expect(await work.withdraw(customerId, { because })).toBe(0);
    const entries = (await work.readOutbox({ token: 'test', turnMs: 60_000, most: 100 })) ?? [];
    const withdrawn = entries.filter(({ change }) => change === 'WITHDRAWN');
    expect(withdrawn.map(({ itemId }) => itemId).sort()).toEqual([free, held, asleep].sort());
    for (const entry of withdrawn) expect(entry).toMatchObject({ agent: '', reason: because, outcome: because });
  });

  it('is seen to have ended by whoever holds one of them, whatever he does next', async () => {
    const customerId = `customer-${randomUUID()}`;
    const itemId = await opened({ customerId });
    await work.claim([itemId], agent('ann'), LEASE);
    await work.withdraw(customerId, { because });
    const calls = [
      work.renew(itemId, agent('ann'), LEASE),
      work.release(itemId, agent('ann')),
      work.snooze(itemId, agent('ann'), START + HOUR),
      work.handOver(itemId, agent('ann'), { agent: 'ben', note: '' }),
      work.finish(itemId, agent('ann'), 'accepted'),
      work.claim([itemId], agent('ann'), LEASE),
    ];
    for (const answer of await Promise.all(calls)) expect(answer.kind).toBe('ended');
    nowMs += 2 * HOUR;
    expect((await work.advance(100)).looked).toBe(0);
  });

  it('has his item end once, whoever he said it to and in whichever order that comes', async () => {
    const customerId = `customer-${randomUUID()}`;
    const itemId = await opened({ customerId });
    await work.claim([itemId], agent('ann'), LEASE);
    expect(await work.withdraw(customerId, { because, exceptItemId: itemId })).toBe(0);
    await work.withdraw(customerId, { because });
    expect((await work.finish(itemId, agent('ben'), because)).kind).toBe('ended');
    const ended = { kind: 'already', item: { state: 'withdrawn', agent: 'ann', outcome: because } };
    expect(await work.finish(itemId, agent('ann'), because)).toMatchObject(ended);
    expect(await work.finish(itemId, agent(''), because, true)).toMatchObject(ended);
    expect(await work.withdraw(customerId, { because })).toBe(0);
    expect(await told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'WITHDRAWN']);
    const other = await opened({ customerId });
    await work.claim([other], agent('ann'), LEASE);
    await work.finish(other, agent('ann'), because);
    expect(await work.withdraw(customerId, { because })).toBe(0);
    expect(await told(other)).toEqual(['OPENED', 'CLAIMED ann', 'FINISHED ann']);
  });

  it('has what was withdrawn opened again by nobody', async () => {
    const customerId = `customer-${randomUUID()}`;
    const itemId = await opened({ customerId });
    await work.withdraw(customerId, { because });
    for (const why of ['', 'rating-1']) {
      expect((await work.reopen(itemId, { agent: 'sue' }, why)).kind).toBe('withdrawn');
    }
    expect(await work.read(itemId)).toMatchObject({ state: 'withdrawn', reopened: 0 });
  });

  it('keeps what was opened since, and what a supervisor opened again', async () => {
    const customerId = `customer-${randomUUID()}`;
    const early = await opened({ customerId });
    nowMs += HOUR;
    const late = await opened({ customerId });
    await work.finish(early, agent('ann'), 'no_answer', true);
    await work.reopen(early, { agent: 'sue' });
    expect(await work.withdraw(customerId, { because, openedByMs: START })).toBe(0);
    for (const itemId of [early, late]) expect(await work.read(itemId)).toMatchObject({ state: 'open' });
  });

  it('may have more than is ended in one call', async () => {
    const customerId = `customer-${randomUUID()}`;
    await Promise.all(Array.from({ length: 450 }, () => opened({ customerId })));
    expect(await work.withdraw(customerId, { because })).toBe(450);
    expect(await found()).toEqual([]);
  });
});

describe('the next item', () => {
  it('is the most urgent: priority, then deadline', async () => {
    await opened({ dueAt: START + HOUR });
    const soon = await opened({ priority: 1, dueAt: START + 3 * HOUR });
    const sooner = await opened({ priority: 1, dueAt: START + 2 * HOUR });
    expect(itemOf(await next('ann')).itemId).toBe(sooner);
    expect(itemOf(await next('ben')).itemId).toBe(soon);
  });

  it('is one that fits the filters and is seen', async () => {
    await opened({ play: 'gone_quiet', priority: 1 });
    await opened({ desk: 'sales', priority: 1 });
    const wanted = await opened({ play: 'save', tier: 'key', priority: 3 });
    expect(itemOf(await next('ann', { desks: ['retention'], plays: ['save'], tiers: ['key'] })).itemId).toBe(wanted);
    expect((await next('ben', { sees: ({ desk }) => desk === 'fraud' })).kind).toBe('absent');
  });

  it('is found behind many that are not for him, and read once for all who look at the same time', async () => {
    await Promise.all(Array.from({ length: 900 }, () => opened({ desk: 'retention', priority: 1 })));
    const wanted = await Promise.all(
      Array.from({ length: 30 }, () => opened({ desk: 'retention', tier: 'key', team: 'own' })),
    );
    const own = { desks: ['retention'], sees: ({ team }: { readonly team: string }) => team === 'own' };
    await redis.admin.config('RESETSTAT');
    const given = await Promise.all(wanted.map((_, n) => next(`a${n}`, own)));
    expect(given.map((answer) => itemOf(answer).itemId).sort()).toEqual(wanted.toSorted());
    expect((await next('late', own)).kind).toBe('absent');
    // Of each the look at what is kept for him and his claim; of all of them the pages of one pool.
    const scripts = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.admin.info('commandstats'))?.[1];
    expect(Number(scripts)).toBeLessThan(100);
  });

  it('is kept for the account manager first, then for the team, then for the desk', async () => {
    const itemId = await opened({ accountManager: 'max', team: 'one', ownForMs: HOUR, teamForMs: HOUR });
    expect((await next('ann', { ownTeams: ['one'] })).kind).toBe('absent');
    nowMs += HOUR;
    await work.advance(100);
    expect((await next('zoe', { ownTeams: ['two'] })).kind).toBe('absent');
    nowMs += HOUR;
    await work.advance(100);
    expect(itemOf(await next('zoe', { ownTeams: ['two'] })).itemId).toBe(itemId);
    const own = await opened({ accountManager: 'max', ownForMs: HOUR });
    expect(itemOf(await next('max')).itemId).toBe(own);
  });
});

describe('the clock', () => {
  it('raises what is late and gives it to everybody of the desk', async () => {
    await opened({ priority: 1, dueAt: START + 3 * HOUR });
    const itemId = await opened({ priority: 3, dueAt: START + HOUR, accountManager: 'max', ownForMs: 3 * HOUR });
    nowMs = START + HOUR;
    await work.advance(100);
    expect(await found({ isEscalated: true })).toEqual([itemId]);
    expect(await found({ isEscalated: true, accountManagers: ['max'] })).toEqual([itemId]);
    expect(itemOf(await next('ann')).itemId).toBe(itemId);
    const other = itemOf(await next('ann')).itemId;
    expect(await found({ owner: 'ann', isEscalated: true })).toEqual([itemId]);
    expect(await found({ owner: 'ann', isEscalated: false })).toEqual([other]);
    expect(await told(itemId)).toEqual(['OPENED', 'ESCALATED', 'CLAIMED ann']);
  });

  it('ends what nobody is to do any more, but not under the hands of an agent', async () => {
    const itemId = await opened({ endsAt: START + 5 * MINUTE });
    const free = await opened({ endsAt: START + 5 * MINUTE });
    await work.claim([itemId], agent('ann'), LEASE);
    nowMs += 6 * MINUTE;
    await work.advance(100);
    expect(await work.read(free)).toMatchObject({ state: 'expired' });
    expect(await work.read(itemId)).toMatchObject({ state: 'claimed' });
    nowMs += LEASE;
    await work.advance(100);
    expect(await told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'LEASE_EXPIRED ann', 'EXPIRED']);
  });

  it('makes up for a standstill in order, and makes each change once however many ask', async () => {
    const itemId = await opened({ dueAt: START + HOUR, endsAt: START + 2 * HOUR });
    await work.claim([itemId], agent('ann'), LEASE);
    nowMs = START + 3 * HOUR;
    await Promise.all(Array.from({ length: 10 }, () => work.advance(100)));
    expect(await told(itemId)).toEqual(['OPENED', 'CLAIMED ann', 'LEASE_EXPIRED ann', 'ESCALATED', 'EXPIRED']);
    expect((await work.figures()).clockBehindMs).toBe(0);
  });

  it('forgets what ended thirty days ago, and leaves nothing of it', async () => {
    const itemId = await opened();
    await work.finish(itemId, supervisor, 'accepted');
    nowMs += 30 * DAY - 1;
    expect((await work.advance(100)).looked).toBe(0);
    nowMs += 1;
    expect((await work.advance(100)).changes.get('FORGOTTEN')).toBe(1);
    expect(await work.read(itemId)).toBeUndefined();
    expect(await remains()).toEqual([]);
  });
});

describe('a search', () => {
  it('sorts by deadline, by priority and by age, and pages without losing or repeating an item', async () => {
    const late = await opened({ priority: 1, dueAt: START + 3 * HOUR });
    nowMs += 1;
    const early = await opened({ priority: 3, dueAt: START + HOUR });
    nowMs += 1;
    const middle = await opened({ priority: 2, dueAt: START + 2 * HOUR });
    expect(await found({ sort: 'deadline' })).toEqual([early, middle, late]);
    expect(await found({ sort: 'priority' })).toEqual([late, middle, early]);
    expect(await found({ sort: 'age' })).toEqual([late, early, middle]);
    for (let n = 0; n < 20; n++) await opened({ dueAt: START + 3 * HOUR });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await search({ limit: 4, after });
      seen.push(...page.items.map(({ itemId }) => itemId));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });

  it('finds by state, desk, team, manager, play, tier, holder, customer and deadline', async () => {
    await opened();
    const customerId = `customer-${randomUUID()}`;
    const itemId = await opened({
      desk: 'sales',
      team: 'north',
      accountManager: 'max',
      play: 'save',
      tier: 'key',
      customerId,
      dueAt: START + HOUR,
    });
    await work.claim([itemId], agent('max'), LEASE);
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
    for (const query of asked) expect(await found(query), JSON.stringify(query)).toEqual([itemId]);
    expect(await found({ customerId, desks: ['retention'] })).toEqual([]);
    await work.finish(itemId, agent('max'), 'accepted');
    expect(await found({ states: ['done'] })).toEqual([itemId]);
    expect(await found({ owner: 'max' })).toEqual([]);
  });
});

describe('what leaves', () => {
  it('is read by one relay at a time, again until it is trimmed, under the same ids', async () => {
    const itemId = await opened();
    const turn = { token: 'one', turnMs: 60_000, most: 100 };
    const first = await work.readOutbox(turn);
    expect(first).toMatchObject([{ itemId, change: 'OPENED', occurredAt: START }]);
    expect(await work.readOutbox({ ...turn, token: 'two' })).toBeUndefined();
    expect(await work.readOutbox(turn)).toEqual(first);
    await work.trimOutbox(first?.map(({ entryId }) => entryId) ?? []);
    await work.endTurn('one');
    expect(await work.readOutbox({ ...turn, token: 'two' })).toEqual([]);
  });
});

describe('a log that has been away for long', () => {
  const MOST = 20;
  /** A list of which nothing more is taken, with an item that ann holds and a free one. */
  async function full() {
    await work.close();
    work = createWorkList({ url: redis.url, now: () => nowMs, mostUntold: MOST });
    const customerId = `customer-${randomUUID()}`;
    const [held, free] = [await opened({ customerId }), await opened({ customerId })];
    await work.claim([held], agent('ann'), LEASE);
    while ((await work.figures()).untold < MOST) await opened({ desk: 'filling' });
    return { customerId, held, free };
  }

  it('has nothing more to be told: changes are refused, and nothing is changed', async () => {
    const { held, free } = await full();
    const before = [await work.read(held), await work.read(free)];
    const calls = [
      work.open(contact()),
      work.claim([free], agent('ben'), LEASE),
      next('ben'),
      work.release(held, agent('ann')),
      work.snooze(held, agent('ann'), START + HOUR),
      work.handOver(held, agent('ann'), { agent: 'ben', note: '' }),
      work.finish(held, agent('ann'), 'accepted'),
      work.finish(free, agent('ben'), 'accepted', true),
    ];
    for (const answer of await Promise.all(calls)) expect(answer).toEqual({ kind: 'full' });
    expect([await work.read(held), await work.read(free)]).toEqual(before);
    expect((await work.figures()).untold).toBe(MOST);
  });

  it('stops neither what tells nothing nor what is refused anyway', async () => {
    const { held } = await full();
    nowMs += MINUTE;
    expect((await work.renew(held, agent('ann'), LEASE)).kind).toBe('done');
    expect((await work.claim([held], agent('ann'), LEASE)).kind).toBe('already');
    expect((await work.claim([held], agent('ben'), LEASE)).kind).toBe('held');
    expect((await work.claim(['nowhere'], agent('ben'), LEASE)).kind).toBe('absent');
  });

  it('stops the clock, which makes up for it', async () => {
    const { held } = await full();
    nowMs += LEASE;
    expect((await work.advance(100)).looked).toBe(0);
    expect((await work.claim([held], agent('ben'), LEASE)).kind).toBe('full');
    await makeRoom();
    await work.advance(100);
    expect(await work.read(held)).toMatchObject({ state: 'open' });
    expect(itemOf(await work.claim([held], agent('ben'), LEASE))).toMatchObject({ agent: 'ben' });
  });

  it('stops neither alerts nor who wants to be left alone', async () => {
    const { customerId } = await full();
    const feed = createAlertFeed({ url: redis.url });
    const item = contact();
    await feed.append({ contactId: item.itemId, json: '{}', item });
    expect(await work.read(item.itemId)).toMatchObject({ state: 'open' });
    expect(await work.withdraw(customerId, { because: 'do_not_contact' })).toBe(2);
    expect((await work.figures()).untold).toBe(MOST + 3);
    await feed.close();
  });

  it('takes changes again by itself once it has been told', async () => {
    const { held } = await full();
    const entries = await makeRoom();
    expect(entries).toHaveLength(MOST);
    expect((await work.finish(held, agent('ann'), 'accepted')).kind).toBe('done');
    expect(await told(held)).toEqual(['FINISHED ann']);
  });

  async function makeRoom() {
    const entries = (await work.readOutbox({ token: 'test', turnMs: 60_000, most: 10_000 })) ?? [];
    await work.trimOutbox(entries.map(({ entryId }) => entryId));
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

describe('a customer who is forgotten', () => {
  it('takes his items with him and nobody else’s', async () => {
    const customerId = `customer-${randomUUID()}`;
    await opened({ customerId });
    const ended = await opened({ customerId });
    await work.finish(ended, supervisor, 'accepted');
    const other = await opened();
    expect(await work.forgetCustomer(customerId)).toBe(2);
    expect(await found()).toEqual([other]);
    await work.forgetCustomer((await work.read(other))?.customerId ?? '');
    expect(await remains()).toEqual([]);
  });
});
