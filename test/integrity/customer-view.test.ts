import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisCall } from '../../infra/stack/index.mjs';
import { httpTransport } from '../e2e/transports.ts';
import type { Told } from './population.ts';

const DAY_MS = 86_400_000;
const secret = () => randomBytes(24).toString('hex');
const keys = { producer: secret(), agent: secret(), operator: secret() };
const nowMs = Date.now();
const customerId = `c${randomUUID()}`;

let stack: Stack;
let system: System;

const of = (eventId: string, occurredAt: number) => ({ eventId, occurredAt, source: 'billing', customerId });
const story: readonly Told[] = [
  {
    ...{ type: 'SubscriptionActivated', ...of('activated', nowMs - 60 * DAY_MS), subscriptionId: 'line-1' },
    ...{ product: 'MOBILE', plan: 'M', dataAllowanceMb: 10_000, cycleDay: 1 },
  },
  { type: 'AccountManagerAssigned', ...of('manager', nowMs - 50 * DAY_MS), managerId: 'm-1' },
  { type: 'HouseholdLinked', ...of('household', nowMs - 40 * DAY_MS), householdId: 'h-1', role: 'payer' },
  { type: 'ConsentChanged', ...of('consent', nowMs - 30 * DAY_MS), channel: 'email', granted: true },
  {
    ...{ type: 'BalanceToppedUp', ...of('top-up', nowMs - DAY_MS), subscriptionId: 'line-1' },
    ...{ amountMinor: 500, currency: 'CNY' },
  },
];
const use: Told = {
  type: 'UsageRecorded',
  ...of('use', nowMs - DAY_MS),
  subscriptionId: 'line-1',
  kind: 'VOICE',
  durationSeconds: 60,
};
const asked: Told = {
  ...{ type: 'SuspensionRequested', ...of('asked', nowMs), subscriptionId: 'line-1', requestId: 'r-1' },
  ...{ channel: 'online', reason: 'too expensive' },
};

async function call(role: keyof typeof keys, path: string, init: RequestInit = {}) {
  const answer = await fetch(system.gatewayUrl + path, {
    ...init,
    headers: { authorization: `Bearer ${keys[role]}`, ...init.headers },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

const path = `/v1/customers/${customerId}`;
const eventTypes = (items: readonly { kind: string; type?: string }[]) =>
  items.flatMap(({ kind, type }) => (kind === 'event' ? [type] : [])).sort();

const redis = async (...words: readonly string[]) =>
  ((await redisCall(Number(new URL(stack.redisUrl).port), [...words])) ?? '').split('\n').filter((line) => line !== '');

const keysOf = (id: string) => redis('KEYS', `*${id}*`);

/** Indexes of timers that have him. */
async function indexesWith(id: string): Promise<readonly string[]> {
  const indexes = await redis('KEYS', '{customer:*}:due');
  const scores = await Promise.all(indexes.map((index) => redis('ZSCORE', index, id)));
  return indexes.filter((_, i) => (scores[i] ?? []).length > 0);
}

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, {
    environment: {
      HOLDFAST_API_KEYS: Object.entries(keys)
        .map(([role, key]) => `${role}:${key}`)
        .join(),
      HOLDFAST_ERASURE_KEY: secret(),
    },
  });
  const billing = httpTransport(system.gatewayUrl, keys.producer);
  await billing.send([...story, use]);
  await eventually('the facts folded', async () => {
    const { status, body } = await call('operator', path);
    expect([status, eventTypes((body.timeline as never as { items: [] }).items)]).toEqual([
      200,
      story.map(({ type }) => type).sort(),
    ]);
  });
  // Told again by a producer that heard no answer.
  await billing.send([...story, asked]);
});
afterAll(async () => {
  await system?.stop();
  await stack?.stop();
});

describe('a customer, from what billing told to what is left of him', () => {
  it('is shown with what happened to him, once each, and what was decided', async () => {
    await eventually('the decision', async () => {
      const { body } = await call('operator', `${path}/timeline?limit=100`);
      const { items } = body as never as { items: { kind: string; type?: string; trigger?: string }[] };
      const told = [...story, asked].map(({ type }) => type).sort();
      expect(eventTypes(items).filter((type) => told.includes(type as never))).toEqual(told);
      const decided = items.filter(({ kind }) => kind === 'decision').map(({ trigger }) => trigger);
      expect(decided).toContain('suspension_requested');
    });
    const { body } = await call('agent', path);
    expect(body).toMatchObject({
      accountManager: { id: 'm-1' },
      household: { householdId: 'h-1', role: 'payer' },
      consents: [{ channel: 'email', purpose: 'MARKETING', granted: true }],
      attributes: { account_manager: 'm-1' },
    });
  });

  it('who withdraws his consent at the desk is held at once, and the withdrawal is folded', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ channel: '*', granted: false }),
    };
    expect(await call('agent', `${path}/consents`, init)).toMatchObject({ status: 202 });
    expect(await keysOf(customerId)).toContain(`{contact}:suppress:${customerId}:marketing:*`);
    await eventually('the withdrawal', async () => {
      const { body } = await call('agent', path);
      expect(body).toMatchObject({
        consents: expect.arrayContaining([expect.objectContaining({ channel: '*', granted: false })]),
      });
    });
  });

  it('is exported with everything that was told, but his uses', async () => {
    const { body } = await call('operator', `${path}/export`);
    const { events, unfoldedEvents } = body as never as Record<string, Record<string, unknown>[]>;
    // What the installation tells of him itself, an item of work or a delivery, comes when its turn comes.
    const fromBilling = events?.filter(({ source }) => source === 'billing');
    expect(fromBilling).toHaveLength(story.length + 1);
    for (const told of [...story, asked]) expect(fromBilling).toContainEqual(expect.objectContaining(told));
    const withdrawn = expect.objectContaining({ type: 'ConsentChanged', channel: '*', granted: false });
    expect([...(events ?? []), ...(unfoldedEvents ?? [])]).toContainEqual(withdrawn);
    expect(body.decisions).not.toHaveLength(0);
  });

  it('is gone once he is erased: no key and no timer of his shard names him, and who asks is told of nobody', async () => {
    const shardKeys = async () => (await keysOf(customerId)).filter((key) => key.startsWith('{customer:'));
    expect((await shardKeys()).map((key) => key.split(':').at(-2)).sort()).toEqual(['e', 'h', 's']);
    expect(await indexesWith(customerId)).toHaveLength(1);
    const erased = await call('operator', `${path}/erase`, { method: 'POST' });
    expect([200, 202]).toContain(erased.status);
    await eventually('the erasure', async () => {
      const { body } = await call('operator', `/v1/erasures/${String(erased.body.erasureId)}`);
      expect(body).toMatchObject({ status: 'done' });
    });
    expect([await shardKeys(), await indexesWith(customerId)]).toEqual([[], []]);
    for (const role of ['agent', 'operator'] as const) expect((await call(role, path)).status).toBe(404);
  });
});
