import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import { createShardStore } from '@holdfast/redis';
import { featureDictionary, STATE_LAYOUT } from '@holdfast/telecom';
import { commitOf } from '@holdfast/testkit/shard-fixture';
import { defaultPolicy, toldCustomer } from '@holdfast/testkit/told-customer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../../../redis/test/redis-server.ts';
import { COMMANDS } from '../commands.ts';
import { environment } from '../config.ts';
import { runProgram } from '../program.ts';

const POLICY = defaultPolicy();
const CUSTOMER = 'customer-3';
const SHARD = { topology: CUSTOMER_TOPOLOGY, partition: 0 };
const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
  Object.assign(environment, {
    HOLDFAST_REDIS_URL: server.url,
    // Named, never called: nothing of this customer's history has to be decoded.
    HOLDFAST_KAFKA_BROKERS: '127.0.0.1:1',
    HOLDFAST_REGISTRY_URL: 'http://127.0.0.1:1',
  });
  const store = createShardStore({ url: server.url, codecVersion: STATE_LAYOUT });
  const meta = { minCodec: STATE_LAYOUT, clusterId: 'c', partitionCount: 1, inputs: {}, relay: POSITION };
  await store.initialise(SHARD, { ...meta, watermarks: {} });
  const session = await store.open(SHARD);
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`the claim answered ${claimed.kind}`);
  const { state } = await toldCustomer(CUSTOMER, POLICY);
  const committed = await session.commit(
    claimed.meta.version,
    commitOf({ states: [{ id: CUSTOMER, bytes: state }], dictionary: featureDictionary(POLICY).entries }),
  );
  expect(committed.kind).toBe('ok');
  await session.close();
  await store.close();
});
afterAll(() => server.stop());

async function why(...words: string[]) {
  let out = '';
  let err = '';
  const output = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  return { code: await runProgram(COMMANDS, ['why', ...words], output), out, err };
}

it('why explains a customer from what the shard committed', async () => {
  const { code, out } = await why(CUSTOMER);
  expect(code).toBe(0);
  expect(out).toContain('crossed(data_share_used, 0.8)   (data_share_used 0.65)');
  const json = await why(CUSTOMER, '--trigger', 'gone_quiet', '--json');
  expect(JSON.parse(json.out)).toMatchObject({ partition: 0, campaigns: [{ campaign: 'quiet_customers' }] });
});

it('why knows nobody, or no such campaign, and says so', async () => {
  expect(await why('nobody')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('no profile') });
  expect(await why(CUSTOMER, '--campaign', 'x')).toMatchObject({
    code: 1,
    err: expect.stringContaining('the policy has no campaign "x"'),
  });
  expect(await why()).toMatchObject({ code: 2 });
});
