/**
 * What records kept with customers cost: commits of 1,000 states of which none, every thirtieth and every tenth brings a
 * record, on the same server in the same run, turn by turn; and what the kept ones take in Redis. Records are events as
 * the log has them, customers are uniform over 100,000.
 *
 * node packages/redis/bench/told.ts [redis-url]
 */
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { deflateRawSync } from 'node:zlib';
import type { Commit, ShardId } from '@holdfast/engine';
import { createEncoder, type EventInput, schemaTable } from '@holdfast/events';
import { Redis } from 'ioredis';
import { createShardStore } from '../src/index.ts';
import { startRedisServer } from '../test/redis-server.ts';

const STATES = 1_000;
const STATE_BYTES = 300;
const ENTITIES = 100_000;
const COMMITS = 60;
const ROUNDS = 8;
const SHARES = [0, 30, 10] as const;
const POSITION = { nextOffset: 1, fingerprint: { offset: 0, appendTime: 1, hash: '00' } };
const START_MS = 1_790_000_000_000;

const encoder = createEncoder(Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1])));
const customerId = (index: number) => String(8_613_800_000_000 + index);

/** A kind of event in turn. */
function recordOf(customer: number, nth: number): Buffer {
  const base = { eventId: `e-${customer}-${nth}`, source: 'billing', occurredAt: START_MS + nth * 86_400_000 };
  const line = { ...base, customerId: customerId(customer), subscriptionId: `line-${customer}` };
  const events: readonly EventInput[] = [
    { type: 'BalanceToppedUp', ...line, amountMinor: 3_000, currency: 'CNY' },
    { type: 'BillPaid', ...line, billId: `b-${nth}`, amountMinor: 8_900, currency: 'CNY' },
    { type: 'PlanChanged', ...line, plan: 'plan-20gb', dataAllowanceMb: 20_480 },
    { type: 'ConsentChanged', ...line, channel: 'sms', granted: true },
    { type: 'ContactOpened', ...line, interactionId: `c-${nth}`, channel: 'call-centre' },
    { type: 'ComplaintFiled', ...line, complaintId: `k-${nth}`, topic: 'coverage at home' },
  ] as readonly EventInput[];
  const event = events[nth % events.length];
  if (!event) throw new Error('there are no events');
  return encoder.encode(event);
}

const own =
  process.argv[2] === undefined
    ? await startRedisServer(['--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'])
    : undefined;
const url = own?.url ?? process.argv[2] ?? '';
const admin = new Redis(url, { protocol: 2 });
const store = createShardStore({ url, codecVersion: 1 });
const bytes = randomBytes(STATE_BYTES * 64);

async function openShard(topology: string) {
  const shard: ShardId = { topology, partition: 0 };
  const meta = { minCodec: 1, clusterId: '', partitionCount: 1, inputs: {}, watermarks: {}, relay: POSITION };
  await store.initialise(shard, meta);
  const session = await store.open(shard);
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`claim answered ${claimed.kind}`);
  let { version } = claimed.meta;
  return {
    async commit(commit: Commit) {
      const answer = await session.commit(version, commit);
      if (answer.kind !== 'ok') throw new Error(`commit answered ${answer.kind}`);
      version = answer.version;
    },
    close: () => session.close(),
  };
}

const NOTHING = { inputs: {}, watermarks: {}, states: [], dues: [], outbox: [], kpis: [], history: [] };

function commitAt(round: number, every: number): Commit {
  const customers = Array.from({ length: STATES }, (_, i) => (round * STATES + i * 7_919) % ENTITIES);
  const states = customers.map((customer, i) => ({
    id: customerId(customer),
    bytes: bytes.subarray((i % 64) * STATE_BYTES, ((i % 64) + 1) * STATE_BYTES),
  }));
  if (every === 0) return { ...NOTHING, states };
  const told = customers
    .filter((_, i) => i % every === 0)
    .map((customer, i) => ({ entityId: customerId(customer), record: recordOf(customer, round + i) }));
  return { ...NOTHING, states, told };
}

async function redisCpuMicros(): Promise<number> {
  const info = await admin.info('cpu');
  const field = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  return (field('used_cpu_user_main_thread') + field('used_cpu_sys_main_thread')) * 1e6;
}

async function measure(every: number, turn: number) {
  const shard = await openShard(`bench${turn}`);
  const commits = Array.from({ length: COMMITS + 5 }, (_, i) => commitAt(i, every));
  for (const commit of commits.slice(COMMITS)) await shard.commit(commit);
  const redisBefore = await redisCpuMicros();
  const before = process.cpuUsage();
  for (const commit of commits.slice(0, COMMITS)) await shard.commit(commit);
  const { user, system } = process.cpuUsage(before);
  const redis = (await redisCpuMicros()) - redisBefore;
  await shard.close();
  await admin.flushall();
  return { node: (user + system) / COMMITS / STATES, redis: redis / COMMITS / STATES };
}

const usedMemory = async () => Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1] ?? 0);

/** Of 20,000 customers with so many records each. */
async function bytesPerCustomer(records: number): Promise<number> {
  const customers = 20_000;
  const shard = await openShard('memory');
  const before = await usedMemory();
  for (let from = 0; from < customers; from += 200) {
    const ids = Array.from({ length: 200 }, (_, i) => from + i);
    const told = ids.flatMap((customer) =>
      Array.from({ length: records }, (_, nth) => ({
        entityId: customerId(customer),
        record: recordOf(customer, nth),
      })),
    );
    await shard.commit({ ...NOTHING, told });
  }
  const used = ((await usedMemory()) - before) / customers;
  await shard.close();
  await admin.flushall();
  return used;
}

const least = (values: readonly number[]) => Math.min(...values);
const server = /redis_version:(\S+)/.exec(await admin.info('server'))?.[1];
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, Redis ${server}`);
const samples = Array.from({ length: 60 }, (_, nth) => recordOf(nth, nth));
const mean = (of: (record: Buffer) => number) => samples.reduce((sum, record) => sum + of(record), 0) / samples.length;
const startedMs = performance.now();
const deflated = mean((record) => deflateRawSync(record).length);
const micros = ((performance.now() - startedMs) * 1_000) / samples.length;
console.log(
  `a record has ${mean((record) => record.length).toFixed(0)} B, deflated ${deflated.toFixed(0)} B, which takes ${micros.toFixed(0)} µs`,
);
const rounds = SHARES.map(() => [] as { node: number; redis: number }[]);
for (let round = 0; round < ROUNDS; round++) {
  for (let i = 0; i < SHARES.length; i++) {
    const at = (round + i) % SHARES.length;
    rounds[at]?.push(await measure(SHARES[at] ?? 0, round * SHARES.length + i));
  }
}
for (const [at, every] of SHARES.entries()) {
  const of = (field: 'node' | 'redis') => least((rounds[at] ?? []).map((each) => each[field])).toFixed(2);
  const what = every === 0 ? 'no records' : `a record with each ${every}th state`;
  console.log(`${what.padEnd(32)} CPU µs per state, least of ${ROUNDS}: Node ${of('node')} Redis ${of('redis')}`);
}
for (const records of [1, 10, 50]) {
  console.log(`Redis bytes per customer with ${records} records: ${Math.round(await bytesPerCustomer(records))}`);
}
admin.disconnect();
await store.close();
await own?.stop();
