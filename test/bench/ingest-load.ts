import { Agent, request } from 'node:http';
import { createPopulation } from './population.ts';

/**
 * The sender of `ingest.ts`, a process of its own so that its share of the machine can be told apart. Batches are prepared
 * before the clock starts; an event's id is written into its bytes when it is sent, so that no event is sent twice.
 */
export interface Load {
  readonly url: string;
  readonly key: string;
  readonly batchEvents: number;
  /** Events per second, open loop; 0 sends as fast as answers come. */
  readonly rate: number;
  readonly connections: number;
  readonly seconds: number;
  readonly customers: number;
}

export interface LoadResult {
  readonly sent: number;
  readonly accepted: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly bytes: number;
  /** From the moment a batch was meant to be sent to its answer, ms. */
  readonly latenciesMs: readonly number[];
  readonly cpuSeconds: number;
}

const PREPARED = 40;
/** The id of an event, at a known place in the bytes of its batch. */
const ID_DIGITS = 12;
const PLACEHOLDER = '#'.repeat(ID_DIGITS);

interface Prepared {
  readonly body: Buffer;
  readonly idsAt: readonly number[];
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
const batches = prepare();
let nextId = 0;
let nextBatch = 0;
const result = { sent: 0, accepted: 0, statuses: {} as Record<string, number>, bytes: 0, latenciesMs: [] as number[] };

function prepare(): readonly Prepared[] {
  const population = createPopulation({ seed: 1, customers: load.customers, run: 'x', isSettled: true });
  return Array.from({ length: PREPARED }, () => {
    const events = Array.from({ length: load.batchEvents }, () => {
      const [event] = population.next(Date.now());
      if (event === undefined) throw new Error('the population has nothing to say');
      const { type, eventId: _, source, occurredAt, customerId, ...data } = event;
      const time = new Date(occurredAt).toISOString();
      return { specversion: '1.0', id: PLACEHOLDER, source, type, time, subject: customerId, data };
    });
    const body = Buffer.from(JSON.stringify(events));
    const idsAt: number[] = [];
    for (let at = body.indexOf(PLACEHOLDER); at >= 0; at = body.indexOf(PLACEHOLDER, at + ID_DIGITS)) idsAt.push(at);
    return { body, idsAt };
  });
}

function nextBody(): Buffer {
  const prepared = batches[nextBatch++ % batches.length];
  if (prepared === undefined) throw new Error('nothing is prepared');
  // A copy: the bytes of one that is still on its way must stay as they are.
  const body = Buffer.from(prepared.body);
  for (const at of prepared.idsAt) body.write(String(nextId++).padStart(ID_DIGITS, '0'), at, 'latin1');
  return body;
}

function post(intendedMs: number): Promise<void> {
  const body = nextBody();
  result.sent += load.batchEvents;
  result.bytes += body.length;
  const headers = {
    authorization: `Bearer ${load.key}`,
    'content-type': 'application/cloudevents-batch+json',
    'content-length': body.length,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${load.url}/v1/events`, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        result.latenciesMs.push(performance.now() - intendedMs);
        count(String(answer.statusCode), Buffer.concat(chunks).toString());
        resolve();
      });
    });
    sent.on('error', reject).end(body);
  });
}

function count(status: string, text: string): void {
  result.statuses[status] = (result.statuses[status] ?? 0) + 1;
  result.accepted += text.split('"status":"accepted"').length - 1;
}

async function openLoop(startMs: number): Promise<void> {
  const batchesPerSecond = load.rate / load.batchEvents;
  const sending: Promise<void>[] = [];
  for (let sent = 0; sent < batchesPerSecond * load.seconds; ) {
    const due = ((performance.now() - startMs) / 1_000) * batchesPerSecond;
    for (; sent < Math.min(due, batchesPerSecond * load.seconds); sent += 1) {
      sending.push(post(startMs + (sent / batchesPerSecond) * 1_000));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(sending);
}

async function closedLoop(startMs: number): Promise<void> {
  const one = async () => {
    while (performance.now() - startMs < load.seconds * 1_000) await post(performance.now());
  };
  await Promise.all(Array.from({ length: load.connections }, one));
}

const startMs = performance.now();
const cpuBefore = process.cpuUsage();
await (load.rate > 0 ? openLoop(startMs) : closedLoop(startMs));
const { user, system } = process.cpuUsage(cpuBefore);
const answer: LoadResult = {
  ...result,
  seconds: (performance.now() - startMs) / 1_000,
  cpuSeconds: (user + system) / 1e6,
};
agent.destroy();
process.stdout.write(JSON.stringify(answer));
