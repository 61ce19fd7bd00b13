import { randomBytes, randomUUID } from 'node:crypto';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { createAlertFeed } from '@holdfast/redis';
import { createGateway } from '../src/gateway.ts';
import type { Face } from '../src/http/face.ts';
import type { Authenticate } from '../src/security/principal.ts';
import type { DelivererOptions } from '../src/subscriptions/delivery/deliverer.ts';
import type { HubEvents } from '../src/subscriptions/hub-events.ts';
import {
  openSubscriptions,
  type SubscriptionsConfig,
  type SubscriptionsDeps,
} from '../src/subscriptions/subscriptions-part.ts';

export const BOX_KEY = randomBytes(32);

/** Ends soon, and sooner on a busy machine: how many tries it allows is for its unit tests to say. */
export const SHORT_SCHEDULE = [30, 60, 120];

/** As in life, but for the waits. Messages go on waiting, however busy the machine is. */
export const QUICK = {
  schedule: [...SHORT_SCHEDULE, ...Array<number>(500).fill(120)],
  breaker: { failures: 50, openMs: 50, maxOpenMs: 200 },
  timeoutMs: 2_000,
  leaseMs: 2_000,
  tickMs: 50,
  closeMs: 1_000,
} satisfies Partial<DelivererOptions>;

export interface GatewayChange {
  readonly config?: Partial<SubscriptionsConfig>;
  readonly delivery?: Partial<DelivererOptions>;
  readonly log?: SubscriptionsDeps['log'];
  readonly authenticate?: Authenticate;
  /** Further faces, which may use the hub. */
  readonly faces?: (hub: HubEvents) => readonly Face[];
}

const OPERATOR: Authenticate = () => ({
  kind: 'known',
  principal: { id: 'operator-1', kind: 'key', roles: ['operator'] },
});

/** A gateway with subscriptions on a port of its own; what it logs is kept. */
export async function startSubscriptionsGateway(redisUrl: string, change: GatewayChange = {}) {
  const lines: string[] = [];
  const metrics = createMetrics({ service: 'gateway' });
  const logger = createLogger({ service: 'gateway', level: 'debug' }, { write: (line: string) => lines.push(line) });
  const part = openSubscriptions(
    {
      ...{ queueUrl: redisUrl, boxKeys: [BOX_KEY], credentialsFile: undefined, templatesFolder: undefined },
      ...{ allowedNetworks: ['127.0.0.0/8'], isHttpAllowed: true, environment: {}, ...change.config },
    },
    { metrics, logger, ...(change.log && { log: change.log }) },
    { ...QUICK, ...change.delivery },
  );
  const gateway = await createGateway(
    {
      faces: [part.face, ...(change.faces?.(part.hub) ?? [])],
      authenticate: change.authenticate ?? OPERATOR,
      ...{ metrics, logger, health: createHealth(), requestSeen: () => undefined },
    },
    { host: '127.0.0.1', port: 0 },
  );
  const base = `http://127.0.0.1:${await gateway.start()}`;
  part.start();
  let isClosed = false;
  return {
    ...{ base, metrics, lines, hub: part.hub, forget: part.forget, app: gateway.app },
    async call(method: string, path: string, body?: unknown) {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await fetch(base + path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const json = text === '' ? {} : JSON.parse(text);
      return { status: answer.status, headers: answer.headers, json: json as Record<string, unknown> };
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await gateway.close();
      await part.closeStores();
    },
  };
}

export type SubscriptionsGateway = Awaited<ReturnType<typeof startSubscriptionsGateway>>;

/** Appends alerts as the dispatcher does. */
export function alertWriter(redisUrl: string) {
  const feed = createAlertFeed({ url: redisUrl });
  return {
    async raise(change: object = {}) {
      const contactId = `c${randomUUID()}`;
      const told = {
        contactId,
        customerId: 'customer-4711',
        play: 'gone_quiet',
        title: 'Call him',
        reason: 'Quiet',
        script: 'Hi',
      };
      const place = {
        desk: 'retention',
        team: '',
        accountManager: '',
        tier: 'key',
        priority: 1,
        decidedAt: Date.now(),
      };
      const answer = await feed.append({ contactId, json: JSON.stringify({ ...told, ...place, ...change }) });
      if (answer.kind !== 'appended') throw new Error('a fresh contact was there already');
      return contactId;
    },
    close: () => feed.close(),
  };
}
