import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidRequest, PROBLEMS, type Problem, sendProblem } from '../http/problem.ts';
import type { Refused } from './subscription-desk.ts';

const RETRY_AFTER_SECONDS = 5;

export function answered(
  reply: FastifyReply,
  answer: Refused | { readonly kind: 'done'; readonly value: object } | undefined,
): FastifyReply {
  if (answer === undefined) return sendProblem(reply, NO_SUBSCRIPTION);
  return answer.kind === 'done' ? reply.send(answer.value) : refuse(reply, answer);
}

export function refuse(reply: FastifyReply, refused: Refused): FastifyReply {
  switch (refused.kind) {
    case 'invalid':
      return sendProblem(reply, invalidRequest(refused.detail));
    case 'conflict':
      return sendProblem(reply, conflict(refused.detail));
    case 'full':
      return sendProblem(reply, TOO_MANY, RETRY_AFTER_SECONDS);
  }
}

/** What the store throws; the requests that break their contract are answered as everywhere. */
export function storeAway(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  failed: (error: unknown) => void,
): FastifyReply {
  const isOwn = error instanceof Error && ('validation' in error || 'statusCode' in error);
  if (isOwn || request.validationError) throw error;
  failed(error);
  return sendProblem(reply, STORE_AWAY, RETRY_AFTER_SECONDS);
}

export const NO_SUBSCRIPTION: Problem = {
  ...PROBLEMS.notFound,
  title: 'There is no such subscription',
  detail: 'GET /v1/subscriptions lists those there are.',
};
export const NO_MESSAGE: Problem = {
  ...PROBLEMS.notFound,
  title: 'There is no such message',
  detail: 'GET /v1/subscriptions/{id}/deliveries lists those that are kept.',
};
export const OTHER_DESKS: Problem = {
  status: 403,
  code: 'other-desks',
  title: 'The subscription would hear of other desks',
  detail: 'Name in filter.desk, and filter.team, only what your key or token sees.',
};
const TOO_MANY: Problem = {
  status: 503,
  code: 'too-many-subscriptions',
  title: 'There are as many subscriptions as there may be',
  detail: 'Delete those that are not needed.',
};
const STORE_AWAY: Problem = {
  status: 503,
  code: 'store-away',
  title: 'Subscriptions cannot be read or changed now',
  detail: 'Try again later; nothing that was accepted is lost.',
};

function conflict(detail: string): Problem {
  return { status: 409, code: 'conflict', title: 'It stands in a way that does not allow this', detail };
}
