import { randomUUID } from 'node:crypto';
import { compilePolicy } from '@holdfast/policy';
import { openPolicy } from '@holdfast/policy-folder';
import { createShardStore, type RedisShardStore } from '@holdfast/redis';
import { customerView, STATE_LAYOUT, telecomContract } from '@holdfast/telecom';
import { redisDatabase } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  defaultPolicy,
  eventOf,
  type KnownCustomers,
  openKnownCustomers,
  published,
  someoneWhoUsed,
} from '../../test/known-customers.ts';
import { type CustomerReader, type CustomerReaderDeps, createCustomerReader } from './customer-reader.ts';

/** Databases of their own: the shards here are no installation's. */
const redisUrl = redisDatabase(inject('stack').redisUrl, 'customer-reader');
const POLICY = defaultPolicy();
const NOW = Date.now();

let known: KnownCustomers;
const readers: CustomerReader[] = [];
beforeAll(async () => {
  known = await openKnownCustomers(redisUrl);
});
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.close();
});
afterAll(() => known.close());

interface Reading extends Partial<CustomerReaderDeps> {
  readonly url?: string;
  readonly connectTimeoutMs?: number;
}

function opened({ url = redisUrl, connectTimeoutMs = 5_000, ...deps }: Reading = {}) {
  const store: RedisShardStore = createShardStore({ url, codecVersion: STATE_LAYOUT, connectTimeoutMs });
  const clock = { nowMs: NOW };
  const looks = vi.spyOn(store, 'readMeta');
  const compiled = vi.fn(openPolicy);
  const reader = createCustomerReader({
    ...{ store, firstPolicy: POLICY, openPolicy: compiled, nowMs: () => clock.nowMs },
    ...deps,
  });
  readers.push(reader);
  return { reader, clock, looks, compiled };
}

const withFeature = published((files) => ({
  ...files,
  'features.yaml': `${files['features.yaml']}\n  uses_5d: { from: UsageRecorded, count: true, window: 5d }\n`,
}));

function compiledOf(files: Record<string, string>) {
  const answer = compilePolicy(files, telecomContract());
  if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.diagnostics));
  return answer.policy;
}

describe('a customer who is read from outside his shard', () => {
  it('is as his shard committed him, with the policy in force there', async () => {
    const customerId = randomUUID();
    await known.tell(customerId, someoneWhoUsed(customerId, 2_500, NOW), POLICY);
    const { reader } = opened();
    const answer = await reader.read(customerId);
    if (answer.kind !== 'found') throw new Error(answer.kind);
    const { customer } = answer;
    expect(customer).toMatchObject({ customerId, policy: POLICY, unfolded: [] });
    expect(customerView(customerId, customer.state, customer.policy, NOW).features.data_share_used).toBeCloseTo(0.25);
    expect(customer.standing.budgetLeft('broadband_cross_sell').minor).toBeGreaterThan(0);
  });

  it('is absent when no event named him', async () => {
    expect(await opened().reader.read(randomUUID())).toEqual({ kind: 'absent' });
  });

  it('is looked at once for many requests: metas are kept for a second', async () => {
    const customerId = randomUUID();
    await known.tell(customerId, someoneWhoUsed(customerId, 1, NOW), POLICY);
    const { reader, clock, looks } = opened();
    await reader.read(customerId);
    const first = looks.mock.calls.length;
    for (let turn = 0; turn < 20; turn += 1) await reader.read(customerId);
    expect(looks.mock.calls.length).toBe(first);
    clock.nowMs += 1_000;
    for (let turn = 0; turn < 20; turn += 1) await reader.read(customerId);
    await vi.waitFor(() => expect(looks.mock.calls.length).toBe(first + 1), { timeout: 20_000 });
  });

  it('is away when the store is, with words for the log', async () => {
    const { reader } = opened({ url: 'redis://127.0.0.1:1', connectTimeoutMs: 500 });
    expect(await reader.read(randomUUID())).toMatchObject({ kind: 'away', why: expect.stringMatching(/\w/) });
  });

  it('is away where nothing was initialised', async () => {
    const empty = redisDatabase(inject('stack').redisUrl, 'nobody');
    expect(await opened({ url: empty }).reader.read(randomUUID())).toMatchObject({
      kind: 'away',
      why: expect.stringContaining('holdfast init'),
    });
  });

  it('is shown with what was told here and is not folded yet', async () => {
    const [seen, unseen] = [randomUUID(), randomUUID()];
    await known.tell(seen, someoneWhoUsed(seen, 1, NOW), POLICY);
    const told = (customerId: string) => [
      eventOf('ComplaintFiled', customerId, NOW, { complaintId: 'c-1', topic: 'bill' } as never),
    ];
    const { reader } = opened({
      unfolded: async (customerId, meta) => (meta.partitionCount === 4 ? told(customerId) : []),
      asTold: (_, state, events) => Buffer.concat([state ?? Buffer.of(), Buffer.from(String(events.length))]),
    });
    const answer = await reader.read(seen);
    expect(answer).toMatchObject({ kind: 'found', customer: { unfolded: [{ type: 'ComplaintFiled' }] } });
    if (answer.kind === 'found') expect(answer.customer.state.at(-1)).toBe('1'.charCodeAt(0));
    expect(await reader.read(unseen)).toMatchObject({ kind: 'found', customer: { state: Buffer.from('1') } });
  });

  it('follows his shard to a policy that was published since, compiled once, though his features are of another set', async () => {
    const [before, after] = [randomUUID(), randomUUID()];
    await known.tell(before, someoneWhoUsed(before, 1, NOW), POLICY);
    const { reader, compiled } = opened();
    expect(await reader.read(before)).toMatchObject({
      kind: 'found',
      customer: { policy: { version: POLICY.version } },
    });

    const next = compiledOf(withFeature.files);
    await known.publish(withFeature.configuration(next.version));
    await known.tell(after, someoneWhoUsed(after, 1, NOW), next);
    // The view is younger than a second: only his features say that there is another policy.
    const [first, second] = await Promise.all([reader.read(after), reader.read(after)]);
    for (const answer of [first, second]) {
      if (answer?.kind !== 'found') throw new Error(JSON.stringify(answer));
      expect(answer.customer.policy.version).toBe(next.version);
      expect(customerView(after, answer.customer.state, answer.customer.policy, NOW).features.uses_5d).toBe(1);
    }
    expect(compiled).toHaveBeenCalledTimes(1);
  });

  it('is away under a policy that this release cannot use, and says which', async () => {
    await known.publish({ name: 'sha256:from-the-future', text: withFeature.configuration('').text });
    const { reader, compiled } = opened();
    const answer = await reader.read(randomUUID());
    expect(answer).toMatchObject({ kind: 'away', why: expect.stringContaining('sha256:from-the-future') });
    await reader.read(randomUUID());
    expect(compiled).toHaveBeenCalledTimes(1);
  });
});
