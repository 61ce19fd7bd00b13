import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AlertStreamOptions, type StreamEnd, type StreamedAlert, streamAlerts } from './alert-stream.ts';
import { PROBLEMS, sendProblem } from './problem.ts';

export interface AlertSource {
  /** Alerts after this id as they come, until the signal aborts. */
  tail(options: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<StreamedAlert>;
  /** Id of the newest alert. */
  lastId(): Promise<string>;
  isAlertId(text: string): boolean;
}

export interface AlertsRouteDeps {
  readonly source: AlertSource;
  /** Told how the stream of a listener ended. */
  ended(why: StreamEnd): void;
}

export interface AlertsRouteOptions extends AlertStreamOptions {
  readonly maxListeners: number;
}

export interface AlertListeners {
  count(): number;
  /** Ends all streams; listeners come back, here or elsewhere, with their last id. */
  close(): void;
}

const BUSY_RETRY_SECONDS = 5;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  /** Asks proxies not to hold alerts back. */
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/**
 * `GET /v1/alerts` as server-sent events. `Last-Event-ID`, or `?lastEventId=` for tools that cannot set headers, replays
 * everything after that alert; without it the stream begins with the next one.
 */
export function alertsRoute(app: FastifyInstance, deps: AlertsRouteDeps, options: AlertsRouteOptions): AlertListeners {
  const closing = new AbortController();
  let listeners = 0;
  app.get('/v1/alerts', async (request, reply) => {
    const given = lastEventId(request);
    if (given !== undefined && !deps.source.isAlertId(given)) return sendProblem(reply, PROBLEMS.badEventId);
    if (listeners >= options.maxListeners || closing.signal.aborted) {
      return sendProblem(reply, PROBLEMS.tooManyListeners, BUSY_RETRY_SECONDS);
    }
    listeners += 1;
    try {
      const after = given ?? (await startNow(deps.source));
      if (after === undefined) return sendProblem(reply, PROBLEMS.feedAway, BUSY_RETRY_SECONDS);
      reply.hijack();
      reply.raw.writeHead(200, HEADERS);
      const alerts = (signal: AbortSignal) => deps.source.tail({ after, signal });
      deps.ended(await streamAlerts(reply.raw, alerts, closing.signal, options));
      return reply;
    } finally {
      listeners -= 1;
    }
  });
  return { count: () => listeners, close: () => closing.abort() };
}

/** The header wins: a browser that reconnects sets it while the address keeps the older id. */
function lastEventId(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  if (typeof header === 'string' && header !== '') return header;
  const query = (request.query as Readonly<Record<string, unknown>>).lastEventId;
  if (query === undefined) return undefined;
  return typeof query === 'string' ? query : '';
}

/** The position is fixed before the first byte, so that no alert falls between the answer and the stream. */
async function startNow(source: AlertSource): Promise<string | undefined> {
  try {
    return await source.lastId();
  } catch {
    return undefined;
  }
}
