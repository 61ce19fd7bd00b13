import {
  type ArchiveFile,
  type ArchiveWriter,
  type ArchiveWriterDeps,
  openArchiveWriter,
  type PlaceOptions,
} from '@holdfast/archive';
import type { LogRecord } from '@holdfast/engine';
import { CONTROL_TOPIC, CUSTOMER_INPUTS, DECISION_TOPIC } from '@holdfast/events';
import {
  type ClientOptions,
  clusterId,
  createRegistryDecoder,
  createSchemaRegistry,
  describeTopics,
  offsetsAt,
  type RegistryDecoder,
  readTopic,
  type SchemaRegistry,
  topicBounds,
} from '@holdfast/kafka';
import type { KafkaSecurity } from '@holdfast/observability';
import { StackFailure } from '../../../../infra/stack/index.mjs';

/** Everything a backtest needs, and the decisions. */
export const ARCHIVED_TOPICS: readonly string[] = [...CUSTOMER_INPUTS, DECISION_TOPIC];

export interface ArchivePlan {
  readonly brokers: readonly string[];
  readonly kafkaSecurity?: KafkaSecurity;
  readonly registryUrl: string;
  /** A folder, or `s3://bucket/prefix`. */
  readonly location: string;
  readonly place?: PlaceOptions;
  /** Default: `ARCHIVED_TOPICS`. */
  readonly topics?: readonly string[];
  /** Where nothing of a topic is archived: begin at this append time, ms. Control records are taken whole: who was erased counts whenever. */
  readonly fromMs?: number;
  /** The same by offset, for the partitions named, as `topic/partition`: the later of the two. */
  readonly fromOffsets?: ReadonlyMap<string, number>;
  /** Go on behind records that the log has no more. */
  readonly acceptGaps: boolean;
  readonly recordsPerFile?: number;
}

export interface ArchiveRound {
  readonly records: number;
  readonly files: readonly ArchiveFile[];
  readonly gaps: readonly LogGap[];
}

/** Offsets `[from, to)` that retention took before they were archived. */
export interface LogGap {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface ArchiveRoundDeps {
  progress(topic: string, done: number, total: number): void;
  /** Where the archive is kept; default `openPlace` of the archive. */
  readonly openPlace?: ArchiveWriterDeps['openPlace'];
}

const CLIENT_ID = 'holdfast-archive';

/**
 * Moves what the log has more than the archive, as of now, into new files. What was finished before a failure stays.
 * Throws `StackFailure` where records are lost and that is not accepted, `ArchiveError` where the archive cannot be written.
 */
export async function archiveRound(plan: ArchivePlan, deps: ArchiveRoundDeps): Promise<ArchiveRound> {
  const client = { brokers: plan.brokers, ...plan.kafkaSecurity, clientId: CLIENT_ID };
  const registry = createSchemaRegistry({ url: plan.registryUrl });
  const topics = plan.topics ?? ARCHIVED_TOPICS;
  const identity = { clusterId: await clusterId(client), partitions: await partitionsOf(client, topics) };
  const { location, place, recordsPerFile } = plan;
  const writer = await openArchiveWriter(
    { location, identity, ...place, ...(recordsPerFile === undefined ? {} : { recordsPerFile }) },
    { ...readingWith(registry), ...(deps.openPlace ? { openPlace: deps.openPlace } : {}) },
  );
  try {
    let records = 0;
    const files: ArchiveFile[] = [];
    const gaps: LogGap[] = [];
    for (const topic of topics) {
      const rest = await restOf(client, writer, topic, topic === CONTROL_TOPIC ? {} : plan);
      gaps.push(...leaveGaps(rest.gaps, writer, plan.acceptGaps));
      records += await archiveTopic({ client, writer, topic, ...rest, progress: deps.progress });
      files.push(...(await writer.flush()));
    }
    return { records, files, gaps };
  } finally {
    registry.close();
    await writer.close();
  }
}

interface TopicRest {
  readonly offsets: ReadonlyMap<number, number>;
  readonly total: number;
  readonly gaps: readonly LogGap[];
}

/** Where each partition goes on. */
async function restOf(
  client: ClientOptions,
  writer: ArchiveWriter,
  topic: string,
  { fromMs, fromOffsets }: Pick<ArchivePlan, 'fromMs' | 'fromOffsets'>,
): Promise<TopicRest> {
  const offsets = new Map<number, number>();
  const gaps: LogGap[] = [];
  let total = 0;
  const starts = fromMs === undefined ? undefined : await offsetsAt({ ...client, topic, atMs: fromMs });
  for (const [partition, { low, high }] of await topicBounds({ ...client, topic })) {
    const asked = Math.max(starts?.get(partition) ?? low, fromOffsets?.get(`${topic}/${partition}`) ?? low);
    const start = Math.min(high, Math.max(low, asked));
    const next = writer.nextOffset(topic, partition) ?? start;
    if (next < low) gaps.push({ topic, partition, from: next, to: low });
    if (next > high) throw recreated(topic, partition, next, high);
    offsets.set(partition, Math.max(low, next));
    total += high - Math.max(low, next);
  }
  return { offsets, total, gaps };
}

function recreated(topic: string, partition: number, next: number, high: number): StackFailure {
  return new StackFailure(
    `${topic}/${partition} ends at offset ${high}, but ${next} is the next one to archive: it is another log`,
    'use another place for it',
  );
}

function leaveGaps(gaps: readonly LogGap[], writer: ArchiveWriter, isAccepted: boolean): readonly LogGap[] {
  const [first] = gaps;
  if (first && !isAccepted) {
    throw new StackFailure(
      `${first.topic}/${first.partition} begins at offset ${first.to}: retention took ${first.to - first.from} records before they were archived`,
      '--accept-gaps goes on behind them; archive more often, or keep the topics longer',
    );
  }
  for (const { topic, partition, to } of gaps) writer.skipTo(topic, partition, to);
  return gaps;
}

interface TopicWork extends TopicRest {
  readonly client: ClientOptions;
  readonly writer: ArchiveWriter;
  readonly topic: string;
  progress(topic: string, done: number, total: number): void;
}

const PROGRESS_RECORDS = 1_000;

async function archiveTopic({ client, writer, topic, offsets, total, progress }: TopicWork): Promise<number> {
  if (total === 0) return 0;
  let done = 0;
  for await (const record of readTopic({ ...client, topic, from: { offsets } })) {
    await writer.append(record);
    done += 1;
    if (done % PROGRESS_RECORDS === 0) progress(topic, done, total);
  }
  return done;
}

function readingWith(registry: SchemaRegistry) {
  const decoder = createRegistryDecoder(registry);
  return {
    decode: (record: LogRecord) => readEvent(decoder, record),
    async schemaText(id: number) {
      const answer = await registry.schemaById(id);
      if (answer.kind === 'found') return answer.schema;
      if (answer.kind === 'unreachable') throw new StackFailure(answer.message, 'files finished so far are kept');
      return undefined;
    },
  };
}

/** What cannot be read has no typed columns; its bytes are there. A registry that is away is no reason to lose columns. */
function readEvent(decoder: RegistryDecoder, { value }: LogRecord) {
  const outcome = decoder.decode(value);
  const eventIn = (answer: Awaited<typeof outcome>) => {
    if (answer.kind === 'retry') throw new StackFailure(answer.message, 'files finished so far are kept');
    return answer.kind === 'event' ? answer.event : undefined;
  };
  return outcome instanceof Promise ? outcome.then(eventIn) : eventIn(outcome);
}

async function partitionsOf(client: ClientOptions, topics: readonly string[]): Promise<number> {
  const found = await describeTopics({ ...client, topics });
  const missing = topics.find((topic) => !found.some((description) => description.topic === topic));
  if (missing !== undefined) throw new StackFailure(`topic ${missing} does not exist`, 'run holdfast init first');
  return found[0]?.partitions ?? 0;
}
