import { request } from 'node:http';
import { fromCloudEvent } from '@holdfast/events';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { afterEach } from 'vitest';
import { alertsFace } from '../src/alerts/alerts-route.ts';
import { type AppendOutcome, createEventIntake, type GatewayEvent } from '../src/events/event-intake.ts';
import { type EventsOptions, eventsFace } from '../src/events/events-route.ts';
import { createGateway, type Gateway } from '../src/gateway.ts';
import { createGatewayMetrics } from '../src/gateway-metrics.ts';
import { authenticateByKeys } from '../src/security/api-keys.ts';
import { SEES_EVERYTHING } from '../src/security/sight.ts';

export const PRODUCER = 'producer-0123456789';
export const AGENT = 'agent-0123456789abc';

export const ACCEPTED: AppendOutcome = { kind: 'accepted', place: { topic: 't', partition: 0, offset: 0 } };

export type Append = (events: readonly GatewayEvent[]) => readonly AppendOutcome[];

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}
export interface OpenApiOperation {
  readonly requestBody: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, unknown>> }>>;
}

export interface Started {
  readonly options?: EventsOptions;
  /** What an append waits for. */
  before?(): Promise<void>;
}

/** Gateways with the faces of events and alerts, their log and stores in memory. Called once by a test file: it registers its hook. */
export function useEventsGateway() {
  const gateways: Gateway[] = [];

  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });

  async function started(append: Append = (events) => events.map(() => ACCEPTED), more: Started = {}) {
    const appended: GatewayEvent[] = [];
    const consents: boolean[] = [];
    const exclusions: string[] = [];
    const lines: string[] = [];
    const metrics = createMetrics({ service: 'gateway' });
    const health = createHealth();
    const seen = createGatewayMetrics(metrics);
    const take = createEventIntake({
      parse: fromCloudEvent,
      append: async (events) => {
        await more.before?.();
        appended.push(...events);
        return append(events);
      },
      consentSeen: async (event) => void consents.push(event.granted),
      exclusionSeen: async (event) => void exclusions.push(`${event.exclusion} ${event.active}`),
      holdFailed: () => {},
    });
    const source = {
      tail: async function* () {},
      lastId: async () => {
        throw new Error('redis is away');
      },
      read: async () => [],
      firstId: async () => undefined,
      isAlertId: () => true,
      compareIds: () => 0,
    };
    const authenticate = authenticateByKeys([
      { role: 'producer', key: PRODUCER },
      { role: 'agent', key: AGENT },
    ]);
    const gateway = await createGateway(
      {
        faces: [
          eventsFace(
            { take, counted: seen.events, retry: { busySeconds: () => 7, awaySeconds: () => 2 } },
            more.options,
          ),
          alertsFace(
            { source, sightOf: SEES_EVERYTHING, authenticate, ended: seen.listenerEnded },
            { maxListeners: 2, heartbeatMs: 1_000, slowMs: 1_000, recheckMs: 1_000 },
          ),
        ],
        authenticate,
        metrics,
        health,
        logger: createLogger({ service: 'gateway', level: 'debug' }, { write: (line: string) => lines.push(line) }),
        requestSeen: seen.request,
      },
      { host: '127.0.0.1', port: 0 },
    );
    gateways.push(gateway);
    const base = `http://127.0.0.1:${await gateway.start()}`;
    const post = (body: unknown, headers: Record<string, string> = { 'content-type': STRUCTURED }) =>
      fetch(`${base}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${PRODUCER}`, ...headers },
        body: typeof body === 'string' ? body : body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body),
      });
    const document = () => gateway.app.swagger() as unknown as OpenApi;
    return { document, base, post, appended, consents, exclusions, lines, metrics, health };
  }

  return started;
}

export const STRUCTURED = 'application/cloudevents+json';
export const BINARY = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-source': 'billing',
  'ce-type': 'BalanceToppedUp',
  'ce-time': '2026-11-01T08:00:00Z',
};
export const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

/** With headers as they are given, where `fetch` would join or refuse them. */
export function postRaw(base: string, headers: Record<string, string | string[]>) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; result: unknown }>();
  const options = { method: 'POST', headers: { authorization: `Bearer ${PRODUCER}`, ...headers } };
  const sent = request(`${base}/v1/events`, options, (answer) => {
    answer
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => resolve({ status: answer.statusCode, result: JSON.parse(chunks.join('')) }), reject);
  });
  sent.on('error', reject).end(JSON.stringify(toppedUp('x').data));
  return promise;
}

export function toppedUp(id: string, data: Record<string, unknown> = {}) {
  return {
    specversion: '1.0',
    id,
    source: 'billing',
    type: 'io.holdfast.usage.BalanceToppedUp.v1',
    time: '2026-11-01T08:00:00Z',
    subject: 'customer-4711',
    data: { subscriptionId: 's1', amountMinor: 500, currency: 'EUR', ...data },
  };
}
