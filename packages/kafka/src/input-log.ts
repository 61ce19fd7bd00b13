import { performance } from 'node:perf_hooks';
import type { InputLog, LogHandler } from '@holdfast/engine';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { type ClusterView, createClusterView } from './cluster-view.ts';
import { coPartitioningAssigner, equalPartitionCount } from './co-partitioning-assigner.ts';
import { type Confirmation, createConfirmation } from './confirmation.ts';
import { asError, KafkaConfigurationError } from './errors.ts';
import { createPositions, type Positions } from './position.ts';
import { packRecords } from './record-pack.ts';

export interface InputLogOptions extends ClientOptions {
  readonly groupId: string;
  /** Every topic of the topology; all need the same partition count. */
  readonly topics: readonly string[];
  /** A worker silent for so long loses its partitions, ms. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** ms. Default 1,000. */
  readonly heartbeatIntervalMs?: number;
  /** How long the group waits for members to join again, ms. Default 30,000. */
  readonly rebalanceTimeoutMs?: number;
  /** How long the broker may hold an empty fetch, and how long a fetch with everything paused sleeps, ms. Default 150. */
  readonly maxWaitMs?: number;
  /** Default 1: an answer as soon as there is anything. */
  readonly minBytes?: number;
  /** Default 1 MiB. */
  readonly maxBytesPerPartition?: number;
  /** Of one fetch. All its records exist at once: more of them outlive the young generation. Default 4 MiB. */
  readonly maxBytes?: number;
}

export interface KafkaInputLog extends InputLog {
  /** When a fetch cycle last ended, ms since the epoch; the start's time before the first. Old means stalled. */
  lastFetchAt(): number;
}

/** Everything one consumer's life shares. */
interface Session {
  readonly options: InputLogOptions;
  readonly logger: KafkaLogger | undefined;
  readonly consumer: Consumer;
  readonly cluster: ClusterView;
  readonly positions: Positions;
  readonly confirmation: Confirmation;
  handler: LogHandler | undefined;
  partitions: readonly number[];
  lastFetchAt: number;
  /** Set by close and by the first crash: nothing is told to the handler afterwards. */
  isOver: boolean;
}

/** How long a heartbeat's request took, told before the heartbeat itself succeeds. */
const HEARTBEAT_API = 'Heartbeat';
const FETCH_API = 'Fetch';
const OUT_OF_RANGE = 'Offset out of range';

/**
 * The input topics through a kafkajs consumer group. Group offsets are never read: the owner of a shard says with
 * `resumeAt` where each partition starts, and every batch is compared with that position.
 */
export function createInputLog(options: InputLogOptions, deps: { readonly logger?: KafkaLogger } = {}): KafkaInputLog {
  const session = openSession(options, deps.logger);
  const { consumer, cluster, positions, confirmation } = session;
  return {
    start: (handler) => start(session, handler),
    resumeAt(topic, partition, offset) {
      positions.want(topic, partition, offset);
      whenRunning(session, () => {
        consumer.seek({ topic, partition, offset: String(offset) });
        consumer.resume([{ topic, partitions: [partition] }]);
      });
    },
    pause(topic, partition) {
      positions.forget(topic, partition);
      whenRunning(session, () => consumer.pause([{ topic, partitions: [partition] }]));
    },
    bounds: cluster.bounds,
    clusterId: cluster.clusterId,
    confirmAssignment: confirmation.wait,
    lastFetchAt: () => session.lastFetchAt,
    reportProgress: (offsets) => reportProgress(session, offsets),
    async close() {
      session.isOver = true;
      confirmation.fail(new Error('the input log was closed'));
      await consumer.disconnect();
      await cluster.close();
    },
  };
}

function openSession(options: InputLogOptions, logger: KafkaLogger | undefined): Session {
  const kafka: Kafka = createClient(options, {
    logger,
    onLog: ({ log }) => {
      if (log.message.startsWith(OUT_OF_RANGE)) disturb(session, log.topic, log.partition, 'offset out of range');
    },
    onSocketClosed: (address) => disturbAll(session, `connection to ${address} lost`),
  });
  const consumer = kafka.consumer({
    groupId: options.groupId,
    partitionAssigners: [coPartitioningAssigner(() => session.partitions)],
    sessionTimeout: options.sessionTimeoutMs ?? 10_000,
    heartbeatInterval: options.heartbeatIntervalMs ?? 1_000,
    rebalanceTimeout: options.rebalanceTimeoutMs ?? 30_000,
    maxWaitTimeInMs: options.maxWaitMs ?? 150,
    minBytes: options.minBytes ?? 1,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1_048_576,
    maxBytes: options.maxBytes ?? 4 * 1_048_576,
    allowAutoTopicCreation: false,
  });
  const session: Session = {
    options,
    logger,
    consumer,
    cluster: createClusterView(createClient(options, { logger })),
    positions: createPositions(),
    confirmation: createConfirmation(() => performance.now()),
    handler: undefined,
    partitions: [],
    lastFetchAt: Date.now(),
    isOver: false,
  };
  return session;
}

async function start(session: Session, handler: LogHandler): Promise<void> {
  const { consumer, cluster, options } = session;
  const topics = [...options.topics];
  const counts = await Promise.all(topics.map(async (topic) => [topic, await cluster.partitionCount(topic)] as const));
  equalPartitionCount(new Map(counts));
  session.handler = handler;
  listen(session);
  await consumer.connect();
  // The default would start at the log's end wherever the client thinks it knows no offset, and skip records.
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 1,
    eachBatch: async (payload) => guard(session, () => takeBatch(session, payload)),
  });
}

function listen(session: Session): void {
  const { consumer, confirmation } = session;
  const { events } = consumer;
  let heartbeatMs = 0;
  consumer.on(events.GROUP_JOIN, ({ payload }) => {
    guard(session, () => takeAssignment(session, payload.memberAssignment));
    confirmation.seen(payload.duration);
  });
  consumer.on(events.REQUEST, ({ payload }) => {
    if (payload.apiName === HEARTBEAT_API) heartbeatMs = payload.duration;
  });
  // Heartbeats never overlap, so the last request that ended is the one that succeeded here.
  consumer.on(events.HEARTBEAT, () => confirmation.seen(heartbeatMs));
  consumer.on(events.REQUEST_TIMEOUT, ({ payload }) => {
    if (payload.apiName === FETCH_API) disturbAll(session, 'a fetch timed out');
  });
  consumer.on(events.FETCH, () => {
    session.lastFetchAt = Date.now();
  });
  consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) guard(session, () => skipFiltered(session, payload));
  });
  consumer.on(events.CRASH, ({ payload }) => {
    if (payload.restart) return disturbAll(session, `the consumer starts again: ${payload.error.message}`);
    crash(session, payload.error);
  });
}

/** Runs before the first fetch of the new generation: what is paused here cannot be delivered. */
function takeAssignment(session: Session, assignment: Readonly<Record<string, number[]>>): void {
  const { options, consumer, positions } = session;
  const partitions = commonPartitions(options.topics, assignment);
  session.partitions = partitions;
  positions.clear();
  consumer.pause(options.topics.map((topic) => ({ topic, partitions: [...partitions] })));
  session.handler?.assigned(partitions);
}

function commonPartitions(topics: readonly string[], assignment: Readonly<Record<string, number[]>>): number[] {
  const sorted = topics.map((topic) => [...(assignment[topic] ?? [])].sort((a, b) => a - b));
  const [first = []] = sorted;
  if (sorted.every((other) => other.join() === first.join())) return first;
  throw new KafkaConfigurationError(
    `the group gave us different partitions of different topics: ${JSON.stringify(assignment)}`,
    'let only workers of this installation join the group',
  );
}

/** The offset a fetch asked for; kafkajs keeps it on the batch without declaring it. */
type FetchedBatch = Batch & { readonly fetchedOffset?: string };

function takeBatch(session: Session, payload: EachBatchPayload): void {
  const batch: FetchedBatch = payload.batch;
  const { topic, partition } = batch;
  const { consumer, positions } = session;
  const fetchedFrom = Number(batch.fetchedOffset ?? batch.firstOffset());
  const verdict = positions.judge(topic, partition, fetchedFrom);
  // A seek that is still waiting explains any other position, and the coming fetch obeys it.
  if (verdict.kind === 'drop' || payload.isStale()) return;
  if (verdict.kind === 'seek') {
    consumer.seek({ topic, partition, offset: String(verdict.offset) });
    disturb(session, topic, partition, `fetched from ${fetchedFrom} instead of ${verdict.offset}`);
    return;
  }
  const nextOffset = Number(batch.lastOffset()) + 1;
  positions.want(topic, partition, nextOffset);
  payload.resolveOffset(batch.lastOffset());
  session.handler?.batch({
    topic,
    partition,
    ...packRecords(topic, partition, batch.messages),
    highWatermark: Number(batch.highWatermark),
    nextOffset,
  });
}

interface FilteredBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly firstOffset: string | null;
  readonly lastOffset: string;
}

/** Transaction markers and aborted records: kafkajs passes over them without calling `eachBatch`. */
function skipFiltered(session: Session, { topic, partition, highWatermark, ...batch }: FilteredBatch): void {
  const last = Number(batch.lastOffset);
  const first = Number(batch.firstOffset ?? batch.lastOffset);
  if (!session.positions.advance(topic, partition, first, last)) return;
  const nextOffset = last + 1;
  session.handler?.batch({ topic, partition, records: [], highWatermark: Number(highWatermark), nextOffset });
}

function disturb(session: Session, topic: string, partition: number, reason: string): void {
  if (session.isOver || !session.partitions.includes(partition)) return;
  session.handler?.disturbed(topic, partition, reason);
}

function disturbAll(session: Session, reason: string): void {
  for (const topic of session.options.topics) {
    for (const partition of session.partitions) disturb(session, topic, partition, reason);
  }
}

/** The handler is ours: what it throws is a defect, and retrying the batch would not mend it. */
function guard(session: Session, call: () => void): void {
  if (session.isOver) return;
  try {
    call();
  } catch (thrown) {
    crash(session, asError(thrown));
  }
}

function crash(session: Session, error: Error): void {
  if (session.isOver) return;
  session.isOver = true;
  session.confirmation.fail(error);
  session.handler?.crashed(error);
}

/** Between a crash and the client's own restart there is no group to speak to; the coming join pauses everything anyway. */
function whenRunning(session: Session, call: () => void): void {
  try {
    call();
  } catch (thrown) {
    session.logger?.debug({ err: asError(thrown) }, 'the consumer is not running');
  }
}

async function reportProgress(
  { consumer, logger }: Session,
  offsets: readonly { readonly topic: string; readonly partition: number; readonly nextOffset: number }[],
): Promise<void> {
  try {
    await consumer.commitOffsets(
      offsets.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
    );
  } catch (thrown) {
    logger?.warn({ err: asError(thrown) }, 'progress was not reported to the group');
  }
}
