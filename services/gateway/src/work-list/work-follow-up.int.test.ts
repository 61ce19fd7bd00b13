import { randomUUID } from 'node:crypto';
import { keyDigest } from '@holdfast/access';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { openPolicy } from '@holdfast/policy-folder';
import { createShardStore, createWorkList } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { redisDatabase } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { defaultPolicy, openKnownCustomers, someoneWhoUsed } from '../../test/known-customers.ts';
import { createCustomerLookup } from '../customers/customer-lookup.ts';
import { createCustomerReader } from '../customers/customer-reader.ts';
import { createLeftAlone } from '../customers/left-alone.ts';
import { createGateway } from '../gateway.ts';
import { createAuthenticate } from '../security/authentication.ts';
import { createKeyRing } from '../security/key-ring.ts';
import { sightByDesk } from '../security/sight-by-desk.ts';
import { workFace } from './work-face.ts';

const url = redisDatabase(inject('stack').redisUrl, 'follow-ups');
const POLICY = defaultPolicy();
const KEYS = { bound: 'bound-key-0123456789', free: 'free-key-01234567890' };
const closers: (() => Promise<unknown>)[] = [];
const audited: string[] = [];
let address: string;
let customerId: string;
let elsewhere: string;

beforeAll(async () => {
  const known = await openKnownCustomers(url);
  [customerId, elsewhere] = [`c-${randomUUID()}`, `c-${randomUUID()}`];
  await known.tell(customerId, someoneWhoUsed(customerId, 1, Date.now(), 'Xiamen'), POLICY);
  await known.tell(elsewhere, someoneWhoUsed(elsewhere, 1, Date.now(), 'Changsha'), POLICY);
  const work = createWorkList({ url });
  const store = createShardStore({ url, codecVersion: STATE_LAYOUT });
  const reader = createCustomerReader({ store, firstPolicy: POLICY, openPolicy, nowMs: Date.now });
  const ring = createKeyRing([
    {
      digest: keyDigest(KEYS.bound),
      principal: { id: 'bound', kind: 'key', roles: ['agent'], desks: ['south'] },
    },
    { digest: keyDigest(KEYS.free), principal: { id: 'free', kind: 'key', roles: ['agent'] } },
  ]);
  const seeing = {
    sightOf: sightByDesk(() => new Map([['south', { cities: ['Xiamen'] }]])),
    audit: async (_request: unknown, look: { action: string; customerId: string | readonly string[] }) =>
      void audited.push(`${look.action} ${[look.customerId].flat().join(' ')}`),
  };
  const failed = (_: string, error: unknown) => {
    throw error;
  };
  const gateway = await createGateway(
    {
      faces: [
        workFace({
          ...{ work, ...seeing },
          lookUp: createCustomerLookup({ ...seeing, reader, failed, nowMs: Date.now }),
          isLeftAlone: createLeftAlone(reader),
          record: async () => [],
        }),
      ],
      authenticate: createAuthenticate({ rings: [() => ring], now: Date.now }),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => undefined,
    },
    { host: '127.0.0.1', port: 0 },
  );
  address = `http://127.0.0.1:${await gateway.start()}/v1/work-items`;
  closers.push(
    () => gateway.close(),
    () => reader.close(),
    () => store.close(),
    () => work.close(),
    () => known.close(),
  );
});
afterAll(async () => {
  for (const close of closers) await close();
});

async function open(key: string, about: string, desk = 'south') {
  const dueAt = new Date(Date.now() + 3_600_000).toISOString();
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'x-api-key': key, 'x-holdfast-agent': 'ann', 'content-type': 'application/json' },
    body: JSON.stringify({ customerId: about, dueAt, desk }),
  });
  return { status: answer.status, type: ((await answer.json()) as { type?: string }).type };
}

it('is opened for customers of his desks by whoever is bound to some, and the look at the customer is noted', async () => {
  expect(await open(KEYS.bound, customerId)).toMatchObject({ status: 201 });
  expect(audited.splice(0)).toEqual([`work-item.create ${customerId}`]);
});

it.each([
  ['a customer of other desks', () => elsewhere],
  ['a customer who does not exist', () => `c-${randomUUID()}`],
])('is not opened for %s, and the two are told alike', async (_, about) => {
  expect(await open(KEYS.bound, about())).toEqual({ status: 404, type: 'urn:holdfast:problem:unknown-customer' });
  expect(audited).toEqual([]);
});

it('is opened for everybody by whoever sees everybody, also for somebody of whom no event has told yet', async () => {
  for (const about of [elsewhere, `c-${randomUUID()}`]) {
    expect(await open(KEYS.free, about)).toMatchObject({ status: 201 });
    expect(audited.splice(0)).toEqual([`work-item.create ${about}`]);
  }
});
