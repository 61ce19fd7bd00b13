import { randomUUID } from 'node:crypto';
import { armOf, shareOf } from '@holdfast/decisions';
import type { Event } from '@holdfast/events';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { openPolicy } from '@holdfast/policy-folder';
import {
  createRecommendationStore,
  createShardStore,
  type RecommendationStore,
  type RedisShardStore,
} from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { type DatabaseOwner, redisDatabase } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { type CustomerReader, createCustomerReader } from '../src/customers/customer-reader.ts';
import { createKeptDecisions } from '../src/customers/kept-decisions.ts';
import { createGateway } from '../src/gateway.ts';
import { openRecommendations } from '../src/recommendations/open-recommendations.ts';
import { authenticateByKeys } from '../src/security/api-keys.ts';
import type { PersonalAccess } from '../src/security/audit.ts';
import type { SightOf } from '../src/security/sight.ts';
import { SEES_EVERYTHING } from '../src/security/sight.ts';
import type { HubEvent, HubEvents } from '../src/subscriptions/hub-events.ts';
import {
  decisionDecoder,
  defaultPolicy,
  eventOf,
  type KnownCustomers,
  openKnownCustomers,
  someoneWhoUsed,
} from './known-customers.ts';

export const AGENT = 'agent-0123456789abc';
export const SUPERVISOR = 'supervisor-0123456';
export const OPERATOR = 'operator-0123456789';
const POLICY = defaultPolicy();
export const BASE = '/tmf-api/recommendationManagement/v4';
export const COLLECTION = `${BASE}/queryProductRecommendation`;

export interface Starting {
  readonly sightOf?: SightOf;
  readonly audit?: (access: PersonalAccess) => Promise<void>;
  readonly hub?: HubEvents;
  readonly read?: CustomerReader['read'];
  readonly store?: RecommendationStore;
  readonly mostInBackground?: number;
}

/** Recommendations over customers in a database of that name. Called once by a test file: it registers its hooks. */
export function useRecommendations(database: DatabaseOwner) {
  const redisUrl = redisDatabase(inject('stack').redisUrl, database);
  let known: KnownCustomers;
  let shards: RedisShardStore;
  let reader: CustomerReader;
  let store: RecommendationStore;
  beforeAll(async () => {
    known = await openKnownCustomers(redisUrl);
    shards = createShardStore({ url: redisUrl, codecVersion: STATE_LAYOUT });
    reader = createCustomerReader({ store: shards, firstPolicy: POLICY, openPolicy, nowMs: Date.now });
    store = createRecommendationStore({ url: redisUrl });
  });
  afterAll(async () => {
    await Promise.all([known.close(), reader.close(), store.close()]);
  });
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function started(given: Starting = {}) {
    const noted: PersonalAccess[] = [];
    const lines: string[] = [];
    const metrics = createMetrics({ service: 'gateway' });
    const logger = createLogger({ service: 'gateway', level: 'debug' }, { write: (line: string) => lines.push(line) });
    const { face, contact } = openRecommendations(
      {
        customers: { read: given.read ?? reader.read },
        decisions: createKeptDecisions(shards, decisionDecoder()),
        store: given.store ?? store,
        sightOf: given.sightOf ?? SEES_EVERYTHING,
        audit: async (_request, access) => {
          noted.push(access);
          await given.audit?.(access);
        },
        ...(given.hub ? { hub: given.hub } : {}),
        metrics,
        logger,
      },
      { tmfPrefix: '/tmf-api', mostInBackground: given.mostInBackground ?? 10 },
    );
    const gateway = await createGateway(
      {
        faces: [face],
        authenticate: authenticateByKeys([
          { role: 'agent', key: AGENT },
          { role: 'supervisor', key: SUPERVISOR },
          { role: 'operator', key: OPERATOR },
        ]),
        ...{ metrics, logger, health: createHealth(), requestSeen: () => {} },
      },
      { host: '127.0.0.1', port: 0 },
    );
    const base = `http://127.0.0.1:${await gateway.start()}`;
    closers.push(() => gateway.close());
    const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(base + path, {
        method,
        headers: {
          'x-api-key': AGENT,
          'x-holdfast-agent': 'anna',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    };
    return { call, noted, lines, metrics, contact };
  }

  async function customer(quantityMb = 8_500, more: (id: string) => readonly Event[] = () => []): Promise<string> {
    const id = someId();
    await known.tell(id, [...someoneWhoUsed(id, quantityMb, Date.now()), ...more(id)], POLICY);
    return id;
  }

  return { started, customer };
}

/** Somebody in no control group and not held out, in the variant of `bundle_care` that makes both offers. */
function someId(): string {
  const { holdout, campaigns } = POLICY;
  for (;;) {
    const id = randomUUID();
    if (shareOf(holdout.salt, id) < holdout.share || shareOf('arm:bundle_care', id) >= 0.6) continue;
    if ([...campaigns.values()].every((campaign) => armOf(campaign, id, undefined) === 'treated')) return id;
  }
}

export const complaint = (id: string) => [
  eventOf('ComplaintFiled', id, Date.now(), { complaintId: 'c-1', topic: 'bill' } as never),
];
export const party = (id: string) => ({ relatedParty: { id, role: 'customer', '@referredType': 'Customer' } });
export const toldBy = (told: Record<string, unknown>) => ({
  characteristic: Object.entries(told).map(([name, value]) => ({ name, value })),
});
export interface Named {
  readonly name: string;
  readonly value: unknown;
}
export const valueIn = (list: readonly Named[], name: string) => list.find((one) => one.name === name)?.value;

/** A hub that keeps what it was given. */
export function hubInMemory() {
  const published: HubEvent[] = [];
  const registered = new Map<string, string>();
  const hub: HubEvents = {
    async subscribe(_, { callback }) {
      const id = randomUUID();
      registered.set(id, callback);
      return { kind: 'subscribed', id };
    },
    unsubscribe: async (_, id) => registered.delete(id),
    publish: async (_, make) => void published.push(make()),
  };
  return { hub, published, registered };
}
