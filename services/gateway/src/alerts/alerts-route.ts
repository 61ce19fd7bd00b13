import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Face } from '../http/face.ts';
import { PROBLEM, PROBLEMS, sendProblem } from '../http/problem.ts';
import type { Authenticate, Principal } from '../security/principal.ts';
import type { SightOf } from '../security/sight.ts';
import { stillStands } from '../security/still-stands.ts';
import { type AlertSource, createAlertBoard } from './alert-board.ts';
import { ALERT_FILTER, type AlertFilter, type AlertPlace, filterKey, passes } from './alert-filter.ts';
import { resetFrame } from './alert-frame.ts';
import { type AlertStreamOptions, type StreamEnd, streamAlerts } from './alert-stream.ts';

export interface AlertsDeps {
  readonly source: AlertSource;
  readonly sightOf: SightOf;
  readonly authenticate: Authenticate;
  /** Told how the stream of a listener ended. */
  ended(why: StreamEnd): void;
}

export interface AlertsOptions extends AlertStreamOptions {
  readonly maxListeners: number;
  /** Whether a listener would still be let in is looked at so often, ms. */
  readonly recheckMs: number;
}

export interface AlertsFace extends Face {
  /** Open streams. */
  listeners(): number;
}

/** Alerts kept in memory for listeners that are a little behind, and how long new ones wait for each other. */
const BOARD = { keep: 2_000, gatherMs: 10 };
/** Whoever asks for everything that is kept knows that it may not be everything that was. */
const FROM_THE_OLDEST = '0-0';
const BUSY_RETRY_SECONDS = 5;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  /** Asks proxies not to hold alerts back. */
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

const QUERY = ALERT_FILTER.extend({
  lastEventId: z
    .string()
    .max(40)
    .optional()
    .describe(
      'In place of the header Last-Event-ID, for tools that cannot set it. `0-0`: from the oldest that is kept.',
    ),
});

const SCHEMA = {
  tags: ['Alerts'],
  summary: 'Alerts as they are raised, as server-sent events',
  description:
    'Begins with the next alert, or after `Last-Event-ID`. Events: `alert` with the alert as JSON; `reset` when alerts after the id ' +
    'you sent are no longer kept, then what is kept. A heartbeat carries an id alone. Names of the query narrow the feed.',
  querystring: QUERY,
  headers: z.object({ 'last-event-id': z.string().max(40).optional() }),
  response: {
    200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
    400: PROBLEM.describe('A filter or the id cannot be used'),
    503: PROBLEM.describe('Too many listeners, or the feed cannot be read now'),
  },
} as const;

type AlertsRequest = FastifyRequest<{ Querystring: z.output<typeof QUERY> }>;

/** `GET /v1/alerts` as server-sent events. */
export function alertsFace(deps: AlertsDeps, options: AlertsOptions): AlertsFace {
  const closing = new AbortController();
  const board = createAlertBoard(deps.source, BOARD);
  let listeners = 0;
  const serve = async (request: AlertsRequest, reply: FastifyReply) => {
    const given = lastEventId(request);
    if (given !== undefined && !deps.source.isAlertId(given)) return sendProblem(reply, PROBLEMS.badEventId);
    if (listeners >= options.maxListeners || closing.signal.aborted) {
      return sendProblem(reply, PROBLEMS.tooManyListeners, BUSY_RETRY_SECONDS);
    }
    listeners += 1;
    try {
      const start = await board.ready().then(
        () => startOf(deps.source, given, board.head()),
        () => undefined,
      );
      if (start === undefined) return sendProblem(reply, PROBLEMS.feedAway, BUSY_RETRY_SECONDS);
      reply.hijack();
      reply.raw.writeHead(200, HEADERS);
      deps.ended(await stream(request, reply, start));
      return reply;
    } finally {
      listeners -= 1;
    }
  };
  const stream = async (request: AlertsRequest, reply: FastifyReply, start: Start): Promise<StreamEnd> => {
    const refusal = new AbortController();
    const recheck = setInterval(async () => {
      if (!(await stillStands(request, deps.authenticate))) refusal.abort();
    }, options.recheckMs);
    try {
      const signal = AbortSignal.any([closing.signal, refusal.signal]);
      const asked = { ...start, ...viewOf(request, deps.sightOf) };
      const end = await streamAlerts(reply.raw, { board, source: deps.source }, asked, { ...options, signal });
      return end === 'closed' && refusal.signal.aborted ? 'refused' : end;
    } finally {
      clearInterval(recheck);
    }
  };
  return {
    name: 'alerts',
    routes: (app) => void app.get('/v1/alerts', { schema: SCHEMA }, serve),
    listeners: () => listeners,
    // Listeners come back, here or elsewhere, with their last id.
    close() {
      closing.abort();
      board.close();
    },
  };
}

/** The header wins: a browser that reconnects sets it while the address keeps the older id. */
function lastEventId({ headers, query }: AlertsRequest): string | undefined {
  const header = headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : query.lastEventId;
}

interface Start {
  readonly after: string;
  readonly first?: Buffer;
}

/** Where the stream begins. An id beyond the feed is of a feed that was wiped: that one begins anew as well. */
async function startOf(source: AlertSource, given: string | undefined, head: string): Promise<Start | undefined> {
  if (given === undefined) return { after: head };
  if (given === FROM_THE_OLDEST) return { after: given };
  try {
    const [oldest = FROM_THE_OLDEST, newest] = await Promise.all([source.firstId(), source.lastId()]);
    const isKept = source.compareIds(oldest, given) <= 0 && source.compareIds(given, newest) <= 0;
    if (isKept) return { after: given };
    return { after: FROM_THE_OLDEST, first: resetFrame(FROM_THE_OLDEST, oldest) };
  } catch {
    return undefined;
  }
}

function viewOf({ query, principal }: AlertsRequest, sightOf: SightOf) {
  const filter: AlertFilter = query;
  if (principal === null) throw new Error('the alert feed was reached without a principal');
  const sight = sightOf(principal);
  return {
    audience: filterKey(filter) + sightKey(principal),
    sees: (place: AlertPlace) => passes(place, filter) && sight.work(place),
  };
}

/** Who is bound to no desk sees what all see; the others may have customers of their own. */
function sightKey({ id, desks }: Principal): string {
  return desks === undefined ? '' : JSON.stringify(id);
}
