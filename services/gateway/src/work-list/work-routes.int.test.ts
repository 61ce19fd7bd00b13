import { randomUUID } from 'node:crypto';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { createWorkList, MOST_UNTOLD, type NewWorkItem, type WorkList } from '@holdfast/redis';
import { redisDatabase } from '@holdfast/testkit';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { z } from 'zod';
import { createGateway } from '../gateway.ts';
import { PROBLEM } from '../http/problem.ts';
import type { Outcome, OutcomeAnswer } from '../outcomes/outcome.ts';
import { authenticateByKeys } from '../security/api-keys.ts';
import { SEES_EVERYTHING, type SightOf } from '../security/sight.ts';
import { workFace } from './work-face.ts';
import { ITEM_PAGE, WHOLE_ITEM } from './work-schemas.ts';

/** A database of its own, emptied by nobody: items are found by the desk of their test. */
const redisUrl = redisDatabase(inject('stack').redisUrl, 'work-routes');
const AGENT = 'agent-key-0123456789';
const SUPERVISOR = 'supervisor-key-0123456789';
const PRODUCER = 'producer-key-0123456789';
const HOUR = 3_600_000;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function started(
  options: { readonly sightOf?: SightOf; readonly url?: string; readonly mostUntold?: number } = {},
) {
  const work = createWorkList({
    url: options.url ?? redisUrl,
    commandTimeoutMs: 2_000,
    mostUntold: options.mostUntold ?? MOST_UNTOLD,
  });
  closers.push(() => work.close());
  const recorded: { readonly agent: string; readonly key: string | undefined; readonly outcome: Outcome }[] = [];
  const audited: string[] = [];
  const leftAlone = new Set<string>();
  let outcomeAnswer: OutcomeAnswer = { kind: 'recorded', occurredAt: 0, events: [] };
  const gateway = await createGateway(
    {
      faces: [
        workFace({
          work,
          sightOf: options.sightOf ?? SEES_EVERYTHING,
          lookUp: async () => Promise.reject(new Error('nobody here is bound to desks')),
          isLeftAlone: async (customerId) => leftAlone.has(customerId),
          audit: async (_request, { action, customerId }) =>
            void audited.push(`${action} ${[customerId].flat().join(' ')}`),
          record: async ({ agent, requestKey }, outcomes) => {
            for (const outcome of outcomes) recorded.push({ agent, key: requestKey, outcome });
            return outcomes.map(() => outcomeAnswer);
          },
        }),
      ],
      authenticate: authenticateByKeys([
        { role: 'agent', key: AGENT },
        { role: 'supervisor', key: SUPERVISOR },
        { role: 'producer', key: PRODUCER },
      ]),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => undefined,
    },
    { host: '127.0.0.1', port: 0 },
  );
  const port = await gateway.start();
  closers.push(() => gateway.close());

  const call = async (
    path: string,
    { as = 'ann', body, headers = {}, key = as === 'sue' ? SUPERVISOR : AGENT }: CallOptions = {},
  ) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/work-items${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'x-api-key': key,
        'x-holdfast-agent': as,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    work,
    call,
    recorded,
    audited,
    leftAlone,
    outcomesAre: (answer: OutcomeAnswer) => {
      outcomeAnswer = answer;
    },
  };
}

interface CallOptions {
  readonly as?: string;
  readonly key?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** An item of a desk that no other test has. */
async function opened(work: WorkList, more: Partial<NewWorkItem> = {}) {
  const itemId = `c${randomUUID()}`;
  const item = {
    itemId,
    kind: 'contact' as const,
    contactId: itemId,
    customerId: `customer-${randomUUID()}`,
    dueAt: Date.now() + HOUR,
    priority: 2,
    desk: `desk-${randomUUID()}`,
    alert: JSON.stringify({ contactId: itemId, script: 'Say hello' }),
    ...more,
  };
  await work.open(item);
  return item;
}

function expectOf(schema: z.ZodType, answer: { readonly status: number; readonly json: unknown }, status = 200) {
  expect([answer.status, schema.safeParse(answer.json).error?.message]).toEqual([status, undefined]);
}

describe('an item of the work list', () => {
  it('is claimed by one agent; the other hears until when, and a supervisor hears who', async () => {
    const { work, call, audited } = await started();
    const { itemId, customerId } = await opened(work);
    const mine = await call(`/${itemId}/claim`, { body: { leaseSeconds: 600 } });
    expectOf(WHOLE_ITEM, mine);
    expect(mine.json).toMatchObject({ state: 'claimed', isMine: true, owner: 'ann', alert: { script: 'Say hello' } });
    expect(mine.headers.get('etag')).toBe(`"${mine.json.version}"`);
    expect((await call(`/${itemId}/claim`, { body: {} })).json.until).toBe(mine.json.until);
    const other = await call(`/${itemId}/claim`, { as: 'ben', body: {} });
    expectOf(PROBLEM, other, 409);
    expect(other.json).toMatchObject({ type: 'urn:holdfast:problem:held', until: mine.json.until });
    expect(JSON.stringify(other.json)).not.toContain('ann');
    const above = await call(`/${itemId}/claim`, { as: 'sue', body: {} });
    expect(above.json).toMatchObject({ status: 409, heldBy: 'ann' });
    expect(audited).toContain(`work-item.claim ${customerId}`);
    expect((await call(`/${itemId}`, { as: 'ben' })).json.owner).toBeUndefined();
    expect((await call(`/${itemId}`, { as: 'sue' })).json.owner).toBe('ann');
  });

  it('goes through renewing, sleeping, handing over and laying down', async () => {
    const { work, call } = await started();
    const { itemId } = await opened(work);
    const claimed = await call(`/${itemId}/claim`, { body: { leaseSeconds: 60 } });
    const renewed = await call(`/${itemId}/renew`, { body: { leaseSeconds: 3_600 } });
    expectOf(WHOLE_ITEM, renewed);
    expect(Date.parse(renewed.json.until)).toBeGreaterThan(Date.parse(claimed.json.until));
    const until = new Date(Date.now() + HOUR / 2).toISOString();
    expect((await call(`/${itemId}/snooze`, { body: { until } })).json).toMatchObject({ state: 'snoozed', until });
    expect((await call(`/${itemId}/claim`, { body: {} })).json.state).toBe('claimed');
    expect((await call(`/${itemId}/snooze`, { body: { until: '2020-01-01T00:00:00Z' } })).status).toBe(422);
    const handed = await call(`/${itemId}/hand-over`, { body: { agent: 'ben', note: 'speaks Czech' } });
    expect(handed.json).toMatchObject({ state: 'open', isMine: false, note: 'speaks Czech' });
    expect((await call(`/${itemId}/claim`, { body: {} })).json.type).toBe('urn:holdfast:problem:reserved');
    expect((await call(`/${itemId}/claim`, { as: 'ben', body: {} })).status).toBe(200);
    expect((await call(`/${itemId}/hand-over`, { as: 'sue', body: { team: 'night' } })).json.team).toBe('night');
    await call(`/${itemId}/claim`, { as: 'ben', body: {} });
    expect((await call(`/${itemId}/release`, { as: 'ben', body: {} })).json).toMatchObject({ state: 'open' });
    expect((await call(`/${itemId}/release`, { as: 'ben', body: {} })).json.type).toBe('urn:holdfast:problem:not-held');
  });

  it('is not changed on the ground of an older version', async () => {
    const { work, call } = await started();
    const { itemId } = await opened(work);
    const headers = { 'if-match': '"1"' };
    expect((await call(`/${itemId}/claim`, { body: {}, headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect((await call(`/${itemId}/claim`, { body: {}, headers })).status).toBe(200);
    const refused = await call(`/${itemId}/release`, { body: {}, headers });
    expectOf(PROBLEM, refused, 412);
    expect((await call(`/${itemId}/finish`, { body: { outcome: 'accepted' }, headers })).status).toBe(412);
  });

  it('ends with its outcome, which is recorded once under the name of the item', async () => {
    const { work, call, recorded, audited } = await started();
    const { itemId, customerId } = await opened(work);
    const body = { outcome: 'rejected', reason: 'price' };
    expect((await call(`/${itemId}/finish`, { body })).status).toBe(409);
    expect(recorded).toEqual([]);
    await call(`/${itemId}/claim`, { body: {} });
    expect((await call(`/${itemId}/finish`, { body: { outcome: 'done' } })).status).toBe(422);
    const done = await call(`/${itemId}/finish`, { body });
    expectOf(WHOLE_ITEM, done);
    expect(done.json).toMatchObject({ state: 'done', outcome: 'rejected' });
    expect((await call(`/${itemId}/finish`, { body })).status).toBe(200);
    expect(audited.at(-1)).toBe(`work-item.finish ${customerId}`);
    expect((await call(`/${itemId}/finish`, { body: { outcome: 'accepted' } })).status).toBe(409);
    expect(recorded).toEqual([
      {
        agent: 'ann',
        key: `work:${itemId}:0`,
        outcome: { customerId, contactId: itemId, outcome: 'rejected', reason: 'price', until: undefined },
      },
    ]);
  });

  it('stays with its agent when the outcome cannot be recorded', async () => {
    const { work, call, outcomesAre } = await started();
    const { itemId } = await opened(work);
    await call(`/${itemId}/claim`, { body: {} });
    outcomesAre({ kind: 'unavailable', message: 'the log is away' });
    const refused = await call(`/${itemId}/finish`, { body: { outcome: 'accepted' } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await work.read(itemId))?.state).toBe('claimed');
    outcomesAre({ kind: 'refused', field: 'until', message: 'is not after the answer' });
    expect((await call(`/${itemId}/finish`, { body: { outcome: 'deferred' } })).status).toBe(422);
  });

  it('is gone from whoever holds it once the customer wants to be left alone, unless he is who was told', async () => {
    const { work, call, recorded } = await started();
    const { itemId, customerId } = await opened(work);
    await call(`/${itemId}/claim`, { body: {} });
    await work.withdraw(customerId, { because: 'do_not_contact' });
    for (const [action, body] of [
      ['renew', {}],
      ['finish', { outcome: 'accepted' }],
    ] as const) {
      const answer = await call(`/${itemId}/${action}`, { body });
      expectOf(PROBLEM, answer, 409);
      expect(answer.json.type).toBe('urn:holdfast:problem:ended');
    }
    expect(recorded).toEqual([]);
    expectOf(WHOLE_ITEM, await call(`/${itemId}`));
    const listed = await call(`?state=withdrawn&customerId=${customerId}`);
    expect(listed.json.items).toMatchObject([{ id: itemId, state: 'withdrawn', outcome: 'do_not_contact' }]);
    const said = await call(`/${itemId}/finish`, { body: { outcome: 'do_not_contact' } });
    expect(said.json).toMatchObject({ state: 'withdrawn', outcome: 'do_not_contact' });
    expect(recorded).toHaveLength(1);
  });

  it('is opened again by a supervisor alone, and not for who ended it', async () => {
    const { work, call } = await started();
    const { itemId } = await opened(work);
    await call(`/${itemId}/claim`, { body: {} });
    expect((await call(`/${itemId}/reopen`, { as: 'sue', body: {} })).json.type).toBe('urn:holdfast:problem:not-ended');
    await call(`/${itemId}/finish`, { body: { outcome: 'no_answer' } });
    expect((await call(`/${itemId}/reopen`, { body: {} })).status).toBe(403);
    expect((await call(`/${itemId}/reopen`, { as: 'sue', body: {} })).json).toMatchObject({
      state: 'open',
      reopened: 1,
    });
    expect((await call(`/${itemId}/claim`, { body: {} })).status).toBe(409);
    expect((await call(`/${itemId}/claim`, { as: 'ben', body: {} })).status).toBe(200);
  });

  it('is opened again by nobody once the customer wants to be left alone, which says what to do', async () => {
    const { work, call, leftAlone } = await started();
    const [withdrawn, before, other] = [await opened(work), await opened(work), await opened(work)];
    await work.withdraw(withdrawn.customerId, { because: 'do_not_contact' });
    // Ended before he said it, it was not withdrawn.
    for (const { itemId } of [before, other]) {
      await call(`/${itemId}/claim`, { body: {} });
      await call(`/${itemId}/finish`, { body: { outcome: 'no_answer' } });
    }
    leftAlone.add(before.customerId);
    for (const { itemId } of [withdrawn, before]) {
      const answer = await call(`/${itemId}/reopen`, { as: 'sue', body: {} });
      expectOf(PROBLEM, answer, 409);
      expect(answer.json).toMatchObject({ type: 'urn:holdfast:problem:withdrawn' });
      expect(answer.json.detail).toContain('follow-up');
    }
    expect((await call(`/${other.itemId}/reopen`, { as: 'sue', body: {} })).status).toBe(200);
  });

  it.each([
    ['/x/claim', { leaseSeconds: 1 }],
    ['/x/snooze', {}],
    ['/x/snooze', { until: 'soon' }],
    ['/x/hand-over', { agent: 'ann', team: 'night' }],
    ['/x/finish', { outcome: 'maybe' }],
    ['/x/finish', { outcome: 'rejected', reason: 'He said it is too expensive!' }],
    ['/claim-next', { desks: [] }],
    ['', { customerId: 'c', dueAt: '2026-11-01' }],
  ])('POST %s with %o is refused with where it is wrong', async (path, body) => {
    const { call } = await started();
    const answer = await call(path, { body });
    expectOf(PROBLEM, answer, 400);
    expect(answer.json.detail).toContain('body');
  });
});

describe('the next item', () => {
  it('is the most urgent that fits, and none where there is none', async () => {
    const { work, call } = await started();
    const { desk } = await opened(work);
    const urgent = await opened(work, { desk, priority: 1 });
    const first = await call('/claim-next', { body: { desks: [desk] } });
    expectOf(WHOLE_ITEM, first);
    expect(first.json.id).toBe(urgent.itemId);
    expect((await call('/claim-next', { as: 'ben', body: { desks: [desk] } })).status).toBe(200);
    expect((await call('/claim-next', { as: 'cid', body: { desks: [desk] } })).status).toBe(204);
  });
});

describe('the list', () => {
  it('is filtered, sorted and paged, and shows no names of others to agents', async () => {
    const { work, call } = await started();
    const { desk, itemId } = await opened(work, { dueAt: Date.now() + 3 * HOUR });
    await opened(work, { desk, dueAt: Date.now() + HOUR, play: 'save', tier: 'key' });
    await opened(work, { desk, dueAt: Date.now() + 2 * HOUR });
    await call(`/${itemId}/claim`, { as: 'ben', body: {} });
    const page = await call(`?desk=${desk}&sort=deadline&limit=2`);
    expectOf(ITEM_PAGE, page);
    const rest = await call(`?desk=${desk}&sort=deadline&limit=2&cursor=${page.json.next}`);
    const ids = [...page.json.items, ...rest.json.items].map(({ id }) => id);
    expect([ids.length, ids[2], rest.json.next]).toEqual([3, itemId, undefined]);
    expect(JSON.stringify([page.json, rest.json])).not.toContain('ben');
    expect((await call(`?desk=${desk}&tier=key&play=save`)).json.items).toHaveLength(1);
    expect((await call(`?desk=${desk}&state=claimed`, { as: 'sue' })).json.items).toMatchObject([{ owner: 'ben' }]);
    expect((await call(`?owner=me&desk=${desk}`, { as: 'ben' })).json.items).toHaveLength(1);
    expect(
      (await call(`?desk=${desk}&dueBefore=${new Date(Date.now() + 1.5 * HOUR).toISOString()}`)).json.items,
    ).toHaveLength(1);
    expect((await call('?owner=ben')).status).toBe(403);
    expect((await call('?state=open,done')).status).toBe(400);
    expect((await call('?cursor=abc')).status).toBe(400);
  });

  it('of a customer is noted as a look at his data', async () => {
    const { work, call, audited } = await started();
    const { itemId, customerId } = await opened(work);
    expect((await call(`?customerId=${customerId}`)).json.items).toMatchObject([{ id: itemId }]);
    expect(audited).toEqual([`work-item.list ${customerId}`]);
  });
});

describe('a page of the list', () => {
  it('is noted once as a look at everybody on it, and not at all when nobody is', async () => {
    const { work, call, audited } = await started();
    const { desk, customerId } = await opened(work, { dueAt: Date.now() + HOUR });
    const second = await opened(work, { desk, dueAt: Date.now() + 2 * HOUR });
    await opened(work, { desk, dueAt: Date.now() + 3 * HOUR });
    await call(`?desk=${desk}&sort=deadline&limit=2`);
    expect(audited).toEqual([`work-item.list ${customerId} ${second.customerId}`]);
    await call(`?desk=${desk}&tier=nobody`);
    expect(audited).toHaveLength(1);
  });
});

describe('a follow-up', () => {
  it('is opened once under its id, first for the agent named', async () => {
    const { call } = await started();
    const body = {
      followUpId: `f-${randomUUID()}`,
      customerId: `customer-${randomUUID()}`,
      dueAt: new Date(Date.now() + HOUR).toISOString(),
      topics: ['router'],
      desk: `desk-${randomUUID()}`,
      agent: 'ben',
    };
    const first = await call('', { body });
    expectOf(WHOLE_ITEM, first, 201);
    expect(first.json).toMatchObject({ kind: 'follow-up', id: body.followUpId, topics: ['router'], dueAt: body.dueAt });
    expect((await call('', { body })).status).toBe(200);
    expect((await call('', { body: { ...body, customerId: 'another' } })).status).toBe(404);
    expect((await call(`/${body.followUpId}/claim`, { body: {} })).status).toBe(409);
    await call(`/${body.followUpId}/claim`, { as: 'ben', body: {} });
    expect((await call(`/${body.followUpId}/finish`, { as: 'ben', body: { outcome: 'done' } })).json.state).toBe(
      'done',
    );
  });
});

describe('whoever does not see a desk', () => {
  it('finds nothing of it, unless it was handed to him', async () => {
    const desk = `desk-${randomUUID()}`;
    const sightOf: SightOf = ({ roles }) => ({
      customer: () => true,
      work: (place) => roles.includes('supervisor') || place.desk !== desk,
    });
    const { work, call } = await started({ sightOf });
    const { itemId } = await opened(work, { desk });
    expect((await call(`/${itemId}`)).status).toBe(404);
    expect((await call(`/${itemId}/claim`, { body: {} })).status).toBe(404);
    expect((await call(`?desk=${desk}`)).json.items).toEqual([]);
    expect((await call('/claim-next', { body: { desks: [desk] } })).status).toBe(204);
    expect((await call('', { body: { customerId: 'c', dueAt: new Date().toISOString(), desk } })).status).toBe(404);
    await call(`/${itemId}/hand-over`, { as: 'sue', body: { agent: 'ann' } });
    expect((await call(`/${itemId}`)).status).toBe(200);
    expect((await call(`?owner=me&desk=${desk}`)).json.items).toHaveLength(1);
  });

  it('has no role for it', async () => {
    const { call } = await started();
    expect((await call('', { key: PRODUCER })).status).toBe(403);
  });
});

describe('a list that waits for the log', () => {
  it('says so, and when to come again; it is still read', async () => {
    const { itemId, desk } = await opened((await started()).work);
    const { call } = await started({ mostUntold: 1 });
    const body = { customerId: 'c', dueAt: new Date(Date.now() + HOUR).toISOString(), desk };
    for (const [path, given] of [
      [`/${itemId}/claim`, {}],
      ['/claim-next', { desks: [desk] }],
      ['', body],
    ] as const) {
      const refused = await call(path, { body: given });
      expectOf(PROBLEM, refused, 503);
      expect(refused.json.type).toBe('urn:holdfast:problem:work-list-full');
      expect(refused.headers.get('retry-after')).toBe('5');
    }
    expect((await call(`?desk=${desk}`)).json.items).toMatchObject([{ id: itemId, state: 'open' }]);
  });
});

describe('a list whose store is away', () => {
  it('says so, and when to come again', async () => {
    const { call } = await started({ url: 'redis://127.0.0.1:1' });
    const answer = await call('');
    expectOf(PROBLEM, answer, 503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect((await call('/x/claim', { body: {} })).json.type).toBe('urn:holdfast:problem:work-list-away');
  });
});
