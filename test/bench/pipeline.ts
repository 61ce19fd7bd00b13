import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appendArrivals, appendHappenings } from './backlog.ts';
import { type Drained, drainBacklog } from './drain.ts';
import { consumeFloor, type Floor, storeFloor } from './floors.ts';
import { type Installation, openInstallation } from './installation.ts';
import { machine } from './processes.ts';
import { redisFigures, usedMemory } from './redis-figures.ts';
import { STAGES, stageShares } from './stages.ts';

/**
 * A backlog in the log, then workers fold it: how fast, at what cost. Everything runs on this machine, so broker and
 * Redis take their share of it.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    customers: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    /** Everybody equally often. */
    uniform: { type: 'boolean', default: false },
    /** All customers are registered, and folded, before the clock starts; a worker with an empty cache does the rest. */
    settled: { type: 'boolean', default: false },
    /** A folder of policy files instead of the default pack. */
    policy: { type: 'string' },
    /** Samples the worker's CPU use and tells the stages apart; costs a tenth of the speed. */
    stages: { type: 'boolean', default: false },
    floors: { type: 'boolean', default: false },
    /** Where profiles of the worker go, to be looked at; default: thrown away after counting. */
    profiles: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const plan = {
  events: Number(values.events),
  customers: Number(values.customers),
  seed: Number(values.seed),
  isUniform: values.uniform,
  isSettled: values.settled,
};
const workers = Number(values.workers);

function say(text: string): void {
  if (!values.json) process.stdout.write(`${text}\n`);
}

async function measure(installation: Installation) {
  const usedBefore = await usedMemory(installation);
  const profileDir = values.stages ? (values.profiles ?? join(installation.logDir, 'profiles')) : undefined;
  const options = { workers, policyDir: values.policy };
  if (plan.isSettled) {
    say(`registering ${plan.customers} customers …`);
    await appendArrivals(installation, plan);
    await drainBacklog(installation, { ...options, profileDir: undefined });
  }
  say(`appending ${plan.events} events about ${plan.customers} customers …`);
  const filled = await appendHappenings(installation, plan);
  say('draining …');
  if (profileDir !== undefined) mkdirSync(profileDir, { recursive: true });
  const drained = await drainBacklog(installation, { ...options, profileDir });
  const redis = await redisFigures(installation, usedBefore);
  const decisions = await installation.decisions();
  const deadLetters = await installation.deadLetters();
  return {
    machine: machine(),
    redisVersion: /redis_version:(\S+)/.exec(await installation.redis(['INFO', 'server']))?.[1] ?? '',
    ...filled,
    workers,
    eventsPerSecond: Math.round(filled.events / drained.seconds),
    cpuMicros: perEvent(drained, filled.events),
    ...drained,
    stages: profileDir === undefined ? undefined : stageShares(profileDir),
    redis,
    decisions,
    deadLetters,
    floors: values.floors
      ? {
          consume: await consumeFloor(installation, filled.events),
          store: await storeFloor(installation, Math.min(filled.customers, 200_000), redis.stateBytes),
        }
      : undefined,
  };
}

function perEvent({ cpuSeconds }: Drained, events: number) {
  const micros = (seconds: number | undefined) => (seconds === undefined ? undefined : (seconds / events) * 1e6);
  return { worker: micros(cpuSeconds.worker), redis: micros(cpuSeconds.redis), broker: micros(cpuSeconds.broker) };
}

type Result = Awaited<ReturnType<typeof measure>>;

function report(result: Result): void {
  const { cpuMicros: cpu, redis, stages, floors } = result;
  say(`${result.machine}, Redis ${result.redisVersion}`);
  say(`${result.events} events about ${result.customers} customers, worker processes: ${result.workers}`);
  say(`  ${result.eventsPerSecond} events/s (${result.seconds.toFixed(1)} s)`);
  say(`  CPU µs per event: worker ${text(cpu.worker)}, broker ${text(cpu.broker)}, Redis ${text(cpu.redis)}`);
  if (stages) {
    const parts = STAGES.filter((stage) => stage !== 'idle').map(
      (stage) => `${stage} ${text(stages[stage] * (cpu.worker ?? Number.NaN))}`,
    );
    say(`  of the worker's: ${parts.join(', ')}`);
  }
  say(`  worker memory at its peak: ${result.peakRssBytes.map((bytes) => Math.round(bytes / 2 ** 20)).join(', ')} MB`);
  say(
    `  Redis: ${redis.bytesPerCustomer} B per customer in all, ${redis.stateKeyBytes} B a state key, ${redis.stateBytes} B a state`,
  );
  say(`  decisions: ${JSON.stringify(result.decisions)}, dead letters: ${result.deadLetters}`);
  if (floors) {
    say(`  floor, kafkajs eachBatch that only counts: ${floorText(floors.consume)}`);
    say(`  floor, MGET + MSET of as many bytes: ${floorText(floors.store)}`);
  }
}

function floorText({ perSecond, clientCpuMicros, serverCpuMicros }: Floor): string {
  return `${perSecond}/s, CPU µs: client ${text(clientCpuMicros)}, server ${text(serverCpuMicros)}`;
}

function text(number: number | undefined): string {
  return number === undefined ? 'unknown' : number.toFixed(1);
}

const installation = await openInstallation();
try {
  const result = await measure(installation);
  report(result);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await installation.stop();
}
