import type { ServerResponse } from 'node:http';

export interface StreamedAlert {
  readonly id: string;
  readonly json: string;
}

export interface AlertStreamOptions {
  /** A comment is sent so often, so that proxies and listeners see the stream is alive, ms. */
  readonly heartbeatMs: number;
  /** A listener that has not taken what was written for so long is dropped, ms. */
  readonly slowMs: number;
}

/** Why a stream ended. */
export type StreamEnd = 'left' | 'slow' | 'closed' | 'failed';

/** How long an agent's tool waits before it comes back, ms; told to it at the start. */
const RECONNECT_MS = 1_000;

/**
 * Writes alerts to one listener as server-sent events until he leaves, is too slow, or `signal` aborts. At most one
 * alert waits beyond the socket's own buffer: the next is taken from the feed only when the last was taken from us. A
 * dropped listener comes back with the id of the last alert he has and misses nothing.
 */
export async function streamAlerts(
  response: ServerResponse,
  alerts: (signal: AbortSignal) => AsyncIterable<StreamedAlert>,
  signal: AbortSignal,
  options: AlertStreamOptions,
): Promise<StreamEnd> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const ended = AbortSignal.any([signal, left.signal]);
  const heartbeat = setInterval(() => {
    // A listener who is behind gets no heartbeat on top.
    if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
  }, options.heartbeatMs);
  try {
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    for await (const alert of alerts(ended)) {
      if (ended.aborted) break;
      if (response.write(frameOf(alert))) continue;
      if (!(await drained(response, ended, options.slowMs))) return 'slow';
    }
    return left.signal.aborted ? 'left' : 'closed';
  } catch {
    return 'failed';
  } finally {
    clearInterval(heartbeat);
    // Destroyed rather than ended: the rest of a slow listener's buffer would never leave.
    response.destroy();
  }
}

/** Data is one line of JSON, so one `data:` field is enough. */
function frameOf(alert: StreamedAlert): string {
  return `id: ${alert.id}\nevent: alert\ndata: ${alert.json}\n\n`;
}

/** False when the listener took nothing in time. */
function drained(response: ServerResponse, ended: AbortSignal, slowMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (inTime: boolean) => () => {
      clearTimeout(timer);
      response.off('drain', onDrain);
      ended.removeEventListener('abort', onDrain);
      resolve(inTime);
    };
    const onDrain = finish(true);
    const timer = setTimeout(finish(false), slowMs);
    response.once('drain', onDrain);
    ended.addEventListener('abort', onDrain, { once: true });
    if (ended.aborted) onDrain();
  });
}
