import { z } from 'zod';
import type { Face, HttpApp } from '../http/face.ts';
import { sendProblem } from '../http/problem.ts';
import { isSeen, mayHear, seenIn } from './subscription-access.ts';
import { answered, NO_MESSAGE, NO_SUBSCRIPTION, OTHER_DESKS, refuse, storeAway } from './subscription-answers.ts';
import type { SubscriptionDesk } from './subscription-desk.ts';
import type { SubscriptionRegister } from './subscription-register.ts';
import {
  CONFLICT,
  createBody,
  createdView,
  deliveriesQuery,
  delivery,
  deliveryList,
  messageParams,
  NOT_FOUND,
  params,
  patchBody,
  REFUSALS,
  rotateBody,
  rotatedView,
  rotationOf,
  subscriptionList,
  subscriptionView,
  testView,
} from './subscription-schemas.ts';

export interface SubscriptionsFaceDeps {
  readonly desk: SubscriptionDesk;
  readonly register: Pick<SubscriptionRegister, 'list' | 'read' | 'remove'>;
  /** The store could not be asked. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

const tags = ['Subscriptions'];

/** `/v1/subscriptions`: what other systems are sent, and how it went. */
export function subscriptionsFace(deps: SubscriptionsFaceDeps): Face {
  return {
    name: 'subscriptions',
    routes(app) {
      app.setErrorHandler((error, request, reply) => storeAway(error, request, reply, deps.failed));
      collectionRoutes(app, deps);
      subscriptionRoutes(app, deps);
      deliveryRoutes(app, deps);
    },
    close: deps.close,
  };
}

function collectionRoutes(app: HttpApp, { desk, register }: SubscriptionsFaceDeps): void {
  app.post(
    '/v1/subscriptions',
    {
      schema: {
        ...{ tags, operationId: 'createSubscription', summary: 'Subscribe a system' },
        description:
          'Messages begin with what comes next. They are sent at least once, in no promised order, and tried again for about ' +
          'a day; a receiver that answers 410 is sent nothing more. The secret is shown in this answer alone.',
        body: createBody,
        response: { 201: createdView, ...REFUSALS, ...CONFLICT },
      },
    },
    async (request, reply) => {
      const { principal, body } = request;
      if (!mayHear(principal, body.filter)) return sendProblem(reply, OTHER_DESKS);
      const answer = await desk.create(body, principal?.id ?? '');
      if (answer.kind !== 'done') return refuse(reply, answer);
      return reply.code(201).header('location', `/v1/subscriptions/${answer.value.id}`).send(answer.value);
    },
  );
  app.get(
    '/v1/subscriptions',
    {
      schema: {
        ...{ tags, operationId: 'listSubscriptions', summary: 'All subscriptions, the oldest first' },
        response: { 200: subscriptionList, ...REFUSALS },
      },
    },
    async (request) => {
      const seen = (await register.list()).filter((found) => isSeen(request, found));
      return { subscriptions: await Promise.all(seen.map(desk.view)) };
    },
  );
}

function subscriptionRoutes(app: HttpApp, { desk, register }: SubscriptionsFaceDeps): void {
  const one = { params, tags };
  app.get(
    '/v1/subscriptions/:id',
    {
      schema: {
        ...{ ...one, operationId: 'readSubscription', summary: 'One subscription and how it stands' },
        response: { 200: subscriptionView, ...REFUSALS, ...NOT_FOUND },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      return found === undefined ? sendProblem(reply, NO_SUBSCRIPTION) : desk.view(found);
    },
  );
  app.patch(
    '/v1/subscriptions/:id',
    {
      schema: {
        ...{ ...one, operationId: 'changeSubscription', summary: 'Change, stop or enable a subscription' },
        body: patchBody,
        response: { 200: subscriptionView, ...REFUSALS, ...NOT_FOUND, ...CONFLICT },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      if (found === undefined) return sendProblem(reply, NO_SUBSCRIPTION);
      const { filter } = request.body;
      if (filter !== undefined && !mayHear(request.principal, filter)) return sendProblem(reply, OTHER_DESKS);
      return answered(reply, await desk.patch(found, request.body));
    },
  );
  app.delete(
    '/v1/subscriptions/:id',
    {
      schema: {
        ...{ ...one, operationId: 'deleteSubscription', summary: 'End a subscription; what waits is dropped' },
        response: { 204: z.null().describe('It is gone.'), ...REFUSALS, ...NOT_FOUND },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      const isGone = found !== undefined && (await register.remove(found.id));
      return isGone ? reply.code(204).send(null) : sendProblem(reply, NO_SUBSCRIPTION);
    },
  );
  app.post(
    '/v1/subscriptions/:id/rotate-secret',
    {
      schema: {
        ...{ ...one, operationId: 'rotateSubscriptionSecret', summary: 'Change the secret' },
        description: 'While both stand, messages carry a signature by each; the receiver changes over when it likes.',
        body: rotateBody,
        response: { 200: rotatedView, ...REFUSALS, ...NOT_FOUND, ...CONFLICT },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      if (found === undefined) return sendProblem(reply, NO_SUBSCRIPTION);
      return answered(reply, await desk.rotate(found, rotationOf(request.body)));
    },
  );
  app.post(
    '/v1/subscriptions/:id/test',
    {
      schema: {
        ...{ ...one, operationId: 'testSubscription', summary: 'Send a made-up alert now' },
        description:
          'One try, with `test: true` in its data, about a customer called test; it is not in the delivery log.',
        response: { 200: testView, ...REFUSALS, ...NOT_FOUND },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      return found === undefined ? sendProblem(reply, NO_SUBSCRIPTION) : desk.test(found);
    },
  );
}

function deliveryRoutes(app: HttpApp, { desk, register }: SubscriptionsFaceDeps): void {
  app.get(
    '/v1/subscriptions/:id/deliveries',
    {
      schema: {
        ...{ tags, params, operationId: 'listDeliveries', summary: 'What was sent, and what waits' },
        description: 'What waits comes first, the next one due before the others, then the newest 500 that have ended.',
        querystring: deliveriesQuery,
        response: { 200: deliveryList, ...REFUSALS, ...NOT_FOUND },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      if (found === undefined) return sendProblem(reply, NO_SUBSCRIPTION);
      return { deliveries: await desk.deliveries(found, request.query.limit) };
    },
  );
  app.post(
    '/v1/subscriptions/:id/deliveries/:messageId/resend',
    {
      schema: {
        ...{
          tags,
          params: messageParams,
          operationId: 'resendDelivery',
          summary: 'Send a message again, under its id',
        },
        response: { 202: delivery, ...REFUSALS, ...NOT_FOUND, ...CONFLICT },
      },
    },
    async (request, reply) => {
      const found = await seenIn(request, request.params.id, register);
      if (found === undefined) return sendProblem(reply, NO_SUBSCRIPTION);
      const answer = await desk.resend(found, request.params.messageId);
      if (answer === undefined) return sendProblem(reply, NO_MESSAGE);
      return answer.kind === 'done' ? reply.code(202).send(answer.value) : refuse(reply, answer);
    },
  );
}
