import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ServiceProcess, startServiceProcess } from '@holdfast/cli';
import type { EventInput } from '@holdfast/events';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { createContactQueue, type WatchableContactQueue } from '@holdfast/queue';
import { drainBacklog } from './drain.ts';
import { type Installation, openInstallation } from './installation.ts';
import { pause } from './measurement.ts';
import { cpuSecondsOf, machine, peakRssOf } from './processes.ts';
import { usedMemory } from './redis-figures.ts';

/**
 * Released contacts, decided by a real worker, and a dispatcher that delivers them: to the work list, then to a webhook
 * on this machine. Then one that starts before many contacts whose time is far: what it and Redis hold.
 */
const { values } = parseArgs({
  options: {
    contacts: { type: 'string', default: '30000' },
    waiting: { type: 'string', default: '200000' },
    concurrency: { type: 'string', default: '128' },
    /** The dispatcher samples its own CPU use and leaves a profile here. */
    profiles: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const CHANNEL = 'call-centre';
const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BATCH = 5_000;
const POLL_MS = 50;
const HOUR_MS = 3_600_000;

function say(text: string): void {
  if (!values.json) process.stdout.write(`${text}\n`);
}

/** Customers who ask for a suspension; the worker decides and releases most of them. */
async function decideContacts(installation: Installation, count: number): Promise<void> {
  const run = randomUUID().slice(0, 8);
  for (let from = 0; from < count; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, count - from) }, (_, index) => `b-${run}-${from + index}`);
    const outcomes = await installation.producer.send(ids.flatMap(eventsOf));
    if (outcomes.some(({ kind }) => kind !== 'accepted')) throw new Error('an event was not taken');
  }
  await drainBacklog(installation, { workers: 1, policyDir: policyWithoutSeats(), profileDir: undefined });
}

/** The default policy, but a desk that never has its hands full: what waits for a seat would be no delivery. */
function policyWithoutSeats(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  const file = join(dir, 'market.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/, capacity: \{[^}]*\}/, ''));
  return dir;
}

function eventsOf(customerId: string): EventInput<'CustomerRegistered' | 'SuspensionRequested'>[] {
  const occurredAt = Date.now();
  const base = { source: 'bench', occurredAt, customerId };
  return [
    {
      ...{ ...base, type: 'CustomerRegistered', eventId: `r-${customerId}` },
      ...{ language: 'en', timeZone: 'UTC', tier: '', birthYear: null, birthDate: null, city: '' },
    },
    {
      ...{ ...base, type: 'SuspensionRequested', eventId: `s-${customerId}` },
      ...{ subscriptionId: 'l-1', requestId: customerId, channel: 'online', reason: 'price', effectiveAt: null },
    },
  ];
}

async function dispatcherOf(installation: Installation, plan: string, label: string): Promise<ServiceProcess> {
  const path = join(installation.logDir, `${label}.yaml`);
  writeFileSync(path, `channels: { ${CHANNEL}: { ${plan}, concurrency: ${values.concurrency} } }\n`);
  const profiling = `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${values.profiles}`;
  const environment = {
    ...installation.environment,
    HOLDFAST_CHANNELS_FILE: path,
    HOLDFAST_CALLBACK_PORT: '0',
    BENCH_SECRET: SECRET,
    ...(values.profiles !== undefined && { NODE_OPTIONS: profiling }),
  };
  return startServiceProcess('dispatcher', { environment, logDir: installation.logDir, label });
}

/** From the first contact finished to the last: what a dispatcher takes to start is not counted. */
async function deliver(installation: Installation, queue: WatchableContactQueue, plan: string, label: string) {
  const before = await queue.counts(CHANNEL);
  const due = before.waiting + before.delayed;
  const dispatcher = await dispatcherOf(installation, plan, label);
  const { redis, broker } = installation.pids;
  const cpus = () => [dispatcher.pid, redis, broker].map((pid) => cpuSecondsOf(pid) ?? 0);
  const start = { ms: performance.now(), cpus: cpus(), done: (await queue.counts(CHANNEL)).completed };
  let counts = await queue.counts(CHANNEL);
  while (counts.completed - before.completed < due) {
    await Promise.race([pause(POLL_MS), dispatcher.ended.then(ended)]);
    counts = await queue.counts(CHANNEL);
  }
  const seconds = (performance.now() - start.ms) / 1_000;
  const delivered = counts.completed - start.done;
  const [own = 0, redisCpu = 0, brokerCpu = 0] = cpus().map((cpu, index) => cpu - (start.cpus[index] ?? 0));
  const micros = (cpu: number) => Math.round((cpu / delivered) * 1e6);
  const peakRssMb = Math.round(peakRssOf(dispatcher.pid) / 2 ** 20);
  await dispatcher.stop();
  return {
    delivered,
    perSecond: Math.round(delivered / seconds),
    cpuMicros: { dispatcher: micros(own), redis: micros(redisCpu), broker: micros(brokerCpu) },
    peakRssMb,
  };
}

function ended(): never {
  throw new Error('the dispatcher ended');
}

async function webhookReceiver() {
  const keys = new Set<string>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    keys.add(String(request.headers['idempotency-key']));
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, counts: () => ({ requests, contacts: keys.size }), close };
}

/** Contacts whose time is far: what Redis holds per contact, and whether the dispatcher grows with them. */
async function wait(installation: Installation, queue: WatchableContactQueue, count: number) {
  const idle = await restingMemory(installation, 'empty');
  const before = await usedMemory(installation);
  const sendAt = Date.now() + HOUR_MS;
  for (let from = 0; from < count; from += BATCH) {
    const jobs = Array.from({ length: Math.min(BATCH, count - from) }, () => {
      const contactId = `c${randomUUID()}`;
      return { channel: CHANNEL, contactId, entityId: contactId, sendAt, sendBy: sendAt + HOUR_MS };
    });
    await queue.add(jobs);
  }
  const bytesPerContact = Math.round(((await usedMemory(installation)) - before) / count);
  const beforeMany = await restingMemory(installation, 'many');
  return { waiting: count, redisBytesPerContact: bytesPerContact, dispatcherRssMb: { idle, beforeMany } };
}

/** A dispatcher's peak after five seconds with nothing due, MB. */
async function restingMemory(installation: Installation, label: string): Promise<number> {
  const dispatcher = await dispatcherOf(installation, 'adapter: work-list', label);
  await pause(5_000);
  const rssMb = Math.round(peakRssOf(dispatcher.pid) / 2 ** 20);
  await dispatcher.stop();
  return rssMb;
}

const installation = await openInstallation();
const queue = createContactQueue({ url: installation.stack.redisUrl, channels: [CHANNEL] });
const receiver = await webhookReceiver();
try {
  say('deciding contacts for the work list …');
  await decideContacts(installation, Number(values.contacts));
  const workList = await deliver(installation, queue, 'adapter: work-list', 'work-list');
  say('deciding contacts for the webhook …');
  await decideContacts(installation, Number(values.contacts));
  const plan = `adapter: webhook, url: '${receiver.url}', allowPrivate: true, secrets: [{ env: BENCH_SECRET }]`;
  const webhook = { ...(await deliver(installation, queue, plan, 'webhook')), received: receiver.counts() };
  const waiting = Number(values.waiting) > 0 ? await wait(installation, queue, Number(values.waiting)) : undefined;
  const load = loadavg().map((one) => Math.round(one * 10) / 10);
  process.stdout.write(`${JSON.stringify({ machine: machine(), load, workList, webhook, waiting }, null, 2)}\n`);
} finally {
  receiver.close();
  await queue.close();
  await installation.stop();
}
