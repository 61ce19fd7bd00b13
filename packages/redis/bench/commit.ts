/**
 * Commits of 1,000 states with their due times, sent in three ways to the same server in the same run: the frame this
 * package writes, the client's own serialisation of the same arguments, and one packed argument that Lua takes apart.
 * Prints states/s, CPU per state of Node and of Redis, the ratios, and Redis bytes per customer.
 *
 * node packages/redis/bench/commit.ts [redis-url]
 */
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import type { Commit, ShardId, ShardSession } from '@holdfast/engine';
import { Redis } from 'ioredis';
import { createShardStore } from '../src/index.ts';
import { shardKeys } from '../src/keys.ts';
import { startRedisServer } from '../test/redis-server.ts';

const STATES = 1_000;
const STATE_BYTES = 300;
const ENTITIES = 100_000;
const COMMITS = 100;
const ROUNDS = 6;
const POSITION = { nextOffset: 1, fingerprint: { offset: 0, appendTime: 1, hash: '00' } };

const PACKED = `
local owner = redis.call('HMGET', KEYS[1], 'token', 'version')
if owner[2] ~= ARGV[1] then return 0 end
local flat, at, data = {}, 1, ARGV[2]
while at <= #data do flat[#flat + 1], at = struct.unpack('<I4c0', data, at) end
redis.call('MSET', unpack(flat))
local dues, n = {}, 0
at, data = 1, ARGV[3]
while at <= #data do
  dues[n + 1], dues[n + 2], at = struct.unpack('<dI4c0', data, at)
  n = n + 2
end
redis.call('ZADD', KEYS[2], unpack(dues))
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1)
return 1`;

interface Lane {
  send(commit: Commit): Promise<void>;
  close(): void;
}
type Variant = (shard: ShardId) => Promise<Lane>;
interface Measure {
  readonly statesPerSecond: number;
  readonly nodeMicros: number;
  readonly redisMicros: number;
}

const own =
  process.argv[2] === undefined
    ? await startRedisServer(['--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'])
    : undefined;
const url = own?.url ?? process.argv[2] ?? '';
const admin = new Redis(url, { protocol: 2 });
const store = createShardStore({ url, codecVersion: 1 });

const frame: Variant = async (shard) => {
  const session: ShardSession = await store.open(shard);
  const claimed = await session.claim();
  let version = claimed.kind === 'claimed' ? claimed.meta.version : -1;
  return {
    async send(commit) {
      const answer = await session.commit(version, commit);
      if (answer.kind !== 'ok') throw new Error(`commit answered ${answer.kind}`);
      version = answer.version;
    },
    close: () => void session.close(),
  };
};

/** The same script and arguments through the client's ordinary call. */
const client: Variant = async (shard) => {
  const { SCRIPTS } = await import('../src/scripts.ts');
  const keys = shardKeys(shard);
  const redis = new Redis(url, { protocol: 2 });
  await redis.script('LOAD', SCRIPTS.commit.source);
  const token = randomBytes(16).toString('hex');
  await redis.hset(keys.meta, 'token', token);
  let version = Number(await redis.hget(keys.meta, 'version'));
  return {
    async send(commit) {
      const counts = [commit.states.length, commit.dues.length, 0, 0, 0, 0, 0];
      const args: (string | number | Buffer)[] = [
        SCRIPTS.commit.sha,
        4,
        keys.meta,
        keys.due,
        keys.outbox,
        keys.journal,
      ];
      args.push(token, version++, 20_000, 1 << 25, 10, 7_776_000, ...counts);
      for (const state of commit.states) args.push(keys.statePrefix + state.id, state.bytes);
      for (const due of commit.dues) args.push(due.dueMs, due.id);
      const [answer] = (await redis.call('EVALSHA', args)) as string[];
      if (answer !== 'OK') throw new Error(`commit answered ${answer}`);
    },
    close: () => redis.disconnect(),
  };
};

/** Two large arguments, taken apart by the script. */
const packed: Variant = async (shard) => {
  const keys = shardKeys(shard);
  const redis = new Redis(url, { protocol: 2 });
  const sha = (await redis.script('LOAD', PACKED)) as string;
  let version = Number(await redis.hget(keys.meta, 'version'));
  return {
    async send(commit) {
      const states = Buffer.allocUnsafe(commit.states.reduce((n, s) => n + 8 + 64 + s.bytes.length, 0));
      let at = 0;
      for (const state of commit.states) {
        const length = states.write(keys.statePrefix + state.id, at + 4);
        states.writeUInt32LE(length, at);
        at = states.writeUInt32LE(state.bytes.length, at + 4 + length);
        at += state.bytes.copy(states, at);
      }
      const dues = Buffer.allocUnsafe(commit.dues.length * 64);
      let end = 0;
      for (const due of commit.dues) {
        end = dues.writeDoubleLE(due.dueMs, end);
        const length = dues.write(due.id, end + 4);
        dues.writeUInt32LE(length, end);
        end += 4 + length;
      }
      const answer = await redis.evalsha(
        sha,
        2,
        keys.meta,
        keys.due,
        version++,
        states.subarray(0, at),
        dues.subarray(0, end),
      );
      if (answer !== 1) throw new Error('packed commit refused');
    },
    close: () => redis.disconnect(),
  };
};

let topologies = 0;
const bytes = randomBytes(STATE_BYTES * 64);
function commitAt(round: number): Commit {
  const first = (round * STATES) % ENTITIES;
  const ids = Array.from({ length: STATES }, (_, i) => String(8_613_800_000_000 + ((first + i * 7919) % ENTITIES)));
  const states = ids.map((id, i) => ({
    id,
    bytes: bytes.subarray((i % 64) * STATE_BYTES, ((i % 64) + 1) * STATE_BYTES),
  }));
  const dues = ids.map((id, i) => ({ id, dueMs: 1_800_000_000_000 + i }));
  return { inputs: {}, watermarks: {}, states, dues, outbox: [], kpis: [], history: [] };
}

async function redisCpuMicros(): Promise<number> {
  const info = await admin.info('cpu');
  const field = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  return (field('used_cpu_user_main_thread') + field('used_cpu_sys_main_thread')) * 1e6;
}

async function measure(variant: Variant, inFlight: number): Promise<Measure> {
  const lanes = await Promise.all(
    Array.from({ length: inFlight }, async () => {
      const shard = { topology: `bench${++topologies}`, partition: 0 };
      const meta = { minCodec: 1, clusterId: '', partitionCount: 1, inputs: {}, watermarks: {} };
      await store.initialise(shard, { ...meta, relay: POSITION });
      return variant(shard);
    }),
  );
  const commits = Array.from({ length: 20 }, (_, i) => commitAt(i));
  const runLane = async (lane: Lane, count: number) => {
    for (let i = 0; i < count; i++) await lane.send(commits[i % commits.length] ?? commitAt(0));
  };
  await Promise.all(lanes.map((lane) => runLane(lane, 20)));
  const redisBefore = await redisCpuMicros();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await Promise.all(lanes.map((lane) => runLane(lane, Math.ceil(COMMITS / inFlight))));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const states = Math.ceil(COMMITS / inFlight) * inFlight * STATES;
  const redisMicros = ((await redisCpuMicros()) - redisBefore) / states;
  for (const lane of lanes) lane.close();
  await admin.flushall();
  return { statesPerSecond: states / seconds, nodeMicros: (cpu.user + cpu.system) / states, redisMicros };
}

const usedMemory = async () => Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1] ?? 0);

async function bytesPerCustomer(): Promise<number> {
  const lane = await frame(
    await (async () => {
      const shard = { topology: 'customer', partition: 3 };
      const meta = { minCodec: 1, clusterId: '', partitionCount: 1, inputs: {}, watermarks: {} };
      await store.initialise(shard, { ...meta, relay: POSITION });
      return shard;
    })(),
  );
  const before = await usedMemory();
  for (let i = 0; i < ENTITIES / STATES; i++) {
    const ids = Array.from({ length: STATES }, (_, j) => String(8_613_800_000_000 + i * STATES + j));
    const states = ids.map((id) => ({ id, bytes: bytes.subarray(0, STATE_BYTES) }));
    await lane.send({ ...commitAt(0), states, dues: ids.map((id, j) => ({ id, dueMs: 1_800_000_000_000 + j })) });
  }
  const used = ((await usedMemory()) - before) / ENTITIES;
  lane.close();
  return used;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const variants = { frame, client, packed } as const;
const names = Object.keys(variants) as (keyof typeof variants)[];
const server = /redis_version:(\S+)/.exec(await admin.info('server'))?.[1];
console.log(
  `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, Redis ${server}, ${STATES} × ${STATE_BYTES} B`,
);
for (const inFlight of [1, 4]) {
  const rounds: Record<keyof typeof variants, Measure[]> = { frame: [], client: [], packed: [] };
  for (let round = 0; round < ROUNDS; round++) {
    // Another one begins each round, so that none always follows the flush.
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length] ?? 'frame';
      rounds[name].push(await measure(variants[name], inFlight));
    }
  }
  const rate = (name: keyof typeof variants) => median(rounds[name].map((m) => m.statesPerSecond));
  for (const name of names) {
    const of = (field: keyof Measure) => median(rounds[name].map((m) => m[field])).toFixed(2);
    const ratio = (rate('frame') / rate(name)).toFixed(2);
    const perSecond = Math.round(rate(name) / STATES);
    console.log(
      `${inFlight} in flight  ${name.padEnd(7)} ${perSecond} commits/s  ${Math.round(rate(name))} states/s  ` +
        `CPU µs per state: Node ${of('nodeMicros')} Redis ${of('redisMicros')}  frame is ×${ratio}`,
    );
  }
}
console.log(
  `Redis bytes per customer, state of ${STATE_BYTES} B and due member: ${Math.round(await bytesPerCustomer())}`,
);
admin.disconnect();
await store.close();
await own?.stop();
