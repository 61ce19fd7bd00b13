import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** An error answer, RFC 9457. `detail` says what to do. */
export interface Problem {
  readonly status: number;
  /** Short and stable; becomes the `type` as `urn:holdfast:problem:<code>`. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** The body of an error answer, for the documents. */
export const PROBLEM = z.object({
  type: z.string().describe('urn:holdfast:problem:<code>; the code is stable'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('what to do'),
  instance: z.string().describe('urn:holdfast:request:<id>: the request, as the log and x-request-id name it'),
});

/** The body of an error answer on the routes of TM Forum, for the documents. */
export const TMF_ERROR = z.object({
  '@type': z.literal('Error'),
  code: z.string().describe('short and stable'),
  reason: z.string(),
  message: z.string().describe('what to do'),
  status: z.string().describe('the HTTP status'),
});

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const TMF_ERROR_TYPE = 'application/json; charset=utf-8';

/** A request that ends in a problem, thrown from where there is no reply at hand. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number, options?: ErrorOptions) {
    super(problem.title, options);
    this.problem = problem;
    this.statusCode = problem.status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** `instance` names the request, as the log and the answer's x-request-id do. */
export function problemBody({ status, code, title, detail }: Problem, requestId: string): string {
  const instance = `urn:holdfast:request:${encodeURIComponent(requestId)}`;
  return JSON.stringify({ type: `urn:holdfast:problem:${code}`, title, status, detail, instance });
}

/** The Error of TM Forum's REST guidelines (TMF630), for routes of their interfaces. */
function tmfErrorBody({ status, code, title, detail }: Problem): string {
  return JSON.stringify({ '@type': 'Error', code, reason: title, message: detail, status: String(status) });
}

/**
 * Sends the problem; `retryAfterSeconds` when trying again helps. On a route that is marked `errors: 'tmf'` in its config
 * it has their form.
 */
export function sendProblem(reply: FastifyReply, problem: Problem, retryAfterSeconds?: number): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  reply.code(problem.status);
  if (reply.routeOptions.config.errors === 'tmf') return reply.type(TMF_ERROR_TYPE).send(tmfErrorBody(problem));
  return reply.type(PROBLEM_TYPE).send(problemBody(problem, reply.request.id));
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The form of error answers; problem documents by default. */
    errors?: 'tmf';
  }
}

export const PROBLEMS = {
  noKey: {
    status: 401,
    code: 'no-key',
    title: 'A key or token is needed',
    detail: 'Send it as "Authorization: Bearer <key>", an API key also as "x-api-key: <key>".',
  },
  wrongKey: {
    status: 401,
    code: 'wrong-key',
    title: 'The key or token is not taken here',
    detail: 'It is not known, or has expired. Check it with whoever runs this gateway.',
  },
  identityAway: {
    status: 503,
    code: 'identity-away',
    title: 'The key or token cannot be checked now',
    detail: 'Try again later; the keys, or the provider of identities, cannot be read.',
  },
  tooManyRequests: {
    status: 429,
    code: 'too-many-requests',
    title: 'Too many requests',
    detail: 'Send again after the seconds of Retry-After, and fewer at a time.',
  },
  auditAway: {
    status: 503,
    code: 'audit-away',
    title: 'Who looks at personal data cannot be noted now',
    detail: 'Try again later; nothing was shown or changed.',
  },
  notFound: {
    status: 404,
    code: 'not-found',
    title: 'There is nothing at this address',
    detail: 'Events go to POST /v1/events, alerts come from GET /v1/alerts.',
  },
  mediaType: {
    status: 415,
    code: 'media-type',
    title: 'The content type is not taken here',
    detail:
      'Send application/json; events as application/cloudevents+json, application/cloudevents-batch+json, or data as JSON or Avro with ce- headers.',
  },
  contentEncoding: {
    status: 415,
    code: 'content-encoding',
    title: 'The content encoding is not taken here',
    detail: 'Send the body as it is, or with "content-encoding: gzip".',
  },
  notGzip: {
    status: 400,
    code: 'not-gzip',
    title: 'The body is not gzip',
    detail: 'Compress the whole body with gzip, or leave "content-encoding" out.',
  },
  busy: {
    status: 429,
    code: 'busy',
    title: 'Too many bodies are being taken',
    detail: 'Send it again after Retry-After; nothing of it was read.',
  },
  notJson: {
    status: 400,
    code: 'not-json',
    title: 'The body is not JSON',
    detail: 'Send UTF-8 JSON.',
  },
  tooDeep: {
    status: 400,
    code: 'too-deep',
    title: 'The body is nested too deeply',
    detail: 'Send JSON of at most 32 levels.',
  },
  forbiddenName: {
    status: 400,
    code: 'forbidden-name',
    title: 'The body has a name that is not taken',
    detail: 'Leave out fields named __proto__, and constructor with a field named prototype.',
  },
  tooManyEvents: {
    status: 413,
    code: 'too-large',
    title: 'The batch is too large',
    detail: 'Send at most 1,000 events at a time.',
  },
  longAddress: {
    status: 414,
    code: 'long-address',
    title: 'The address is too long',
    detail: 'Send at most 4,096 characters of path and query.',
  },
  manyHeaders: {
    status: 431,
    code: 'many-headers',
    title: 'The request has too many headers',
    detail: 'Send at most 100 headers of 16 KiB in all.',
  },
  notHttp: {
    status: 400,
    code: 'not-http',
    title: 'The request is not HTTP',
    detail: 'Send HTTP/1.1; over TLS where this port has it.',
  },
  tooSlow: {
    status: 408,
    code: 'too-slow',
    title: 'The request took too long to arrive',
    detail: 'Send all of it within the time that is left for a request.',
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
    detail: 'Try again; if it stays, tell whoever runs this gateway its x-request-id.',
  },
} as const satisfies Record<string, Problem>;

/** A request that breaks its schema: `detail` says where. */
export function invalidRequest(detail: string): Problem {
  return { status: 400, code: 'invalid-request', title: 'The request breaks its contract', detail };
}

export function wrongRole(needed: readonly string[]): Problem {
  return {
    status: 403,
    code: 'wrong-role',
    title: 'The key or token does not open this',
    detail: `Use a key or token with the role ${needed.join(' or ')}.`,
  };
}

export function tooLarge(limitBytes: number): Problem {
  return {
    status: 413,
    code: 'too-large',
    title: 'The body is too large',
    detail: `Send at most ${limitBytes} bytes here.`,
  };
}
