import { createEncoder, fromCloudEvent, schemaTable } from '@holdfast/events';
import { createEventProducer, createSchemaRegistry, type EventProducer } from '@holdfast/kafka';
import {
  addressCheck,
  createHealth,
  createLateDependency,
  createLogger,
  createMetrics,
  type LateDependency,
  onShutdown,
  startService,
} from '@holdfast/observability';
import { createAlertFeed, createContactMarks, isAlertId } from '@holdfast/redis';
import { readConfig } from './config.ts';
import { holdForConsent } from './consent-hold.ts';
import type { AppendOutcome, GatewayEvent } from './event-intake.ts';
import { createGateway } from './gateway.ts';

const SERVICE = 'gateway';
const ALERTS = { maxListeners: 500, heartbeatMs: 15_000, slowMs: 10_000 };
/** Few, so that an HTTP client hears of an absent broker within seconds; it sends again itself. */
const SEND_RETRIES = 2;
const REQUEST_TIMEOUT_MS = 5_000;

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics({ service: SERVICE });
  const health = createHealth();

  const registry = createSchemaRegistry({ url: config.registryUrl });
  const producer = createLateDependency(
    async () => {
      const encoder = createEncoder(await registry.idsOf(schemaTable()));
      const options = { brokers: config.brokers, clientId: 'holdfast-gateway', retries: SEND_RETRIES };
      return createEventProducer({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS }, { encoder, logger });
    },
    { name: 'schema registry', logger },
  );
  const feed = createAlertFeed({ url: config.queueUrl });
  const marks = createContactMarks({ url: config.queueUrl });

  health.readiness('registry', producer.check);
  health.readiness('kafka', addressCheck('broker', config.brokers));
  health.readiness('redis', async () => {
    await feed.lastId();
    return { ok: true };
  });

  const gateway = createGateway(
    {
      intake: {
        parse: fromCloudEvent,
        append: (events) => append(events, producer),
        consentSeen: (event) => holdForConsent(event, marks),
      },
      alerts: { tail: feed.tail, lastId: feed.lastId, isAlertId },
      metrics,
      health,
      logger,
    },
    { host: config.host, port: config.port, keys: config.apiKeys, alerts: ALERTS },
  );

  const shutdown = onShutdown(
    [
      { name: 'say not ready', run: () => health.drain('stopping') },
      { name: 'finish requests, end streams', run: () => gateway.close() },
      { name: 'stop asking the registry', run: () => producer.close() },
      { name: 'send what waits', run: () => producer.current()?.close() },
      { name: 'close stores', run: () => Promise.all([feed.close(), marks.close()]).then(() => registry.close()) },
    ],
    { logger },
  );
  try {
    const port = await gateway.start();
    logger.info({ port }, 'listening');
    if (await producer.arrived()) logger.info({ port }, 'ready');
  } catch (error) {
    logger.fatal({ err: error }, 'cannot listen');
    await shutdown.begin('cannot listen', 1);
  }
}

function append(
  events: readonly GatewayEvent[],
  producer: LateDependency<EventProducer>,
): Promise<readonly AppendOutcome[]> {
  const sender = producer.current();
  if (sender !== undefined) return sender.send(events);
  const message = 'the schema registry cannot be asked yet; send the event again';
  return Promise.resolve(events.map(() => ({ kind: 'unavailable', message })));
}

await startService(SERVICE, main);
