import { parseArgs } from 'node:util';
import { type ServiceProcess, startServiceProcess } from '@holdfast/cli';
import { type Installation, openInstallation } from './installation.ts';
import { cpuSeconds, cpuSince, pause } from './measurement.ts';
import { createPopulation } from './population.ts';
import { machine, peakRssOf } from './processes.ts';

/**
 * A backlog in the log, then one worker process folds it: how fast, at what cost. Everything runs on this machine, so
 * broker and Redis take their share of it.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    customers: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const plan = { events: Number(values.events), customers: Number(values.customers), seed: Number(values.seed) };

const BATCH_EVENTS = 2_000;
const POLL_MS = 50;
const STALLED_MS = 60_000;
const SAMPLED_CUSTOMERS = 200;

function say(text: string): void {
  if (!values.json) process.stdout.write(`${text}\n`);
}

/** Answers how many events are in the log and how many customers they are about. */
async function fillBacklog({ producer }: Installation): Promise<{ events: number; customers: number }> {
  const population = createPopulation({ ...plan, run: `p${plan.seed}` });
  let events = 0;
  while (events < plan.events) {
    const batch = [];
    while (batch.length < BATCH_EVENTS && events + batch.length < plan.events)
      batch.push(...population.next(Date.now()));
    const outcomes = await producer.send(batch);
    const failed = outcomes.find((outcome) => outcome.kind !== 'accepted');
    if (failed) throw new Error(`an event was not appended: ${JSON.stringify(failed)}`);
    events += batch.length;
  }
  return { events, customers: population.met };
}

async function drain(installation: Installation, worker: ServiceProcess): Promise<number> {
  const startMs = performance.now();
  let left = await installation.backlog();
  let movedMs = startMs;
  while (left > 0) {
    const nowLeft = await Promise.race([pause(POLL_MS).then(installation.backlog), worker.ended]);
    if (nowLeft === null || worker.pid === 0) throw new Error(`the worker ended; its log is in ${installation.logDir}`);
    if (nowLeft < left) movedMs = performance.now();
    if (performance.now() - movedMs > STALLED_MS) throw new Error(`${nowLeft} records are left and nothing moves`);
    left = nowLeft;
  }
  return (performance.now() - startMs) / 1000;
}

/** What a customer takes in Redis: his state and entry in the timer index as Redis counts them, and everything divided. */
async function redisFigures(installation: Installation, usedBefore: number) {
  const entities = await sum(installation.shards.map((shard) => installation.store.countEntities(shard)));
  const keys = await sampledKeys(installation);
  const sizes = await Promise.all(keys.map((key) => installation.redis(['MEMORY', 'USAGE', key])));
  const lengths = await Promise.all(keys.map((key) => installation.redis(['STRLEN', key])));
  const mean = (numbers: readonly string[]) => numbers.reduce((total, n) => total + Number(n), 0) / numbers.length;
  return {
    entities,
    bytesPerCustomer: Math.round(((await usedMemory(installation)) - usedBefore) / entities),
    stateKeyBytes: Math.round(mean(sizes)),
    stateBytes: Math.round(mean(lengths)),
  };
}

async function sampledKeys({ redis }: Installation): Promise<string[]> {
  const found = await redis(['SCAN', '0', 'MATCH', '*:s:*', 'COUNT', String(SAMPLED_CUSTOMERS * 5)]);
  return found
    .split('\n')
    .filter((line) => line.includes(':s:'))
    .slice(0, SAMPLED_CUSTOMERS);
}

async function usedMemory({ redis }: Installation): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis(['INFO', 'memory']))?.[1] ?? Number.NaN);
}

async function sum(numbers: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(numbers)).reduce((total, n) => total + n, 0);
}

async function measure(installation: Installation) {
  const usedBefore = await usedMemory(installation);
  say(`appending ${plan.events} events about ${plan.customers} customers …`);
  const filled = await fillBacklog(installation);
  const { environment, logDir } = installation;
  const worker = await startServiceProcess('worker', { environment, logDir });
  try {
    say('draining …');
    const before = cpuSeconds(installation, worker.pid);
    const seconds = await drain(installation, worker);
    const cpu = cpuSince(before, cpuSeconds(installation, worker.pid));
    await outboxesEmpty(installation);
    return {
      machine: machine(),
      redisVersion: /redis_version:(\S+)/.exec(await installation.redis(['INFO', 'server']))?.[1] ?? '',
      ...filled,
      seconds,
      eventsPerSecond: Math.round(filled.events / seconds),
      cpuSeconds: cpu,
      workerCpuMicrosPerEvent: (cpu.worker / filled.events) * 1e6,
      redisCpuMicrosPerEvent: cpu.redis === undefined ? undefined : (cpu.redis / filled.events) * 1e6,
      workerPeakRssMb: Math.round(peakRssOf(worker.pid) / 2 ** 20),
      redis: await redisFigures(installation, usedBefore),
      decisions: await installation.decisions(),
      deadLetters: await installation.deadLetters(),
    };
  } finally {
    await worker.stop();
  }
}

/** Decisions leave after they were committed; their messages must not count as customers' memory. */
async function outboxesEmpty(installation: Installation): Promise<void> {
  const endMs = performance.now() + STALLED_MS;
  while ((await sum(installation.shards.map((shard) => installation.store.outboxLength(shard)))) > 0) {
    if (performance.now() > endMs) throw new Error('the outboxes do not empty');
    await pause(POLL_MS);
  }
}

function report(result: Awaited<ReturnType<typeof measure>>): void {
  const { cpuSeconds: cpu, redis } = result;
  say(`${result.machine}, Redis ${result.redisVersion}`);
  say(`${result.events} events about ${result.customers} customers, one worker process`);
  say(`  ${result.eventsPerSecond} events/s (${result.seconds.toFixed(1)} s)`);
  say(`  CPU seconds: worker ${text(cpu.worker)}, broker ${text(cpu.broker)}, Redis ${text(cpu.redis)}`);
  say(
    `  CPU µs per event: worker ${text(result.workerCpuMicrosPerEvent)}, Redis ${text(result.redisCpuMicrosPerEvent)}`,
  );
  say(`  worker memory at its peak: ${result.workerPeakRssMb} MB`);
  say(
    `  Redis: ${redis.bytesPerCustomer} B per customer in all, ${redis.stateKeyBytes} B a state key, ${redis.stateBytes} B a state`,
  );
  say(`  decisions: ${JSON.stringify(result.decisions)}, dead letters: ${result.deadLetters}`);
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
