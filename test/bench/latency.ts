import { parseArgs } from 'node:util';
import type { EventInput } from '@holdfast/events';
import { type AlertStream, eventually, openAlertStream } from '@holdfast/testkit';
import { startSystem } from '@holdfast/testkit/system';
import { type Installation, openInstallation } from './installation.ts';
import { pause, quantile } from './measurement.ts';
import { createPopulation, customerIdOf } from './population.ts';
import { machine } from './processes.ts';

/**
 * Open loop: events come at their rate whatever the system does, and a marked one's latency counts from the moment it
 * was meant to be sent to its arrival on the feed; a sender that falls behind makes the figures worse, not better.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '15000' },
    seconds: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '10' },
    marked: { type: 'string', default: '10' },
    customers: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const plan = {
  /** Background events per second. */
  rate: Number(values.rate),
  /** Marked events per second, by each of the two ways. */
  marked: Number(values.marked),
  seconds: Number(values.seconds),
  warmupSeconds: Number(values.warmup),
  customers: Number(values.customers),
};

const TICK_MS = 5;
const PLAY = 'suspension_requested';

type Way = 'http' | 'kafka';
type System = Awaited<ReturnType<typeof startSystem>>;

interface Marked {
  readonly way: Way;
  readonly intendedMs: number;
}

/** Calls `send(from, to)` for the numbers of the events that are due, until the end. */
async function openLoop(perSecond: number, seconds: number, send: (n: number, intendedMs: number) => void) {
  const startMs = Date.now();
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(perSecond * seconds, ((Date.now() - startMs) / 1000) * perSecond);
    for (; sent < due; sent++) send(sent, startMs + (sent / perSecond) * 1000);
    await pause(TICK_MS);
  }
}

async function background({ producer }: Installation): Promise<{ refused: number }> {
  const population = createPopulation({ seed: Number(values.seed), customers: plan.customers, run: 'bg' });
  let refused = 0;
  let batch: ReturnType<typeof population.next>[number][] = [];
  const sending: Promise<void>[] = [];
  const flush = async (events: typeof batch) => {
    const outcomes = await producer.send(events);
    refused += outcomes.filter((outcome) => outcome.kind !== 'accepted').length;
  };
  await openLoop(plan.rate, plan.warmupSeconds + plan.seconds, (_, intendedMs) => {
    batch.push(...population.next(Math.floor(intendedMs)));
    if (batch.length < plan.rate / (1000 / TICK_MS)) return;
    sending.push(flush(batch));
    batch = [];
  });
  await Promise.all([...sending, flush(batch)]);
  return { refused };
}

/** Every marked event is of a customer of its own, so that no contact limit meets it. */
function request(way: Way, n: number, intendedMs: number): EventInput<'SuspensionRequested'> {
  const customerId = customerIdOf(plan.customers + 1 + 2 * n + (way === 'http' ? 1 : 0));
  const id = { eventId: `${way}-${n}`, source: 'bench-marked', occurredAt: Math.floor(intendedMs), customerId };
  return { ...id, type: 'SuspensionRequested', subscriptionId: 'line', requestId: `${way}-${n}`, reason: 'abroad' };
}

async function post(system: System, event: EventInput<'SuspensionRequested'>): Promise<void> {
  const { type, eventId, source, occurredAt, customerId, ...data } = event;
  const time = new Date(occurredAt).toISOString();
  const response = await fetch(`${system.gatewayUrl}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${system.producerKey}` },
    body: JSON.stringify({ specversion: '1.0', id: eventId, source, type, subject: customerId, time, data }),
  });
  if (response.status !== 202) throw new Error(`the gateway answers ${response.status}: ${await response.text()}`);
}

async function markedEvents(installation: Installation, system: System): Promise<ReadonlyMap<string, Marked>> {
  const sent = new Map<string, Marked>();
  const sending: Promise<unknown>[] = [];
  await pause(plan.warmupSeconds * 1000);
  await openLoop(plan.marked, plan.seconds, (n, intendedMs) => {
    const [http, kafka] = [request('http', n, intendedMs), request('kafka', n, intendedMs)];
    sent.set(http.customerId, { way: 'http', intendedMs });
    sent.set(kafka.customerId, { way: 'kafka', intendedMs });
    sending.push(post(system, http), installation.producer.send([kafka]));
  });
  await Promise.all(sending);
  return sent;
}

/** Waits until everything is folded and every contact decided has come out; nothing may be missing. */
async function everythingArrived(installation: Installation, feed: AlertStream): Promise<number> {
  await eventually('all events are folded', async () => {
    const left = await installation.backlog();
    if (left > 0) throw new Error(`${left} records are left`);
  });
  const contacts = (await installation.decisions())[`${PLAY} contact`] ?? 0;
  await eventually('every contact decided is on the feed', () => {
    const arrived = feed.alerts.filter((alert) => alert.play === PLAY).length;
    if (arrived !== contacts) throw new Error(`${arrived} of ${contacts} have arrived`);
  });
  return contacts;
}

function summary(feed: AlertStream, sent: ReadonlyMap<string, Marked>, way: Way) {
  const latencies = feed.alerts.flatMap((alert) => {
    const marked = sent.get(alert.customerId);
    return marked?.way === way ? [alert.receivedAtMs - marked.intendedMs] : [];
  });
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number) => Math.round(quantile(sorted, share));
  return { alerts: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

async function measure(installation: Installation, system: System) {
  const feed = await openAlertStream(system.gatewayUrl, system.agentKey);
  try {
    const [{ refused }, sent] = await Promise.all([background(installation), markedEvents(installation, system)]);
    const contacts = await everythingArrived(installation, feed);
    const [http, kafka] = [summary(feed, sent, 'http'), summary(feed, sent, 'kafka')];
    return { machine: machine(), ...plan, refused, sent: sent.size, contacts, http, kafka };
  } finally {
    feed.close();
  }
}

function report(result: Awaited<ReturnType<typeof measure>>): void {
  const line = (name: string, { alerts, p50Ms, p95Ms, p99Ms, maxMs }: typeof result.http) =>
    `  ${name}: p50 ${p50Ms} ms, p95 ${p95Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms (${alerts} alerts)\n`;
  process.stdout.write(
    `${result.machine}\n${plan.rate} events/s in the background for ${plan.seconds} s, ${result.refused} not accepted\n` +
      line('POST to feed', result.http) +
      line('produce to feed', result.kafka),
  );
}

const installation = await openInstallation();
try {
  const system = await startSystem(installation.stack);
  try {
    const result = await measure(installation, system);
    if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else report(result);
  } finally {
    await system.stop();
  }
} finally {
  await installation.stop();
}
