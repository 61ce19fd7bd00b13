import { Agent, request } from 'node:http';
import { pause, quantile } from './measurement.ts';

export interface Call {
  readonly path: string;
  readonly body: string;
}

export interface OpenLoop {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly perSecond: number;
  readonly seconds: number;
  /** Calls of this first time are made and not counted. */
  readonly warmupSeconds: number;
  call(index: number): Call;
  /** Looks at the answer of a call that is counted. */
  answered(status: number, body: string): void;
}

export interface Latencies {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** How late a call left behind its time at most: the generator's own share. */
  readonly latestStartMs: number;
}

const TICK_MS = 1;
const SOCKETS = 256;

/**
 * POSTs at a rate whatever the server does. A call's time counts from when it was meant to leave to the last byte of its answer:
 * one that waits behind others, in the server or here, is that much slower.
 */
export async function openLoop(loop: OpenLoop): Promise<Latencies> {
  const { perSecond, seconds, warmupSeconds } = loop;
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS, scheduling: 'lifo' });
  const total = perSecond * (warmupSeconds + seconds);
  const firstCounted = perSecond * warmupSeconds;
  const latencies: number[] = [];
  const pending = new Set<Promise<void>>();
  let latestStartMs = 0;
  const startMs = performance.now();
  for (let index = 0; index < total; ) {
    const due = Math.min(total, ((performance.now() - startMs) / 1_000) * perSecond);
    for (; index < due; index += 1) {
      const intendedMs = startMs + (index / perSecond) * 1_000;
      const isCounted = index >= firstCounted;
      if (isCounted) latestStartMs = Math.max(latestStartMs, performance.now() - intendedMs);
      const one: Promise<void> = post(loop, agent, loop.call(index)).then(({ status, body }) => {
        pending.delete(one);
        if (!isCounted) return;
        latencies.push(performance.now() - intendedMs);
        loop.answered(status, body);
      });
      pending.add(one);
    }
    await pause(TICK_MS);
  }
  await Promise.all(pending);
  agent.destroy();
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return {
    ...{ calls: sorted.length, latestStartMs },
    ...{ p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) },
  };
}

function post(
  { url, headers }: OpenLoop,
  agent: Agent,
  { path, body }: Call,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
    const call = request(url + path, { method: 'POST', agent, headers: sent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
