import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { HttpApp } from '../http/face.ts';
import { PROBLEM, PROBLEMS, sendProblem } from '../http/problem.ts';
import { isBoundToDesks } from '../security/principal.ts';
import { CUSTOMER_PARAMS, type CustomerLookupDeps, later, noted, sendRefusal } from './customer-lookup.ts';
import { COMMON_ANSWERS, CUSTOMER_PROBLEMS, RETRY_AFTER_SECONDS } from './customer-problems.ts';
import type { Erased, ErasureDesk } from './erasure-desk.ts';

const ERASURE = z.object({
  erasureId: z.string().describe('Names nobody'),
  status: z.enum(['pending', 'done']).describe('pending: in the log for good, and done once the shard comes to it'),
});
const ERASURE_ID = /^(\d{1,6})-(\d{1,16})$/;

const ERASE = {
  tags: ['Customers'],
  summary: 'Forget a customer, for good',
  description:
    'Profile, timers, decisions and events kept go, and what happened before is folded no more; so do work items, recommendations, ' +
    'interactions and answers that are not folded yet. An id that nobody knows is taken as well: it may be in the log. ' +
    'What stays for how long is in the README of the command line, under Erasure. Asking again does no harm.',
  params: CUSTOMER_PARAMS,
  response: {
    200: ERASURE.describe('It is done'),
    202: ERASURE.describe('It is in the log; ask for its state at the Location'),
    400: COMMON_ANSWERS[400],
    403: PROBLEM.describe('The key or token does not open this, or is bound to desks'),
    503: PROBLEM.describe('It cannot be done now; `detail` says what to do'),
  },
} as const;

const STATE = {
  tags: ['Customers'],
  summary: 'How an erasure stands',
  params: z.object({ erasureId: z.string().regex(ERASURE_ID) }),
  response: {
    200: ERASURE,
    400: COMMON_ANSWERS[400],
    404: PROBLEM.describe('There is no shard of this name'),
    503: COMMON_ANSWERS[503],
  },
} as const;

export interface ErasureRouteDeps extends Pick<CustomerLookupDeps, 'audit'> {
  readonly desk: ErasureDesk;
  failed(what: 'lookup' | 'audit' | 'erasure', error: unknown): void;
}

export function erasureRoutes(app: HttpApp, deps: ErasureRouteDeps): void {
  app.post('/v1/customers/:customerId/erase', { schema: ERASE }, async (request, reply) => {
    const { customerId } = request.params;
    // Ids that nobody knows are taken, so there is no customer to look at for whose he is.
    if (isBoundToDesks(request.principal)) return sendProblem(reply, CUSTOMER_PROBLEMS.otherDesks);
    const isNoted = await noted(request, { customerId, action: 'customer.erase' }, deps);
    if (!isNoted) return sendRefusal(reply, later(PROBLEMS.auditAway));
    return answer(reply, await deps.desk.erase(customerId), deps);
  });

  app.get('/v1/erasures/:erasureId', { schema: STATE }, async (request, reply) => {
    const { erasureId } = request.params;
    const [, partition, offset] = ERASURE_ID.exec(erasureId) ?? [];
    const isDone = await deps.desk
      .isDone({ partition: Number(partition), offset: Number(offset) })
      .catch((error: unknown) => error);
    if (isDone === undefined) return sendProblem(reply, CUSTOMER_PROBLEMS.unknownErasure);
    if (typeof isDone === 'boolean') return reply.send({ erasureId, status: isDone ? 'done' : 'pending' });
    deps.failed('lookup', isDone);
    return sendRefusal(reply, later(CUSTOMER_PROBLEMS.away));
  });
}

function answer(reply: FastifyReply, erased: Erased, { failed }: ErasureRouteDeps): FastifyReply {
  switch (erased.kind) {
    case 'begun': {
      const erasureId = `${erased.place.partition}-${erased.place.offset}`;
      reply.header('location', `/v1/erasures/${erasureId}`);
      const status = erased.isDone ? 'done' : 'pending';
      return reply.code(erased.isDone ? 200 : 202).send({ erasureId, status });
    }
    case 'no-key':
      return sendProblem(reply, CUSTOMER_PROBLEMS.noErasureKey);
    case 'foreign-key':
      return sendProblem(reply, CUSTOMER_PROBLEMS.foreignErasureKey);
    case 'uninitialised':
      return sendProblem(reply, CUSTOMER_PROBLEMS.away, RETRY_AFTER_SECONDS);
    case 'not-appended':
      failed('erasure', erased.error);
      return sendProblem(reply, CUSTOMER_PROBLEMS.notAppended, RETRY_AFTER_SECONDS);
    case 'not-forgotten':
      failed('erasure', erased.error);
      return sendProblem(reply, CUSTOMER_PROBLEMS.notForgotten, RETRY_AFTER_SECONDS);
  }
}
