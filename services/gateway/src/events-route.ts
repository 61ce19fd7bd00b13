import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EventResult } from './event-intake.ts';
import { BATCH, eventRequest, JSON_DATA, STRUCTURED } from './event-request.ts';
import { sendProblem } from './problem.ts';

export interface EventsRouteDeps {
  take(events: readonly unknown[]): Promise<readonly EventResult[]>;
  /** Told the result of each event. */
  counted(result: EventResult): void;
}

const RETRY_AFTER_SECONDS = 2;
const BATCH_STATUS = { taken: 200, away: 503 };
const SINGLE_STATUS = { accepted: 202, rejected: 422, unavailable: 503 } as const;

/**
 * `POST /v1/events`. One event: 202, 422 or 503 with its result. A batch: 200 with the results in order, or 503 with
 * them when some could not be appended: those, and only those, are to be sent again.
 */
export function eventsRoute(app: FastifyInstance, deps: EventsRouteDeps): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    [STRUCTURED, BATCH, JSON_DATA],
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );
  app.post('/v1/events', async (request, reply) => {
    const read = eventRequest(request.headers, request.body);
    if (read.kind === 'problem') return sendProblem(reply, read.problem);
    const results = await deps.take(read.events);
    for (const result of results) deps.counted(result);
    return read.isBatch ? answerBatch(reply, results) : answerSingle(reply, results[0]);
  });
}

function answerBatch(reply: FastifyReply, results: readonly EventResult[]): FastifyReply {
  const isAway = results.some((result) => result.status === 'unavailable');
  if (isAway) reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return reply.code(isAway ? BATCH_STATUS.away : BATCH_STATUS.taken).send(results);
}

function answerSingle(reply: FastifyReply, result: EventResult | undefined): FastifyReply {
  if (result === undefined) throw new Error('an event was taken without a result');
  if (result.status === 'unavailable') reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return reply.code(SINGLE_STATUS[result.status]).send(result);
}
