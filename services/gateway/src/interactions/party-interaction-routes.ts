import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Face, HttpApp } from '../http/face.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { sendProblem, TMF_ERROR } from '../http/problem.ts';
import { countHeaders, TMF_FIELDS, withFields } from '../http/tmf-collection.ts';
import type { OutcomeCaller } from '../outcomes/outcome.ts';
import { OUTCOME_HEADERS } from '../outcomes/outcome-schema.ts';
import { callerOf, type OutcomesDeps } from '../outcomes/outcomes-route.ts';
import type { HubEvents } from '../subscriptions/hub-events.ts';
import { hubRoutes } from '../subscriptions/hub-routes.ts';
import type { Interacting, NotInteracted } from './interacting.ts';
import { problemOf } from './interaction-problems.ts';
import type { KeptInteraction } from './party-interaction.ts';
import { CREATE, PAGE, PARAMS, PARTIAL, RESOURCE, UPDATE } from './party-interaction-schema.ts';

export interface InteractionsDeps extends Pick<OutcomesDeps, 'sightOf' | 'audit'> {
  readonly interacting: Interacting;
  /** Registrations and their events; the hub's two addresses are there with it. */
  readonly hub?: HubEvents | undefined;
  /** An event that the hub did not take. */
  eventLost(error: unknown): void;
}

const API = 'TMF683';
const TAGS = ['Interactions (TMF683)'];
const RETRY_AFTER_SECONDS = 2;
const BODY_LIMIT_BYTES = 64 * 1024;
const MERGE_PATCH = 'application/merge-patch+json';
const ERRORS = { 400: TMF_ERROR, 401: TMF_ERROR, 403: TMF_ERROR, 404: TMF_ERROR, 500: TMF_ERROR, 503: TMF_ERROR };

/** TMF683 v4 `partyInteraction`, under the prefix of TM Forum's interfaces. */
export function interactionsFace(deps: InteractionsDeps, { tmfPrefix }: { readonly tmfPrefix: string }): Face {
  return { name: 'interactions', routes: (app) => routes(app, `${tmfPrefix}/partyInteraction/v4`, deps) };
}

function routes(app: HttpApp, base: string, deps: InteractionsDeps): void {
  app.addContentTypeParser(MERGE_PATCH, { parseAs: 'string' }, parseJsonBody);
  const collection = `${base}/partyInteraction`;
  createRoute(app, collection, deps);
  changeRoute(app, collection, deps);
  readRoutes(app, collection, deps);
  removeRoute(app, collection, deps);
  if (deps.hub) hubRoutes(app, API, base, deps.hub);
}

function createRoute(app: HttpApp, collection: string, deps: InteractionsDeps): void {
  app.post(
    collection,
    {
      schema: {
        tags: TAGS,
        summary: 'Tell of an interaction with a customer',
        description:
          'An inbound one says that the customer called or came. An item that refers to a contact and has a resolution says what ' +
          'became of it. Sent again under the same Idempotency-Key it is the same interaction.',
        headers: OUTCOME_HEADERS,
        body: CREATE,
        response: { 201: RESOURCE, 413: TMF_ERROR, ...ERRORS },
      },
      bodyLimit: BODY_LIMIT_BYTES,
    },
    async (request, reply) => {
      const caller = callerFor(request, 'interaction.create', request.headers['idempotency-key'], deps);
      const answer = await deps.interacting.begin(caller, request.body, {
        callerId: request.principal?.id ?? '',
        hrefOf: (id) => `${collection}/${id}`,
      });
      if (answer.kind !== 'done' && answer.kind !== 'repeated') return refuse(reply, answer);
      const { resource } = answer.kept;
      if (answer.kind === 'done') tell('Create', answer.kept, deps);
      return reply.code(201).header('location', resource.href).send(resource);
    },
  );
}

function changeRoute(app: HttpApp, collection: string, deps: InteractionsDeps): void {
  app.patch(
    `${collection}/:id`,
    {
      schema: {
        tags: TAGS,
        summary: 'Add results to an interaction, or close it',
        description: 'A JSON merge patch (RFC 7396): a list takes the place of the one before.',
        params: PARAMS,
        body: UPDATE,
        response: { 200: RESOURCE, 409: TMF_ERROR, 413: TMF_ERROR, ...ERRORS },
      },
      bodyLimit: BODY_LIMIT_BYTES,
    },
    async (request, reply) => {
      const caller = callerFor(request, 'interaction.change', undefined, deps);
      const answer = await deps.interacting.change(caller, request.params.id, request.body);
      if (answer.kind !== 'done') return refuse(reply, answer);
      const { resource } = answer.kept;
      tell(answer.before?.status === resource.status ? 'AttributeValueChange' : 'StatusChange', answer.kept, deps);
      return reply.send(resource);
    },
  );
}

function readRoutes(app: HttpApp, collection: string, deps: InteractionsDeps): void {
  app.get(
    `${collection}/:id`,
    {
      schema: {
        tags: TAGS,
        summary: 'Read an interaction',
        params: PARAMS,
        querystring: z.object({ fields: TMF_FIELDS }),
        response: { 200: PARTIAL, ...ERRORS },
      },
    },
    async (request, reply) => {
      const answer = await deps.interacting.read(
        callerFor(request, 'interaction.read', undefined, deps),
        request.params.id,
      );
      if (answer.kind !== 'done') return refuse(reply, answer);
      return reply.send(withFields(answer.kept.resource, request.query.fields));
    },
  );
  app.get(
    collection,
    {
      schema: {
        tags: TAGS,
        summary: 'List interactions with a customer, or your own, the newest first',
        description: 'X-Total-Count says how many there are, X-Result-Count how many are in the answer.',
        querystring: PAGE,
        response: { 200: z.array(PARTIAL), ...ERRORS },
      },
    },
    async (request, reply) => {
      const { fields, offset, limit, 'relatedParty.id': customerId } = request.query;
      const caller = callerFor(request, 'interaction.read', undefined, deps);
      const answer = await deps.interacting.list(caller, { customerId }, { offset, limit });
      if (answer.kind !== 'listed') return refuse(reply, answer);
      reply.headers(countHeaders(answer.total, answer.kept.length));
      return reply.send(answer.kept.map(({ resource }) => withFields(resource, fields)));
    },
  );
}

function removeRoute(app: HttpApp, collection: string, deps: InteractionsDeps): void {
  app.delete(
    `${collection}/:id`,
    {
      schema: {
        tags: TAGS,
        summary: 'Remove an interaction',
        description: 'With its notes. What it told as events stays told.',
        params: PARAMS,
        response: { 204: z.null(), ...ERRORS },
      },
    },
    async (request, reply) => {
      const caller = callerFor(request, 'interaction.delete', undefined, deps);
      const answer = await deps.interacting.remove(caller, request.params.id);
      if (answer.kind !== 'done') return refuse(reply, answer);
      tell('Delete', answer.kept, deps);
      return reply.code(204).send(null);
    },
  );
}

function callerFor(
  request: FastifyRequest,
  action: string,
  requestKey: string | undefined,
  deps: InteractionsDeps,
): OutcomeCaller {
  const noteAccess = (customerId: string) => deps.audit(request, { action, customerId });
  return { ...callerOf(request, requestKey, deps), noteAccess };
}

function refuse(reply: FastifyReply, answer: NotInteracted): FastifyReply {
  const { problem, isTransient } = problemOf(answer);
  return sendProblem(reply, problem, isTransient ? RETRY_AFTER_SECONDS : undefined);
}

type Happened = 'Create' | 'AttributeValueChange' | 'StatusChange' | 'Delete';

function tell(what: Happened, { resource, customerId }: KeptInteraction, { hub, eventLost }: InteractionsDeps): void {
  const eventTime = new Date().toISOString();
  const make = () => ({
    eventId: randomUUID(),
    eventTime,
    eventType: `PartyInteraction${what}Event`,
    event: { partyInteraction: resource },
    customerId,
  });
  // Who told of it does not wait for those who listen.
  hub?.publish(API, make).catch(eventLost);
}
