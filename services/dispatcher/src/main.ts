import { createEncoder, schemaTable } from '@holdfast/events';
import { createEventProducer, createRegistryDecoder, createSchemaRegistry, type EventProducer } from '@holdfast/kafka';
import {
  addressCheck,
  createHealth,
  createLateDependency,
  createLogger,
  createMetrics,
  createOpsServer,
  type FollowedFile,
  type Health,
  type LateDependency,
  type Logger,
  type Metrics,
  onShutdown,
  startService,
} from '@holdfast/observability';
import { createAlertFeed, createContactMarks, createShardStore, type RedisShardStore } from '@holdfast/redis';
import { alertOf, contactStanding, STATE_LAYOUT } from '@holdfast/telecom';
import { DESK_ALONE, readChannels } from './channels/channel-file.ts';
import { followChannelFile } from './channels/follow-channel-file.ts';
import type { LiveChannels } from './channels/live-channels.ts';
import { openChannel } from './channels/open-channel.ts';
import { readConfig, secretReader } from './config.ts';
import { isHeldBack } from './consent-hold.ts';
import { createLiveDirectory, type LiveDirectory } from './directory/live-directory.ts';
import { createDispatcher } from './dispatcher.ts';
import type { DeliveryReport, ReportAnswer } from './ports.ts';
import { createCallbackServer } from './reports/callback-server.ts';
import { createReportTaker } from './reports/report-taker.ts';
import { createShardReader } from './shard-reader.ts';

const SERVICE = 'dispatcher';
const LOOK_EVERY_MS = 2_000;
/** A report may wait so long for others: nobody looks at it sooner, and a batch costs the broker about as much as one. */
const REPORT_LINGER_MS = 10;

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
      const options = {
        ...{ brokers: config.brokers, ...config.kafkaSecurity },
        ...{ clientId: 'holdfast-dispatcher', lingerMs: REPORT_LINGER_MS },
      };
      return createEventProducer(options, { encoder, logger });
    },
    { name: 'schema registry', logger },
  );
  const store = createShardStore({ url: config.redisUrl, codecVersion: STATE_LAYOUT });
  const feed = createAlertFeed({ url: config.queueUrl });
  const marks = createContactMarks({ url: config.queueUrl });
  const shards = createShardReader({ store, decode: (value) => decoder.decode(value) });

  const report = (one: DeliveryReport) => send(one, producer);
  const now = () => Date.now();
  const reports = createReportTaker({ marks, report, now, observe: reportObserver(metrics) });
  const directory = createLiveDirectory((error) => logger.error({ err: error }, 'address file refused'));
  const dispatcher = createDispatcher(
    {
      open: (name, plan, secret) => openChannel(name, plan, secret, { feed, alertOf, reports, now }),
      ports: {
        ...shards,
        standing: contactStanding,
        marks,
        directory,
        isHeldBack: (contact) => isHeldBack(contact, marks),
        report,
        now,
      },
      metrics,
      logger,
    },
    { queueUrl: config.queueUrl },
  );
  const file = config.channelsFile
    ? followFile(config.channelsFile, { dispatcher, directory, metrics, logger })
    : undefined;
  if (file === undefined) await dispatcher.use(readChannels(DESK_ALONE, secretReader()));
  else health.readiness('channels', file.check);
  await file?.look();
  health.readiness('registry', producer.check);
  health.readiness('kafka', addressCheck('broker', config.brokers));
  watchStore(health, store);
  health.readiness('queues', () => (dispatcher.isRunning() ? { ok: true } : { ok: false, reason: 'not taking jobs' }));
  const ops = await createOpsServer({ host: config.host, port: config.port, metrics, health });
  const callbacks =
    file &&
    (await createCallbackServer(
      { host: config.host, port: config.callbackPort },
      { route: dispatcher.route, reports },
    ));

  onShutdown(
    [
      { name: 'say not ready', run: () => health.drain('stopping') },
      { name: 'take no more reports', run: () => callbacks?.close() },
      { name: 'follow the channel file no more', run: () => file?.close() },
      { name: 'finish the contacts at work', run: () => dispatcher.close() },
      { name: 'leave the directory', run: () => directory.close() },
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

interface FollowParts {
  readonly dispatcher: LiveChannels;
  readonly directory: LiveDirectory;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

function followFile(path: string, { dispatcher, directory, metrics, logger }: FollowParts): FollowedFile {
  const refusals = metrics.counter({
    name: 'channel_file_refusals_total',
    help: 'Times a channel file could not be put in force; the one before stays.',
  });
  return followChannelFile(
    { path, everyMs: LOOK_EVERY_MS },
    {
      readSecret: secretReader(),
      use: (read) => dispatcher.use(read, () => directory.use(read)),
      taken: () => logger.info({ path }, 'channel file in force'),
      refused(reason) {
        refusals.increment({});
        logger.error({ path, reason }, 'channel file refused');
      },
    },
  );
}

function reportObserver(metrics: Metrics) {
  const reports = metrics.counter({
    name: 'provider_reports_total',
    help: 'What providers reported of messages they took, by status and by what was done with it.',
    labels: ['channel', 'status', 'answer'],
  });
  return (channel: string, status: string, answer: string) => reports.increment({ channel, status, answer });
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
