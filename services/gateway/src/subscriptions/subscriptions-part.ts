import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger, Metrics } from '@holdfast/observability';
import { createOutboundStreams, createSubscriptionMessages, createSubscriptionStore } from '@holdfast/redis';
import { createAddressGuard, createSecretReader } from '@holdfast/webhook';
import type { Face } from '../http/face.ts';
import { createAudience } from './audience.ts';
import { NO_CREDENTIALS, readCredentials } from './credentials.ts';
import { createDeliverer, type DelivererOptions } from './delivery/deliverer.ts';
import { STANDARD_SCHEDULE } from './delivery/schedule.ts';
import { createSender } from './delivery/sender.ts';
import { createHubEvents } from './hub.ts';
import type { HubEvents } from './hub-events.ts';
import { createEventRelay, type EventRelayDeps } from './relay/event-relay.ts';
import { LOG_KINDS } from './relay/relayed-event.ts';
import { createSecretBox } from './secret-box.ts';
import { isSending } from './subscription.ts';
import { createSubscriptionDesk } from './subscription-desk.ts';
import { createSubscriptionRegister, type SubscriptionRegister } from './subscription-register.ts';
import { subscriptionsFace } from './subscriptions-face.ts';
import { readTemplates } from './templates/template-folder.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';

export interface SubscriptionsConfig {
  readonly queueUrl: string;
  /** The first seals secrets; none: no signed subscription can be made. */
  readonly boxKeys: readonly Buffer[];
  readonly credentialsFile: string | undefined;
  readonly templatesFolder: string | undefined;
  /** Private networks that may be called, CIDR. */
  readonly allowedNetworks: readonly string[];
  readonly isHttpAllowed: boolean;
  /** Where the credentials file's `env` secrets are looked for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface SubscriptionsDeps {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Where events of the log come from; without it subscribers hear of alerts and hub events alone. */
  readonly log?: Omit<EventRelayDeps, 'streams' | 'forget' | 'wanted' | 'failed'>;
}

export interface SubscriptionsPart {
  readonly face: Face;
  readonly hub: HubEvents;
  start(): void;
  /** What waits to be sent about a customer is not sent, and nothing of it is kept. */
  forget(customerId: string): Promise<void>;
  /** After the face was closed. */
  closeStores(): Promise<void>;
}

const DELIVERY = {
  schedule: STANDARD_SCHEDULE,
  breaker: { failures: 10, openMs: 5_000, maxOpenMs: 300_000 },
  concurrency: 8,
  timeoutMs: 15_000,
  maxWaiting: 1_000,
  maxUndelivered: 5,
  closeMs: 5_000,
  leaseMs: 10_000,
  tickMs: 1_000,
} satisfies Omit<DelivererOptions, 'member'>;

/** Subscriptions with all they hold open. Throws for files that cannot be used. */
export function openSubscriptions(
  config: SubscriptionsConfig,
  { metrics, logger, log }: SubscriptionsDeps,
  change: Partial<DelivererOptions> = {},
): SubscriptionsPart {
  const options = { ...DELIVERY, member: randomUUID(), ...change };
  const now = () => Date.now();
  const url = { url: config.queueUrl };
  const [store, streams, messages] = [
    createSubscriptionStore(url),
    createOutboundStreams(url),
    createSubscriptionMessages(url),
  ];
  const register = createSubscriptionRegister(store);
  const guard = createAddressGuard({ allow: config.allowedNetworks });
  const urlRules = { guard, isHttpAllowed: config.isHttpAllowed };
  const [firstKey, ...olderKeys] = config.boxKeys;
  const box = firstKey && createSecretBox([firstKey, ...olderKeys]);
  const parts = {
    templates: readTemplates(config.templatesFolder),
    credentials: credentialsOf(config),
    ...{ guard, box, now },
  };
  const newSender = () => createSender(parts, { timeoutMs: options.timeoutMs, connections: options.concurrency });
  const seen = createWebhookMetrics(metrics);
  const failed = (error: unknown) => logger.warn({ err: error }, 'subscriptions: a step failed and is done again');
  const deliverer = createDeliverer(
    {
      ...{ store, register, streams, messages, createSender: newSender, failed, now },
      ...{ tried: seen.tried, ended: seen.ended, missed: seen.missed },
      stopped(id, why) {
        seen.stopped(why);
        logger.warn({ subscription: id, why }, 'a subscriber is sent nothing more');
      },
    },
    options,
  );
  seen.watch(deliverer.waiting);
  const forget = async (customerId: string): Promise<void> => {
    // The streams first: what waits afterwards was read before.
    await streams.forget(customerId);
    for (const { id } of await store.list()) await messages.forget(id, customerId);
  };
  const relay = log && createEventRelay({ ...log, streams, forget, failed, wanted: () => wantedOf(register) });
  const desk = createSubscriptionDesk({ register, messages, streams, urlRules, createSender: newSender, ...parts });
  return {
    hub: createHubEvents({ register, streams, urlRules, now, audience: createAudience(store) }),
    face: subscriptionsFace({
      ...{ desk, register, failed },
      async close() {
        await Promise.all([deliverer.close(), relay?.close()]);
      },
    }),
    start() {
      deliverer.start();
      relay?.start();
    },
    forget,
    async closeStores() {
      await Promise.all([store.close(), streams.close(), messages.close()]);
    },
  };
}

function credentialsOf({ credentialsFile, environment }: SubscriptionsConfig) {
  if (credentialsFile === undefined) return NO_CREDENTIALS;
  return readCredentials(readFileSync(credentialsFile, 'utf8'), createSecretReader(environment));
}

async function wantedOf(register: Pick<SubscriptionRegister, 'list'>) {
  const asking = (await register.list()).filter(isSending).filter(({ api }) => api === undefined);
  const kinds = asking.flatMap((found) => found.kinds.filter((kind) => LOG_KINDS.includes(kind)));
  const since = asking.filter((found) => found.kinds.some((kind) => LOG_KINDS.includes(kind)));
  if (kinds.length === 0) return undefined;
  return { kinds: new Set(kinds), sinceMs: Math.min(...since.map(({ createdAtMs }) => createdAtMs)) };
}
