import type { FastifyReply } from 'fastify';

/** An error answer, RFC 9457. `detail` says what to do. */
export interface Problem {
  readonly status: number;
  /** Short and stable; becomes the `type` as `urn:holdfast:problem:<code>`. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export function problemBody({ status, code, title, detail }: Problem): string {
  return JSON.stringify({ type: `urn:holdfast:problem:${code}`, title, status, detail });
}

/** Sends the problem; `retryAfterSeconds` when trying again helps. */
export function sendProblem(reply: FastifyReply, problem: Problem, retryAfterSeconds?: number): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problemBody(problem));
}

export const PROBLEMS = {
  noKey: {
    status: 401,
    code: 'no-key',
    title: 'An API key is needed',
    detail: 'Send the key as "Authorization: Bearer <key>" or as "x-api-key: <key>".',
  },
  wrongKey: {
    status: 401,
    code: 'wrong-key',
    title: 'The API key is not known here',
    detail: 'Check the key with whoever runs this gateway; keys are set in HOLDFAST_API_KEYS.',
  },
  notFound: {
    status: 404,
    code: 'not-found',
    title: 'There is nothing at this address',
    detail: 'Events go to POST /v1/events, alerts come from GET /v1/alerts.',
  },
  tooLarge: {
    status: 413,
    code: 'too-large',
    title: 'The body is too large',
    detail: 'Send at most 1 MiB and 1,000 events at a time.',
  },
  mediaType: {
    status: 415,
    code: 'media-type',
    title: 'The content type is not taken here',
    detail:
      'Send application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce- headers.',
  },
  notJson: {
    status: 400,
    code: 'not-json',
    title: 'The body is not JSON',
    detail: 'Send UTF-8 JSON as CloudEvents 1.0 describes it.',
  },
  notABatch: {
    status: 400,
    code: 'not-a-batch',
    title: 'A batch must be a list',
    detail: 'Send a JSON array of events, or one event as application/cloudevents+json.',
  },
  badRequest: {
    status: 400,
    code: 'bad-request',
    title: 'The request cannot be understood',
    detail: 'Check the method, the headers and the body against the documentation of the gateway.',
  },
  badEventId: {
    status: 400,
    code: 'bad-event-id',
    title: 'Last-Event-ID is no id of this feed',
    detail: 'Send the id of an alert you received, or leave it out to begin with the next alert.',
  },
  tooManyListeners: {
    status: 503,
    code: 'too-many-listeners',
    title: 'The feed has as many listeners as it may have',
    detail: 'Close listeners that are not needed, or try again later.',
  },
  feedAway: {
    status: 503,
    code: 'feed-away',
    title: 'The alert feed cannot be read now',
    detail: 'Try again later with the same Last-Event-ID; nothing is lost.',
  },
  internal: {
    status: 500,
    code: 'internal',
    title: 'The gateway failed',
    detail: 'Try again; if it stays, tell whoever runs this gateway the time of the request.',
  },
} as const satisfies Record<string, Problem>;

export function wrongRole(needed: string): Problem {
  return {
    status: 403,
    code: 'wrong-role',
    title: 'The API key does not open this',
    detail: `Use a key with the role ${needed}.`,
  };
}
