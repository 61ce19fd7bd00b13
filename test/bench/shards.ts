/**
 * The whole engine with eight shards in one process, over a log and a store in memory that answer in a later turn of the
 * event loop: what parts.ts leaves out, i.e. what waits meanwhile and what the collector makes of it. States are one
 * number in as many bytes as a customer's. CPU time of the process, all threads.
 *
 * node --max-semi-space-size=64 test/bench/shards.ts [events]
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { createEngine, type InputLog, type LogHandler, type ShardSession, type ShardStore } from '@holdfast/engine';
import type { KafkaMessage } from 'kafkajs';
import { partitionOf } from '../../packages/engine/src/partitioner.ts';
import { packRecords } from '../../packages/kafka/src/record-pack.ts';
import { systemClock } from '../../services/worker/src/clock.ts';
import { openFiftyRules } from './fifty-rules.ts';
import { tallyOf } from './fold-part.ts';
import { createPopulation } from './population.ts';
import { machine } from './processes.ts';

setFlagsFromString('--heap-growing-percent=100');
const EVENTS = Number(process.argv[2] ?? 800_000);
const PARTITIONS = 8;
const CUSTOMERS = 200_000;
const CYCLE = 160_000;
const FETCHED = 1_500;
const STATE_BYTES = 450;
const SLOT = 512;
/** Holds about a fifth of a shard's customers, as a worker's cache does at a million. */
const CACHE_BYTES = 3 * 1024 * 1024;
const START_MS = Date.UTC(2026, 0, 15);
const USAGE = 'telecom.usage.v1';
const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };

const { encoder, topology: customer } = openFiftyRules();
const tally = tallyOf(customer);
const topology: typeof tally = {
  ...tally,
  encode(state) {
    const bytes = Buffer.allocUnsafe(STATE_BYTES);
    bytes.writeDoubleLE(state.count);
    return bytes;
  },
};

/** What a fetch of a partition brings, over and over, with other offsets. */
const cycles = Array.from({ length: PARTITIONS }, () => ({ keys: [] as Buffer[], values: [] as Buffer[] }));
const population = createPopulation({ seed: 1, customers: CUSTOMERS, run: 'shards', isUniform: true, isSettled: true });
for (let i = 0; i < CYCLE; i++) {
  for (const event of population.next(START_MS)) {
    const key = Buffer.from(event.customerId);
    const cycle = cycles[partitionOf(key, PARTITIONS)];
    cycle?.keys.push(key);
    cycle?.values.push(encoder.encode(event));
  }
}
const responses = cycles.map(({ keys, values }) => {
  const bytes = Buffer.concat(keys.flatMap((key, i) => [key, values[i] ?? Buffer.of()]));
  const ends: number[] = [];
  let end = 0;
  for (const [i, key] of keys.entries()) {
    const middle = end + key.length;
    end = middle + (values[i]?.length ?? 0);
    ends.push(middle, end);
  }
  return { bytes, ends: Int32Array.from(ends), length: keys.length };
});

let left = EVENTS;
const target = Math.ceil(EVENTS / PARTITIONS);

function createLog() {
  const wanted = new Map<number, number>();
  const bySide = new Map<string, number>();
  let handler: LogHandler | undefined;
  let isOver = false;
  const deliver = (partition: number, from: number) => {
    const response = responses[partition];
    if (!response) return;
    const to = Math.min(limit, from + FETCHED);
    if (from >= to) return;
    const copy = Buffer.from(response.bytes.buffer, response.bytes.byteOffset, response.bytes.length);
    const messages: KafkaMessage[] = [];
    for (let offset = from; offset < to; offset++) {
      const i = offset % response.length;
      const start = i === 0 ? 0 : (response.ends[2 * i - 1] ?? 0);
      const middle = response.ends[2 * i] ?? 0;
      messages.push({
        key: copy.subarray(start, middle),
        value: copy.subarray(middle, response.ends[2 * i + 1]),
        offset: String(offset),
        timestamp: String(START_MS + Math.floor(offset / 10)),
        attributes: 0,
        headers: {},
      } as unknown as KafkaMessage);
      if (i === response.length - 1) break;
    }
    wanted.set(partition, from + messages.length);
    handler?.batch({
      topic: USAGE,
      partition,
      ...packRecords(USAGE, partition, messages),
      highWatermark: limit,
      nextOffset: from + messages.length,
    });
  };
  const loop = async () => {
    while (!isOver) {
      for (const [partition, from] of [...wanted]) deliver(partition, from);
      await nextTurn();
    }
  };
  const log: InputLog = {
    async start(given) {
      handler = given;
      handler.assigned(Array.from({ length: PARTITIONS }, (_, i) => i));
      void loop();
    },
    resumeAt(topic, partition, offset) {
      if (topic === USAGE) wanted.set(partition, offset);
      else bySide.set(`${topic}/${partition}`, offset);
    },
    pause(topic, partition) {
      if (topic === USAGE) wanted.delete(partition);
    },
    bounds: async (topic) => ({ low: 0, high: topic === USAGE ? limit : 0 }),
    clusterId: async () => 'bench',
    confirmAssignment: async () => undefined,
    reportProgress: async () => undefined,
    async close() {
      isOver = true;
    },
  };
  return log;
}

/** A slot of memory outside the heap for each customer. */
const slots = Buffer.alloc(CUSTOMERS * SLOT);
const slotOf = (id: string) => Number(id.slice(1)) * SLOT;

function sessionOf(): ShardSession {
  let frame = Buffer.alloc(1 << 20);
  const idle = {
    claim: async () => ({
      kind: 'claimed',
      meta: {
        version: 0,
        minCodec: 1,
        clusterId: 'bench',
        partitionCount: PARTITIONS,
        inputs: Object.fromEntries(topology.inputs.map((topic) => [topic, POSITION])),
        relay: POSITION,
        watermarks: {},
        attempts: 0,
      },
    }),
    async read(asked: readonly string[]) {
      const places = Int32Array.from(asked, slotOf);
      await nextTurn();
      const reply = Buffer.allocUnsafeSlow(places.length * STATE_BYTES);
      const states: (Buffer | null)[] = [];
      for (const [i, place] of places.entries()) {
        const length = slots.readUInt32LE(place);
        reply.set(slots.subarray(place + 4, place + 4 + length), i * STATE_BYTES);
        states.push(length === 0 ? null : reply.subarray(i * STATE_BYTES, i * STATE_BYTES + length));
      }
      return { kind: 'ok', states };
    },
    commit(version: number, commit: Parameters<ShardSession['commit']>[1]) {
      const places = new Int32Array(commit.states.length);
      let end = 0;
      for (const [i, { id, bytes }] of commit.states.entries()) {
        places[i] = slotOf(id);
        if (end + bytes.length > frame.length) frame = Buffer.concat([frame, frame]);
        frame.set(bytes, end);
        end += bytes.length;
      }
      return committed(version, places, Object.values(commit.inputs).length > 0);
    },
    poll: async () => ({ kind: 'ok', due: [], nextDueMs: Number.MAX_SAFE_INTEGER }),
    readOutbox: async () => ({ kind: 'ok', entries: [], length: 0 }),
    awaitDurable: async () => ({ kind: 'ok', by: 'nothing' }),
    close: async () => undefined,
  };
  const committed = async (version: number, places: Int32Array, _moved: boolean) => {
    await nextTurn();
    for (const [i, place] of places.entries()) {
      slots.writeUInt32LE(STATE_BYTES, place);
      slots.set(frame.subarray(i * STATE_BYTES, (i + 1) * STATE_BYTES), place + 4);
    }
    return { kind: 'ok', version: version + 1, outboxLength: 0 };
  };
  return idle as unknown as ShardSession;
}

let limit = 0;

async function drain(events: number, share: number): Promise<void> {
  limit = share;
  left = events;
  let done: () => void = () => undefined;
  const drained = new Promise<void>((resolve) => {
    done = resolve;
  });
  const engine = createEngine(
    {
      topology,
      log: createLog(),
      output: {} as never,
      store: { open: async () => sessionOf(), readMeta: async () => undefined } as unknown as ShardStore,
      queue: {} as never,
      clock: systemClock,
      observer: {
        phase: (_, phase, detail) => {
          if (detail) throw new Error(`${phase}: ${detail.reason} ${detail.message}`);
        },
        committed: (_, batch) => {
          left -= batch.records;
          commits += 1;
          if (left <= 0) done();
        },
        trouble: (_, code, message) => {
          if (code !== 'behind') throw new Error(`${code}: ${message}`);
        },
        configured: () => undefined,
        released: () => undefined,
      },
    },
    { partitionCount: PARTITIONS, deadLetterTopic: 'dead', cacheBytes: CACHE_BYTES },
  );
  await engine.start();
  await drained;
  await engine.close();
}

let commits = 0;
await drain(target * PARTITIONS, target);
commits = 0;
const before = process.cpuUsage();
const mainBefore = process.threadCpuUsage();
const startMs = performance.now();
await drain(target * PARTITIONS, target);
const cpu = process.cpuUsage(before);
const main = process.threadCpuUsage(mainBefore);
const micros = (cpu.user + cpu.system) / EVENTS;
const wall = performance.now() - startMs;
process.stdout.write(
  `${machine()}, ${EVENTS} events: ${micros.toFixed(2)} CPU µs per event (main ${((main.user + main.system) / EVENTS).toFixed(2)}), ${(EVENTS / commits).toFixed(0)} a commit, ${((wall * 1000) / EVENTS).toFixed(2)} µs of time, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB\n`,
);
