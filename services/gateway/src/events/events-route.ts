import { fromHttp, type HttpEvents, type HttpHeaders } from '@holdfast/events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Face, HttpApp } from '../http/face.ts';
import { PROBLEMS, type Problem, sendProblem } from '../http/problem.ts';
import { createAdmission } from './admission.ts';
import { decodedBody } from './event-body.ts';
import { type EventResult, refused } from './event-intake.ts';
import { EVENTS_SCHEMA, MAX_BATCH, withBodies } from './events-schema.ts';

export interface EventsDeps {
  take(events: readonly unknown[]): Promise<readonly EventResult[]>;
  /** Told the results of a request. */
  counted(results: readonly EventResult[]): void;
  /** When it is worth while to send again. */
  readonly retry: { busySeconds(): number; awaySeconds(): number };
}

export interface EventsOptions {
  /** Of one body, before and after inflating. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Of all bodies that are being taken. Default 32 MiB. */
  readonly maxBytesUnderWay?: number;
}

const MAX_BODY_BYTES = 1_048_576;
const MAX_BYTES_UNDER_WAY = 32 * MAX_BODY_BYTES;

/**
 * `POST /v1/events`. One event: 202, 422, 429 or 503 with its result. A batch: 200 with the results in order, or 429 or 503
 * with them when some could not be appended: those, and only those, are to be sent again.
 */
export function eventsFace(deps: EventsDeps, options: EventsOptions = {}): Face {
  return { name: 'events', routes: (app) => eventsRoute(app, deps, options) };
}

function eventsRoute(app: HttpApp, deps: EventsDeps, options: EventsOptions): void {
  const { maxBodyBytes = MAX_BODY_BYTES, maxBytesUnderWay = MAX_BYTES_UNDER_WAY } = options;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) =>
    done(null, body),
  );
  admitBodies(app, deps, { maxBodyBytes, maxBytesUnderWay });
  const route = { schema: EVENTS_SCHEMA, config: { swaggerTransform: withBodies } };
  app.post('/v1/events', route, async (request, reply) => {
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    const decoded = await decodedBody(body, request.headers['content-encoding'], maxBodyBytes);
    if (decoded.kind === 'problem') return refuse(reply, decoded.problem);
    return answer(reply, fromHttp(headersOf(request), decoded.body), deps);
  });
}

/** Before a body is read: it takes its place among those under way until its answer has left or its sender has. */
function admitBodies(app: HttpApp, { retry }: EventsDeps, options: Required<EventsOptions>): void {
  const admission = createAdmission(options.maxBytesUnderWay);
  app.addHook('onRequest', async (request, reply) => {
    const bytes = expectedBytes(request, options.maxBodyBytes);
    if (!admission.enter(bytes)) return sendProblem(reply, PROBLEMS.busy, retry.busySeconds());
    reply.raw.once('close', () => admission.leave(bytes));
    return undefined;
  });
}

/** Each header with all its values: the server joins those of a header that was sent twice, and an id would be two. */
function headersOf({ raw }: FastifyRequest): HttpHeaders {
  const headers: Record<string, string[]> = Object.create(null);
  for (let at = 0; at + 1 < raw.rawHeaders.length; at += 2) {
    const name = (raw.rawHeaders[at] ?? '').toLowerCase();
    headers[name] = [...(headers[name] ?? []), raw.rawHeaders[at + 1] ?? ''];
  }
  return headers;
}

/** A body in chunks or compressed may be as large as any. */
function expectedBytes({ headers }: FastifyRequest, maxBodyBytes: number): number {
  const length = Number(headers['content-length'] ?? maxBodyBytes);
  return headers['content-encoding'] === undefined && length <= maxBodyBytes ? length : maxBodyBytes;
}

async function answer(reply: FastifyReply, read: HttpEvents, deps: EventsDeps): Promise<FastifyReply> {
  switch (read.kind) {
    case 'single':
      return answerSingle(reply, (await taken([read.event], deps))[0], deps);
    case 'batch':
      if (read.events.length > MAX_BATCH) return sendProblem(reply, PROBLEMS.tooManyEvents);
      return answerBatch(reply, await taken(read.events, deps), deps);
    case 'bad-header': {
      const result = refused(null, read.error);
      deps.counted([result]);
      return answerSingle(reply, result, deps);
    }
    case 'media-type':
      return sendProblem(reply, PROBLEMS.mediaType);
    case 'not-json':
      return sendProblem(reply, PROBLEMS.notJson);
    case 'not-a-batch':
      return sendProblem(reply, PROBLEMS.notABatch);
  }
}

async function taken(events: readonly unknown[], { take, counted }: EventsDeps): Promise<readonly EventResult[]> {
  const results = await take(events);
  counted(results);
  return results;
}

function answerBatch(reply: FastifyReply, results: readonly EventResult[], deps: EventsDeps): FastifyReply {
  const status = waitStatus(reply, results, deps) ?? 200;
  return reply.code(status).send(results.map((result, index) => ({ index, ...result })));
}

function answerSingle(reply: FastifyReply, result: EventResult | undefined, deps: EventsDeps): FastifyReply {
  if (result === undefined) throw new Error('an event was taken without a result');
  const status = waitStatus(reply, [result], deps) ?? (result.status === 'accepted' ? 202 : 422);
  return reply.code(status).send(result);
}

/** Sets Retry-After when something is to be sent again: 503 while the log is away, 429 when only too much waits. */
function waitStatus(reply: FastifyReply, results: readonly EventResult[], { retry }: EventsDeps): number | undefined {
  const codes = new Set(results.map(({ status, error }) => (status === 'unavailable' ? error?.code : undefined)));
  codes.delete(undefined);
  if (codes.size === 0) return undefined;
  const isBusy = codes.size === 1 && codes.has('overloaded');
  reply.header('retry-after', String(isBusy ? retry.busySeconds() : retry.awaySeconds()));
  return isBusy ? 429 : 503;
}

function refuse(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem === PROBLEMS.contentEncoding) reply.header('accept-encoding', 'gzip');
  return sendProblem(reply, problem);
}
