import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type CallbackRecord, createCallbacks } from './callbacks.ts';
import { isTaken, type Mood, moodOf, share } from './moods.ts';

/** One request as it arrived. */
export interface Arrival {
  readonly atMs: number;
  readonly channel: string;
  /** The key under which the provider counts. */
  readonly key: string;
  readonly contactId: string;
  readonly customerId: string;
  readonly kind: string;
  /** When the dispatcher says it sent it, ms. */
  readonly sentMs: number;
  readonly sendByMs: number;
  readonly mood: Mood;
}

/** What the provider saw, and what it knows of each message. */
export interface ProviderRecord {
  readonly arrivals: readonly Arrival[];
  /** Keys of the messages it has; each counts once. */
  readonly taken: ReadonlySet<string>;
  readonly callbacks: readonly CallbackRecord[];
}

export interface RecordingProvider {
  readonly url: string;
  readonly record: ProviderRecord;
  /** Resolves when every report was taken, or none was for too long. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface RecordingProviderOptions {
  /** Of its moods. */
  readonly seed: number;
  /** The channels of which it reports later, to any of these addresses; `/callbacks/{channel}` follows. */
  readonly reporting: ReadonlySet<string>;
  readonly callbackUrls: readonly string[];
  readonly token: string;
}

const SLOW_MAX_MS = 1_200;

/** A provider that writes down what it gets, at the path of its channel, and treats each request as its mood is. */
export async function startRecordingProvider(options: RecordingProviderOptions): Promise<RecordingProvider> {
  const { seed, reporting } = options;
  const arrivals: Arrival[] = [];
  const taken = new Set<string>();
  const callbacks = createCallbacks(options);
  const take = (arrival: Arrival) => {
    // A key it knows counts no more.
    if (taken.has(arrival.key)) return;
    taken.add(arrival.key);
    if (reporting.has(arrival.channel)) callbacks.begin(arrival);
  };
  const server = createServer(async (request, response) => {
    const atMs = Date.now();
    const read = await readArrival(request, atMs);
    const nth = arrivals.filter(({ key }) => key === read.key).length;
    const arrival = { ...read, mood: moodOf(seed, read.key, nth) };
    arrivals.push(arrival);
    if (isTaken(arrival.mood)) take(arrival);
    await answer(arrival, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    record: { arrivals, taken, callbacks: callbacks.records },
    settled: callbacks.settled,
    async close() {
      callbacks.giveUp();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readArrival(request: IncomingMessage, atMs: number): Promise<Omit<Arrival, 'mood'>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { timestamp, data } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  const { contactId, customerId, kind, sendBy } = data;
  return {
    ...{ atMs, channel: request.url?.slice(1) ?? '', key: String(request.headers['idempotency-key']) },
    ...{ contactId, customerId, kind, sentMs: Date.parse(timestamp), sendByMs: Date.parse(sendBy) },
  };
}

async function answer({ mood, key }: Arrival, response: ServerResponse): Promise<void> {
  const say = (status: number, headers: Record<string, string> = {}) =>
    void response.writeHead(status, headers).end(JSON.stringify({ reference: `p-${key}` }));
  switch (mood) {
    case 'takes':
    case 'lies about success':
      return say(202);
    case 'takes its time':
      await pause(SLOW_MAX_MS * share(`slow:${key}`));
      return say(202);
    case 'fails':
    case 'lies about failing':
      return say(503);
    case 'has too much':
      return say(429, { 'retry-after': '1' });
    case 'hangs up':
      return void response.destroy();
  }
}
