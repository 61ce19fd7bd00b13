import { createEncoder, schemaTable } from '@holdfast/events';
import { createEventProducer, createRegistryDecoder, createSchemaRegistry, type EventProducer } from '@holdfast/kafka';
import {
  addressCheck,
  createHealth,
  createLateDependency,
  createLogger,
  createMetrics,
  createOpsServer,
  type Health,
  type LateDependency,
  onShutdown,
  startService,
} from '@holdfast/observability';
import { createAlertFeed, createContactMarks, createShardStore, type RedisShardStore } from '@holdfast/redis';
import { alertOf, contactStanding, STATE_LAYOUT } from '@holdfast/telecom';
import { createCallCentreChannel } from './call-centre.ts';
import { readConfig } from './config.ts';
import { isHeldBack } from './consent-hold.ts';
import { createDispatcher } from './dispatcher.ts';
import type { DeliveryReport, ReportAnswer } from './ports.ts';
import { createShardReader } from './shard-reader.ts';

const SERVICE = 'dispatcher';
const CONCURRENCY = 32;

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics({ service: SERVICE });
  const health = createHealth();

  const registry = createSchemaRegistry({ url: config.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const producer = createLateDependency(
    async () => {
      const encoder = createEncoder(await registry.idsOf(schemaTable()));
      return createEventProducer({ brokers: config.brokers, clientId: 'holdfast-dispatcher' }, { encoder, logger });
    },
    { name: 'schema registry', logger },
  );
  const store = createShardStore({ url: config.redisUrl, codecVersion: STATE_LAYOUT });
  const feed = createAlertFeed({ url: config.queueUrl });
  const marks = createContactMarks({ url: config.queueUrl });
  const shards = createShardReader({ store, decode: (value) => decoder.decode(value) });

  const dispatcher = createDispatcher(
    {
      channels: [createCallCentreChannel({ feed, alertOf })],
      ports: {
        ...shards,
        standing: contactStanding,
        marks,
        isHeldBack: (contact) => isHeldBack(contact, marks),
        report: (report) => send(report, producer),
        now: () => Date.now(),
      },
      metrics,
      logger,
    },
    { queueUrl: config.queueUrl, concurrency: CONCURRENCY },
  );
  health.readiness('registry', producer.check);
  health.readiness('kafka', addressCheck('broker', config.brokers));
  watchStore(health, store);
  health.readiness('queues', () => (dispatcher.isRunning() ? { ok: true } : { ok: false, reason: 'not taking jobs' }));
  const ops = await createOpsServer({ host: config.host, port: config.port, metrics, health });

  onShutdown(
    [
      { name: 'say not ready', run: () => health.drain('stopping') },
      { name: 'finish the contacts at work', run: () => dispatcher.close() },
      { name: 'stop asking the registry', run: () => producer.close() },
      { name: 'send the reports that wait', run: () => producer.current()?.close() },
      { name: 'close stores', run: () => Promise.all([store.close(), feed.close(), marks.close()]) },
      { name: 'close the pages', run: () => ops.close().then(() => registry.close()) },
    ],
    { logger },
  );
  logger.info({ port: ops.port }, 'listening');
  await dispatcher.ready();
  if (await producer.arrived()) logger.info({ port: ops.port }, 'ready');
}

function watchStore(health: Health, store: RedisShardStore): void {
  health.readiness('redis', async () => {
    const meta = await store.readMeta({ topology: 'customer', partition: 0 });
    return meta === null ? { ok: false, reason: 'not initialised: run holdfast init' } : { ok: true };
  });
}

async function send(report: DeliveryReport, producer: LateDependency<EventProducer>): Promise<ReportAnswer> {
  const sender = producer.current();
  if (sender === undefined) return { kind: 'retry', message: 'the schema registry cannot be asked yet' };
  const [outcome] = await sender.send([report]);
  switch (outcome?.kind) {
    case 'accepted':
      return { kind: 'ok' };
    case 'rejected':
      return { kind: 'refused', message: outcome.message };
    default:
      return { kind: 'retry', message: outcome?.message ?? 'no answer' };
  }
}

await startService(SERVICE, main);
