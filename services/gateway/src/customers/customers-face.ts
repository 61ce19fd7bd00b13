import { Readable } from 'node:stream';
import { type CustomerRecords, unknownName } from '@holdfast/telecom';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Face, HttpApp } from '../http/face.ts';
import { sendProblem } from '../http/problem.ts';
import { isBlinded } from './blinding.ts';
import { type ConsentRouteDeps, consentRoute } from './consent-route.ts';
import { type ExportSource, exportDocument } from './customer-export.ts';
import {
  CUSTOMER_PARAMS,
  type CustomerLookupDeps,
  createCustomerLookup,
  type Looked,
  type LookUp,
  later,
  sendRefusal,
} from './customer-lookup.ts';
import { COMMON_ANSWERS, CUSTOMER_PROBLEMS, unknownNameProblem } from './customer-problems.ts';
import type { KnownCustomer } from './customer-reader.ts';
import { type ErasureRouteDeps, erasureRoutes } from './erasure-routes.ts';
import { EXPORT } from './export-schema.ts';
import { profileOf } from './profile.ts';
import { CUSTOMER_ANSWER } from './profile-schema.ts';
import { pageOf, timelineOf } from './timeline.ts';
import { TIMELINE_PAGE, TIMELINE_QUERY } from './timeline-schema.ts';
import { whyOf, whyText } from './why.ts';
import { WHY, WHY_QUERY } from './why-schema.ts';

export interface CustomersDeps
  extends Omit<CustomerLookupDeps, 'failed'>,
    ErasureRouteDeps,
    Omit<ConsentRouteDeps, 'lookUp'> {
  /** What his shard keeps beside his state. Rejects when it cannot be read. */
  records(customerId: string, partition: number): Promise<CustomerRecords>;
  /** What other stores have of a customer. */
  readonly exports: readonly ExportSource[];
}

const FIRST_PAGE = 20;

/** The customer as people see him: who he is, what happened, why he gets an offer or none; and what he may ask of us. */
export function customersFace(deps: CustomersDeps): Face {
  const lookUp = createCustomerLookup(deps);
  const look = createLook(lookUp, deps);
  return {
    name: 'customers',
    routes(app) {
      viewRoutes(app, look);
      whyRoute(app, look);
      exportRoute(app, look, deps);
      consentRoute(app, { ...deps, lookUp });
      erasureRoutes(app, deps);
    },
    close: () => deps.desk.close(),
  };
}

interface Seen {
  readonly customer: KnownCustomer;
  readonly records: CustomerRecords;
  readonly viewing: { readonly nowMs: number; readonly isBlind: boolean };
}

type Look = (
  request: FastifyRequest,
  customerId: string,
  action: string,
) => Promise<({ readonly kind: 'seen' } & Seen) | Extract<Looked, { kind: 'refused' }>>;

function createLook(lookUp: LookUp, deps: CustomersDeps): Look {
  return async (request, customerId, action) => {
    const looked = await lookUp(request, { customerId, action });
    if (looked.kind === 'refused') return looked;
    const { customer, principal } = looked;
    try {
      const records = await deps.records(customerId, customer.partition);
      return { kind: 'seen', customer, records, viewing: { nowMs: deps.nowMs(), isBlind: isBlinded(principal) } };
    } catch (error) {
      deps.failed('lookup', error);
      return later(CUSTOMER_PROBLEMS.away);
    }
  };
}

const ARMS =
  'To the roles agent and supervisor control groups, shadows and variants are not shown: who deals with customers must not treat them by these.';

function viewRoutes(app: HttpApp, look: Look): void {
  const shown = {
    tags: ['Customers'],
    summary: 'A customer: profile and the first page of his timeline',
    description: `Events told through a gateway a moment ago are in it, also before his shard has folded them. ${ARMS}`,
    params: CUSTOMER_PARAMS,
    response: { ...COMMON_ANSWERS, 200: CUSTOMER_ANSWER },
  } as const;
  app.get('/v1/customers/:customerId', { schema: shown }, async (request, reply) => {
    const seen = await look(request, request.params.customerId, 'customer.read');
    if (seen.kind === 'refused') return sendRefusal(reply, seen);
    const { customer, records, viewing } = seen;
    const timeline = pageOf(timelineOf(customer, records, viewing), FIRST_PAGE, undefined);
    return reply.send({ ...profileOf(customer, viewing), timeline });
  });

  const paged = {
    tags: ['Customers'],
    summary: 'What happened to a customer, what was decided for him and what went out to him, newest first',
    description: `Events but uses, decisions and contacts, as far as they are kept. ${ARMS}`,
    params: CUSTOMER_PARAMS,
    querystring: TIMELINE_QUERY,
    response: { ...COMMON_ANSWERS, 200: TIMELINE_PAGE },
  } as const;
  app.get('/v1/customers/:customerId/timeline', { schema: paged }, async (request, reply) => {
    const seen = await look(request, request.params.customerId, 'customer.timeline');
    if (seen.kind === 'refused') return sendRefusal(reply, seen);
    const { limit, cursor } = request.query;
    return reply.send(pageOf(timelineOf(seen.customer, seen.records, seen.viewing), limit, cursor));
  });
}

function whyRoute(app: HttpApp, look: Look): void {
  const schema = {
    tags: ['Customers'],
    summary: 'Why a customer gets an offer or none',
    description:
      'For each trigger and offer its conditions with their values, and the first thing that stopped it: what `holdfast why` tells. ' +
      `${ARMS} Campaigns in whose control group he is are left out for them.`,
    params: CUSTOMER_PARAMS,
    querystring: WHY_QUERY,
    response: { ...COMMON_ANSWERS, 200: WHY },
  } as const;
  app.get('/v1/customers/:customerId/why', { schema }, async (request, reply) => {
    const seen = await look(request, request.params.customerId, 'customer.why');
    if (seen.kind === 'refused') return sendRefusal(reply, seen);
    const { customer, records, viewing } = seen;
    const unknown = unknownName(request.query, customer.policy);
    if (unknown) return sendProblem(reply, unknownNameProblem(unknown));
    const why = whyOf(customer, records.decisions, { ...viewing, ...request.query });
    return sendJson(reply, whyText(why));
  });
}

function exportRoute(app: HttpApp, look: Look, deps: CustomersDeps): void {
  const schema = {
    tags: ['Customers'],
    summary: 'Everything known of a customer, as one JSON document',
    description: '`has` and `hasNot` say what is in it. An answer that breaks off is not complete: ask again.',
    params: CUSTOMER_PARAMS,
    response: { ...COMMON_ANSWERS, 200: EXPORT },
  } as const;
  app.get('/v1/customers/:customerId/export', { schema }, async (request, reply) => {
    const seen = await look(request, request.params.customerId, 'customer.export');
    if (seen.kind === 'refused') return sendRefusal(reply, seen);
    const { customer, records, viewing } = seen;
    if (records.unreadable.some(({ isTemporary }) => isTemporary)) {
      return sendRefusal(reply, later(CUSTOMER_PROBLEMS.unreadable));
    }
    const pieces = exportDocument({ customer, records, sources: deps.exports, nowMs: viewing.nowMs });
    reply.header('content-disposition', 'attachment; filename="customer-export.json"');
    return sendJson(reply, Readable.from(pieces));
  });
}

/** What is JSON already. */
function sendJson(reply: FastifyReply, json: string | Readable): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
