import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CUSTOMER_INPUTS } from '@holdfast/events';
import { Kafka, logLevel } from 'kafkajs';
import type { Installation } from './installation.ts';
import { cpuSecondsOf } from './processes.ts';

/** What the parts can do when nothing is made of the events, measured in this process. */
export interface Floor {
  readonly perSecond: number;
  readonly clientCpuMicros: number;
  readonly serverCpuMicros: number | undefined;
}

/** The log through kafkajs' `eachBatch`, counted and nothing else, with the group settings a worker has. */
export async function consumeFloor({ stack, pids }: Installation, records: number): Promise<Floor> {
  const kafka = new Kafka({ brokers: [...stack.brokers], clientId: 'holdfast-floor', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'holdfast-floor', maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...CUSTOMER_INPUTS], fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  let watch: ReturnType<typeof stopwatch> | undefined;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    watch = stopwatch(pids.broker);
  });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      seen += batch.messages.length;
      if (seen >= records) resolve();
    },
  });
  await promise;
  const floor = watch?.(seen);
  await consumer.disconnect();
  if (!floor) throw new Error('nothing was consumed');
  return floor;
}

const BATCH_STATES = 1_000;

/** One MGET and one MSET of so many states of so many bytes over one bare socket, prepared beforehand. */
export async function storeFloor({ stack, pids }: Installation, states: number, stateBytes: number): Promise<Floor> {
  const { hostname, port } = new URL(stack.redisUrl);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const value = 'x'.repeat(stateBytes);
  const rounds = Array.from({ length: Math.ceil(states / BATCH_STATES) }, (_, round) => {
    const keys = Array.from({ length: BATCH_STATES }, (_, i) => `floor:${round * BATCH_STATES + i}`);
    return Buffer.concat([command(['MGET', ...keys]), command(['MSET', ...keys.flatMap((key) => [key, value])])]);
  });
  // The second time over, every key is there: that is the one measured.
  for (const round of rounds) await answered(socket, round);
  const watch = stopwatch(pids.redis);
  for (const round of rounds) await answered(socket, round);
  const floor = watch(rounds.length * BATCH_STATES);
  for (let from = 0; from < states; from += BATCH_STATES) {
    socket.write(command(['UNLINK', ...Array.from({ length: BATCH_STATES }, (_, i) => `floor:${from + i}`)]));
    await once(socket, 'data');
  }
  socket.destroy();
  return floor;
}

function command(words: readonly string[]): Buffer {
  return Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
}

/** The round ends with MSET's answer; no value of ours ends like it. */
async function answered(socket: Socket, round: Buffer): Promise<void> {
  socket.write(round);
  for (;;) {
    const [chunk]: Buffer[] = await once(socket, 'data');
    if (chunk?.subarray(-5).toString('latin1') === '+OK\r\n') return;
  }
}

function stopwatch(serverPid: number | undefined): (count: number) => Floor {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const serverCpu = cpuSecondsOf(serverPid);
  return (count) => {
    const { user, system } = process.cpuUsage(cpu);
    const server = cpuSecondsOf(serverPid);
    return {
      perSecond: Math.round((count / (performance.now() - startMs)) * 1000),
      clientCpuMicros: (user + system) / count,
      serverCpuMicros:
        server === undefined || serverCpu === undefined ? undefined : ((server - serverCpu) / count) * 1e6,
    };
  };
}
