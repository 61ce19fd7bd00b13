import { z } from 'zod';
import type { HttpApp } from '../http/face.ts';
import { type Problem, sendProblem, TMF_ERROR } from '../http/problem.ts';
import { isBoundToDesks } from '../security/principal.ts';
import type { HubApi, HubEvents } from './hub-events.ts';

const RETRY_AFTER_SECONDS = 5;
const MAX_URL = 2_048;

const subscriptionInput = z.object({
  callback: z.string().min(1).max(MAX_URL),
  query: z.string().max(1_024).optional(),
});
const eventSubscription = z.object({ id: z.string(), callback: z.string(), query: z.string().optional() });
const errors = Object.fromEntries([400, 401, 403, 409, 500, 503].map((status) => [status, TMF_ERROR]));
/** Of the system's own making; looked up, never interpreted. */
const params = z.object({ id: z.string().min(1).max(64) });

/**
 * `POST <basePath>/hub` and `DELETE <basePath>/hub/{id}` as TM Forum's interfaces have them. `basePath` is the whole
 * address of the interface, such as `/tmf-api/recommendationManagement/v4`.
 */
export function hubRoutes(
  app: HttpApp,
  api: HubApi,
  basePath: string,
  hub: Pick<HubEvents, 'subscribe' | 'unsubscribe'>,
): void {
  const tags = ['Hubs'];
  app.post(
    `${basePath}/hub`,
    {
      schema: {
        tags,
        operationId: `registerListener${api}`,
        summary: `Register a listener for the events of ${api}`,
        description: 'Events are posted to the callback; `query` may name the wanted ones: eventType=A,B.',
        body: subscriptionInput,
        response: { 201: eventSubscription, ...errors },
      },
    },
    async (request, reply) => {
      if (isBoundToDesks(request.principal)) return sendProblem(reply, RESTRICTED);
      const { callback, query } = request.body;
      const answer = await hub.subscribe(api, { callback, query: query ?? '' });
      switch (answer.kind) {
        case 'subscribed': {
          const location = `${basePath}/hub/${answer.id}`;
          const created = { id: answer.id, callback, ...(query !== undefined && { query }) };
          return reply.code(201).header('location', location).send(created);
        }
        case 'refused':
          return sendProblem(reply, badListener(answer.reason));
        case 'full':
          return sendProblem(reply, FULL, RETRY_AFTER_SECONDS);
      }
    },
  );
  app.delete(
    `${basePath}/hub/:id`,
    {
      schema: {
        tags,
        operationId: `unregisterListener${api}`,
        summary: `Remove a listener of ${api}`,
        params,
        response: { 204: z.null(), 404: TMF_ERROR, ...errors },
      },
    },
    async (request, reply) => {
      if (isBoundToDesks(request.principal)) return sendProblem(reply, RESTRICTED);
      if (await hub.unsubscribe(api, request.params.id)) return reply.code(204).send(null);
      return sendProblem(reply, NO_LISTENER);
    },
  );
}

/** Who sees some desks only must not have everybody's events sent somewhere. */
const RESTRICTED: Problem = {
  status: 403,
  code: 'other-desks',
  title: 'Listeners hear of every desk',
  detail: 'Use a key or token that is not bound to desks.',
};
const FULL: Problem = {
  status: 503,
  code: 'too-many-listeners',
  title: 'There are too many registrations',
  detail: 'Remove one that is not needed.',
};
const NO_LISTENER: Problem = {
  status: 404,
  code: 'no-such-listener',
  title: 'There is no such listener',
  detail: 'Use the id that the registration was answered with.',
};

function badListener(detail: string): Problem {
  return { status: 400, code: 'bad-listener', title: 'The registration cannot be taken', detail };
}
