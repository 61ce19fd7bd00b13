/**
 * What armed timers cost: the poll of a shard whose index holds a thousand, a hundred thousand and a million of them, with
 * none due and with 500 due, in microseconds of round trip on the same server in the same run. The plain floor is PING.
 *
 * node packages/redis/bench/timers.ts [redis-url]
 */
import { cpus } from 'node:os';
import type { ShardId, ShardSession } from '@holdfast/engine';
import { Redis } from 'ioredis';
import { createShardStore } from '../src/index.ts';
import { shardKeys } from '../src/keys.ts';
import { startRedisServer } from '../test/redis-server.ts';

const SIZES = [1_000, 100_000, 1_000_000];
const POLLS = 2_000;
const DUE = 500;
const FAR_MS = 2_000_000_000_000;
const POSITION = { nextOffset: 1, fingerprint: { offset: 0, appendTime: 1, hash: '00' } };

const own = process.argv[2] === undefined ? await startRedisServer(['--appendfsync', 'everysec']) : undefined;
const url = own?.url ?? process.argv[2] ?? '';
const admin = new Redis(url, { protocol: 2 });
const store = createShardStore({ url, codecVersion: 1 });

async function armed(shard: ShardId, timers: number): Promise<{ session: ShardSession; version: number }> {
  const meta = { minCodec: 1, clusterId: 'bench', partitionCount: 1, inputs: {}, relay: POSITION };
  await store.initialise(shard, { ...meta, watermarks: {} });
  const { due } = shardKeys(shard);
  for (let from = 0; from < timers; from += 5_000) {
    const members = Array.from({ length: Math.min(5_000, timers - from) }, (_, i) => from + i);
    await admin.zadd(due, ...members.flatMap((i) => [i < DUE ? i : FAR_MS + i, `8900000${1_000_000 + i}`]));
  }
  const session = await store.open(shard);
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`claim answered ${claimed.kind}`);
  return { session, version: claimed.meta.version };
}

async function medianMicros(call: () => Promise<unknown>): Promise<number> {
  const micros: number[] = [];
  for (let i = 0; i < POLLS; i++) {
    const from = process.hrtime.bigint();
    await call();
    micros.push(Number(process.hrtime.bigint() - from) / 1_000);
  }
  return micros.sort((a, b) => a - b)[POLLS / 2] ?? 0;
}

console.log(`${cpus()[0]?.model} x${cpus().length}, node ${process.version}, ${POLLS} polls a line, medians`);
console.log(`PING ${Math.round(await medianMicros(() => admin.ping()))} µs`);
for (const [partition, timers] of SIZES.entries()) {
  const { session, version } = await armed({ topology: 'bench', partition }, timers);
  const none = await medianMicros(() => session.poll(version, -1, DUE));
  const some = await medianMicros(() => session.poll(version, FAR_MS - 1, DUE));
  console.log(`${timers} timers: none due ${Math.round(none)} µs, ${DUE} due ${Math.round(some)} µs`);
  await session.close();
}
await store.close();
admin.disconnect();
await own?.stop();
