import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CUSTOMER_PROBLEMS } from '../customers/customer-problems.ts';
import type { HttpApp } from '../http/face.ts';
import { type Problem, sendProblem, TMF_ERROR } from '../http/problem.ts';
import { countHeaders, TMF_FIELDS, TMF_PAGE, withFields } from '../http/tmf-collection.ts';
import type { HubEvents } from '../subscriptions/hub-events.ts';
import { hubRoutes } from '../subscriptions/hub-routes.ts';
import { askerOf, seesAll } from './asker.ts';
import type { Background } from './background.ts';
import { questionOf, resourceOf } from './product-recommendation.ts';
import { CREATE, type CreateBody, PARTIAL, RESOURCE } from './product-recommendation-schema.ts';
import { AWAY, BUSY, NO_RECOMMENDATION, RETRY_AFTER_SECONDS } from './recommendation-problems.ts';
import { BODY_LIMIT_BYTES, type RecommendationRouteDeps } from './recommendation-route.ts';
import { ID } from './recommendation-schema.ts';
import type { Asker, GivenRecommendation, Question, RecommendationAnswer, Recommending } from './recommending.ts';

export interface ProductRecommendationDeps extends RecommendationRouteDeps {
  readonly recommending: Recommending;
  readonly background: Background;
  nowMs(): number;
  /** Registrations and their events; the hub's two addresses are there with it. */
  readonly hub?: HubEvents | undefined;
  /** An event that the hub did not take. */
  eventLost(error: unknown): void;
  /** An error behind an answer that only says to try again. */
  failed(error: unknown): void;
}

const TAGS = ['Recommendations (TMF680)'];
const API = 'TMF680';

const ERRORS = {
  400: TMF_ERROR.describe('The request breaks its contract'),
  404: TMF_ERROR.describe('There is no such thing, or it is not yours to see'),
  503: TMF_ERROR.describe('Try again later'),
};
const POST_SCHEMA = {
  tags: TAGS,
  summary: 'Ask what to offer a customer who is there',
  description:
    'Answered with 201 and the recommendation, or with 202 at once where instantSyncRecommendation is false: it is inProgress then, and ' +
    'done when it is read, or when its event says so. The item id is the contact id, under which outcomes come back.',
  body: CREATE,
  response: {
    201: RESOURCE,
    202: RESOURCE.describe('It is being made'),
    422: TMF_ERROR.describe('It names no customer'),
    ...ERRORS,
  },
} as const;
const GET_SCHEMA = {
  tags: TAGS,
  summary: 'Read a recommendation that was given',
  description: 'For a day; who asked for it and supervisors may.',
  params: z.object({ id: ID }),
  querystring: z.object({ fields: TMF_FIELDS }),
  response: { 200: PARTIAL, ...ERRORS },
} as const;
const LIST_SCHEMA = {
  tags: TAGS,
  summary: 'List the recommendations that were given to whoever asks, the newest first',
  description: 'X-Total-Count says how many there are, X-Result-Count how many are in the answer.',
  querystring: TMF_PAGE,
  response: { 200: z.array(PARTIAL), 400: ERRORS[400], 503: ERRORS[503] },
} as const;

interface CreateRequest {
  Body: CreateBody;
}

interface OneRequest {
  Params: z.output<typeof GET_SCHEMA.params>;
  Querystring: z.output<typeof GET_SCHEMA.querystring>;
}

interface ListRequest {
  Querystring: z.output<typeof TMF_PAGE>;
}

/** TMF680 v4 `queryProductRecommendation` under `base`, such as `/tmf-api/recommendationManagement/v4`. */
export function productRecommendationRoutes(app: HttpApp, base: string, deps: ProductRecommendationDeps): void {
  const collection = `${base}/queryProductRecommendation`;
  const parts = { ...deps, collection };
  const routes: FastifyInstance = app;
  routes.post<CreateRequest>(collection, { schema: POST_SCHEMA, bodyLimit: BODY_LIMIT_BYTES }, (request, reply) =>
    create(request, reply, parts),
  );
  routes.get<OneRequest>(`${collection}/:id`, { schema: GET_SCHEMA }, async (request, reply) => {
    const { params, query } = request;
    const found = await attempt(
      () => deps.recommending.find(params.id, askerOf(request, deps), seesAll(request)),
      deps.failed,
    );
    if (found.kind === 'failed') return refuse(reply, AWAY);
    if (found.value === undefined) return sendProblem(reply, NO_RECOMMENDATION);
    return reply.send(withFields(resourceOf(found.value, collection), query.fields));
  });
  routes.get<ListRequest>(collection, { schema: LIST_SCHEMA }, async (request, reply) => {
    const { fields, offset, limit } = request.query;
    const found = await attempt(() => deps.recommending.list(askerOf(request, deps), { offset, limit }), deps.failed);
    if (found.kind === 'failed') return refuse(reply, AWAY);
    const { total, page } = found.value;
    reply.headers(countHeaders(total, page.length));
    return reply.send(page.map((given) => withFields(resourceOf(given, collection), fields)));
  });
  if (deps.hub) hubRoutes(app, API, base, deps.hub);
}

interface Parts extends ProductRecommendationDeps {
  readonly collection: string;
}

interface Order {
  readonly id: string;
  readonly question: Question;
  readonly asker: Asker;
  readonly body: CreateBody;
}

async function create(request: FastifyRequest<CreateRequest>, reply: FastifyReply, parts: Parts) {
  const { body } = request;
  const read = questionOf(body);
  if (read.kind === 'problem') return sendProblem(reply, read.problem);
  const order = { id: randomUUID(), question: read.question, asker: askerOf(request, parts), body };
  if (body.instantSyncRecommendation === false) return begin(order, reply, parts);
  const answer = await make(order, parts);
  switch (answer.kind) {
    case 'absent':
      return sendProblem(reply, CUSTOMER_PROBLEMS.unknown);
    case 'away':
      return refuse(reply, AWAY);
    case 'recommended':
      tell('Create', answer.given, parts);
      return answerWith(reply, 201, answer.given, parts);
  }
}

/** Answers before anybody looked at the customer. */
async function begin(order: Order, reply: FastifyReply, parts: Parts): Promise<FastifyReply> {
  const { id, question, asker, body } = order;
  const { customerId } = question;
  const given: GivenRecommendation = {
    ...{ id, customerId, request: body, state: 'inProgress', createdAt: parts.nowMs() },
  };
  const kept = await attempt(() => parts.recommending.keep(given, asker), parts.failed);
  if (kept.kind === 'failed') return refuse(reply, AWAY);
  if (!parts.background.start(() => finish(order, given, parts))) return refuse(reply, BUSY);
  tell('Create', given, parts);
  return answerWith(reply, 202, given, parts);
}

async function finish(order: Order, begun: GivenRecommendation, parts: Parts): Promise<void> {
  const answer = await make(order, parts);
  if (answer.kind === 'recommended') return tell('StateChange', answer.given, parts);
  const ended: GivenRecommendation = { ...begun, state: 'terminatedWithError' };
  const kept = await attempt(() => parts.recommending.keep(ended, order.asker), parts.failed);
  if (kept.kind === 'done') tell('StateChange', ended, parts);
}

async function make({ id, question, asker, body }: Order, parts: Parts): Promise<RecommendationAnswer> {
  const answer = await parts.recommending.recommend(id, question, asker, body);
  parts.answered(answer);
  return answer;
}

function answerWith(reply: FastifyReply, status: 201 | 202, given: GivenRecommendation, { collection }: Parts) {
  const resource = resourceOf(given, collection);
  return reply.code(status).header('location', `${collection}/${given.id}`).send(resource);
}

type Attempt<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed' };

/** What the store or the audit does not take now can be asked for again. */
async function attempt<T>(work: () => Promise<T>, failed: (error: unknown) => void): Promise<Attempt<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (error) {
    failed(error);
    return { kind: 'failed' };
  }
}

function refuse(reply: FastifyReply, problem: Problem): FastifyReply {
  return sendProblem(reply, problem, RETRY_AFTER_SECONDS);
}

function tell(what: 'Create' | 'StateChange', given: GivenRecommendation, parts: Parts): void {
  const { hub, collection, eventLost, nowMs } = parts;
  if (hub === undefined) return;
  const atMs = nowMs();
  const make = () => ({
    eventId: randomUUID(),
    eventTime: new Date(atMs).toISOString(),
    eventType: `QueryProductRecommendation${what}Event`,
    event: { queryProductRecommendation: resourceOf(given, collection) },
    customerId: given.customerId,
  });
  // Who asked does not wait for those who listen.
  hub.publish(API, make).catch(eventLost);
}
