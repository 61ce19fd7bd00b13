import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Face, HttpApp } from '../../http/face.ts';
import { sendProblem, TMF_ERROR } from '../../http/problem.ts';
import { DEFAULT_TMF_PREFIX } from '../../security/guard.ts';
import type { AppendOutcome, EventResult, GatewayEvent } from '../event-intake.ts';
import type { Mapped } from './mapped.ts';
import { mapProductEvent, PRODUCT_NOTIFICATIONS, type ProductNotification } from './product-mapping.ts';
import { eventSubscription, productEvent, usage, usageCreate } from './tmf-schemas.ts';
import { mapUsage } from './usage-mapping.ts';

export interface TmfEventsDeps {
  /** Appends with acks of all replicas; answers per event, in order; never rejects. */
  append(events: readonly GatewayEvent[]): Promise<readonly AppendOutcome[]>;
  /** Told the result of each event. */
  counted(results: readonly EventResult[]): void;
  /** When it is worth while to send again. */
  readonly retry: { busySeconds(): number; awaySeconds(): number };
}

export interface TmfEventsOptions {
  /** In place of `/tmf-api`. */
  readonly tmfPrefix?: string;
}

const TAGS = ['Events'];
const ERRORS = Object.fromEntries([400, 401, 403, 413, 415, 429, 500, 503].map((status) => [status, TMF_ERROR]));

/**
 * TMF635 Usage (`POST …/usageManagement/v4/usage`) and the listener of TMF637 Product Inventory: the same events as those
 * of `POST /v1/events`, answered when the log has them.
 */
export function tmfEventsFace(deps: TmfEventsDeps, options: TmfEventsOptions = {}): Face {
  const prefix = options.tmfPrefix ?? DEFAULT_TMF_PREFIX;
  return {
    name: 'tmf events',
    routes(app) {
      usageRoute(app, prefix, deps);
      for (const name of PRODUCT_NOTIFICATIONS) productRoute(app, prefix, name, deps);
    },
  };
}

function usageRoute(app: HttpApp, prefix: string, deps: TmfEventsDeps): void {
  app.post(
    `${prefix}/usageManagement/v4/usage`,
    {
      schema: {
        tags: TAGS,
        summary: 'Hand over a usage (TMF635)',
        description:
          'Recorded as UsageRecorded. Sent again with the same id, or unchanged without one, it counts once. Usages cannot be read ' +
          'back here: the answer is the resource as it was taken.',
        body: usageCreate,
        response: { 201: usage, ...ERRORS },
      },
    },
    async (request, reply) => {
      const mapped = mapUsage(request.body, sourceOf(request));
      const sent = await taken(reply, mapped, deps);
      if (sent.kind === 'answered') return reply;
      return reply
        .code(201)
        .send({ ...request.body, id: sent.eventId ?? '', status: request.body.status ?? 'received' });
    },
  );
}

function productRoute(app: HttpApp, prefix: string, name: ProductNotification, deps: TmfEventsDeps): void {
  app.post(
    `${prefix}/productInventory/v4/listener/${name}`,
    {
      schema: {
        tags: TAGS,
        summary: `Be told of a product (TMF637 ${name})`,
        description:
          'Recorded as what happened to the line; a notification that says nothing of that is taken all the same.',
        body: productEvent,
        response: { 201: eventSubscription, ...ERRORS },
      },
    },
    async (request, reply) => {
      const sent = await taken(reply, mapProductEvent(name, request.body, sourceOf(request)), deps);
      if (sent.kind === 'answered') return reply;
      return reply.code(201).send({ id: request.body.eventId ?? '', callback: request.routeOptions.url ?? '' });
    },
  );
}

/** The interfaces have no field for it: who sends is the source, and ids are his own. */
function sourceOf(request: FastifyRequest): string {
  return `tmf/${request.principal?.id ?? ''}`;
}

type Taken = { readonly kind: 'taken'; readonly eventId: string | undefined } | { readonly kind: 'answered' };
const ANSWERED: Taken = { kind: 'answered' };

/** Appends what was mapped, or answers why not. */
async function taken(reply: FastifyReply, mapped: Mapped, { append, counted, retry }: TmfEventsDeps): Promise<Taken> {
  if (mapped.kind === 'nothing') return { kind: 'taken', eventId: undefined };
  if (mapped.kind === 'refused') {
    const { code, field, message, fix } = mapped.problem;
    counted([{ id: null, status: 'rejected', error: { code, message, field, fix } }]);
    sendProblem(reply, { status: 400, code, title: `${field} ${message}`, detail: fix });
    return ANSWERED;
  }
  const { eventId } = mapped.event;
  const [outcome] = await append([mapped.event]);
  switch (outcome?.kind) {
    case 'accepted':
      counted([{ id: eventId, status: 'accepted' }]);
      return { kind: 'taken', eventId };
    case 'rejected':
      counted([{ id: eventId, status: 'rejected', error: outcome }]);
      sendProblem(reply, {
        ...{ status: 400, code: outcome.code, title: outcome.message },
        detail: 'Correct it, and send it again.',
      });
      return ANSWERED;
    default: {
      const isBusy = outcome?.kind === 'overloaded';
      const code = outcome?.kind ?? 'unavailable';
      const title = outcome?.message ?? 'no answer for this event';
      counted([{ id: eventId, status: 'unavailable', error: { code, message: title } }]);
      const afterSeconds = isBusy ? retry.busySeconds() : retry.awaySeconds();
      sendProblem(reply, { status: isBusy ? 429 : 503, code, title, detail: SEND_AGAIN }, afterSeconds);
      return ANSWERED;
    }
  }
}

const SEND_AGAIN = 'Send it again, unchanged, after Retry-After; it counts once.';
