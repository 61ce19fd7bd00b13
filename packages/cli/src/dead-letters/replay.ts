import { setTimeout as delay } from 'node:timers/promises';
import { type LogRecord, type OutputLog, type ProducedMessage, partitionOf } from '@holdfast/engine';
import { DEAD_LETTER_TOPIC, DECISION_TOPIC } from '@holdfast/events';
import { KafkaConfigurationError } from '@holdfast/kafka';
import { withoutErrorHeaders } from './error-headers.ts';
import { ATTEMPT_HEADER, type Letter, REPLAY_OF_HEADER } from './letter.ts';
import type { FoundLetter } from './letter-scan.ts';
import { replayMarker } from './replay-marker.ts';

export interface ReplayOptions {
  /** Letters replayed at the most. */
  readonly limit: number;
  readonly recordsPerSecond: number;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Letters replayed before are replayed once more. */
  readonly again: boolean;
}

export interface ReplayDeps {
  readonly output: OutputLog;
  /** The record a cut letter is of, from the log it came from; undefined when it is gone. */
  readonly originalOf: (letter: Letter) => Promise<LogRecord | undefined>;
}

export interface ReplayReport {
  readonly dryRun: boolean;
  /** Letters replayed, or that would be. */
  readonly letters: readonly { readonly id: string; readonly origin: string; readonly attempt: number }[];
  readonly alreadyReplayed: number;
  /** Letters that cannot be replayed, and why. */
  readonly refused: readonly { readonly id: string; readonly origin: string; readonly why: string }[];
  /** Set when the log did not acknowledge: what is listed was replayed, the rest was not. */
  readonly failure: string | undefined;
}

interface Prepared {
  readonly letter: Letter;
  readonly topic: string;
  readonly partition: number;
  readonly message: ProducedMessage;
}

type Preparation =
  | { readonly kind: 'ready'; readonly prepared: Prepared }
  | { readonly kind: 'refused'; readonly why: string };

/** Sent and marked together. A crash in between sends so many a second time, which are folded once. */
const MAX_CHUNK = 100;
/** Of one chunk, bytes: below what a broker takes in one batch, unless a single record is larger. */
const MAX_CHUNK_BYTES = 500_000;
const MARKER_PARTITION = 0;

/**
 * Sends letters to the topics they came from, as new records with one attempt more, and marks them as replayed. A letter
 * whose record is folded already counts once all the same: the shard knows the event's identity.
 */
export async function replayLetters(
  found: AsyncIterable<FoundLetter>,
  deps: ReplayDeps,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const letters: ReplayReport['letters'][number][] = [];
  const refused: ReplayReport['refused'][number][] = [];
  const pace = createPace(options.recordsPerSecond);
  const chunkSize = Math.max(1, Math.min(MAX_CHUNK, Math.floor(options.recordsPerSecond / 4)));
  let chunk: Prepared[] = [];
  let chunkBytes = 0;
  let alreadyReplayed = 0;
  let failure: string | undefined;

  const refuse = ({ id, origin }: Letter, why: string) => refused.push({ id, origin, why });
  const flush = async () => {
    const sent = chunk;
    chunk = [];
    chunkBytes = 0;
    if (sent.length === 0) return;
    const outcome = options.dryRun ? { done: sent, tooLarge: [] } : await sendChunk(sent, deps.output);
    for (const { letter } of outcome.tooLarge) refuse(letter, 'the broker refuses a record of this size');
    for (const { letter } of outcome.done) {
      letters.push({ id: letter.id, origin: letter.origin, attempt: letter.attempt + 1 });
    }
    failure = outcome.failure;
    if (!options.dryRun) await pace(sent.length);
  };

  for await (const { letter, record, isReplayed } of found) {
    if (isReplayed && !options.again) {
      alreadyReplayed += 1;
      continue;
    }
    const preparation = await prepare(letter, record, deps);
    if (preparation.kind === 'refused') {
      refuse(letter, preparation.why);
      continue;
    }
    const bytes = sizeOf(preparation.prepared.message);
    if (chunkBytes + bytes > MAX_CHUNK_BYTES) await flush();
    chunk.push(preparation.prepared);
    chunkBytes += bytes;
    if (chunk.length >= chunkSize) await flush();
    if (failure !== undefined || letters.length + chunk.length >= options.limit) break;
  }
  if (failure === undefined) await flush();
  return { dryRun: options.dryRun, letters, alreadyReplayed, refused, failure };
}

async function prepare(letter: Letter, record: LogRecord, deps: ReplayDeps): Promise<Preparation> {
  const { topic } = letter;
  if (topic === undefined) return { kind: 'refused', why: 'its headers do not say which topic it came from' };
  if (topic === DEAD_LETTER_TOPIC || topic === DECISION_TOPIC) {
    return { kind: 'refused', why: `${topic} is written by Holdfast alone` };
  }
  const partition = await partitionFor(letter, topic, deps.output);
  if (partition === undefined) return { kind: 'refused', why: `the topic ${topic} does not exist` };
  const value = letter.cutFromBytes === undefined ? record.value : await wholeValue(letter, record, deps);
  if (value === undefined)
    return { kind: 'refused', why: 'it was cut, and the original record is gone from its topic' };
  const headers = {
    ...withoutErrorHeaders(record.headers),
    [ATTEMPT_HEADER]: Buffer.from(String(letter.attempt + 1)),
    [REPLAY_OF_HEADER]: Buffer.from(letter.origin),
  };
  return { kind: 'ready', prepared: { letter, topic, partition, message: { key: letter.key, value, headers } } };
}

/** Only what the cut value begins like: a topic created anew has other records at the same coordinates. */
async function wholeValue(letter: Letter, cut: LogRecord, deps: ReplayDeps): Promise<Buffer | undefined> {
  const original = await deps.originalOf(letter);
  if (!original?.value || original.value.length !== letter.cutFromBytes) return undefined;
  const head = cut.value ?? Buffer.alloc(0);
  return original.value.subarray(0, head.length).equals(head) ? original.value : undefined;
}

/** The partition of its key, wherever it was found; without a key where it came from. Undefined without the topic. */
async function partitionFor(letter: Letter, topic: string, output: OutputLog): Promise<number | undefined> {
  try {
    const count = await output.partitionCount(topic);
    if (letter.key && letter.key.length > 0) return partitionOf(letter.key, count);
    return letter.partition !== undefined && letter.partition < count ? letter.partition : 0;
  } catch (thrown) {
    if (thrown instanceof KafkaConfigurationError) return undefined;
    throw thrown;
  }
}

interface ChunkOutcome {
  readonly done: readonly Prepared[];
  readonly tooLarge: readonly Prepared[];
  readonly failure?: string;
}

/** First the records, then the mark: a letter marked but never sent would be lost. */
async function sendChunk(chunk: readonly Prepared[], output: OutputLog): Promise<ChunkOutcome> {
  const done: Prepared[] = [];
  const tooLarge: Prepared[] = [];
  let failure: string | undefined;
  for (const group of Map.groupBy(chunk, ({ topic, partition }) => `${partition}:${topic}`).values()) {
    const [{ topic, partition }] = group as [Prepared];
    const messages = group.map(({ message }) => message);
    try {
      await output.produce(topic, partition, messages);
      done.push(...group);
    } catch (thrown) {
      // A record this large travels alone: see the bound of a chunk.
      if (group.length === 1 && isTooLarge(thrown)) tooLarge.push(...group);
      else failure = `${topic}/${partition} did not acknowledge: ${messageOf(thrown)}`;
    }
    if (failure !== undefined) break;
  }
  return { done, tooLarge, ...(await mark(done, output, failure)) };
}

async function mark(done: readonly Prepared[], output: OutputLog, before?: string): Promise<{ failure?: string }> {
  if (done.length > 0) {
    try {
      const marker = replayMarker(done.map(({ letter }) => letter.origin));
      await output.produce(DEAD_LETTER_TOPIC, MARKER_PARTITION, [marker]);
    } catch (thrown) {
      return { failure: `the last ${done.length} were not marked as replayed: ${messageOf(thrown)}` };
    }
  }
  return before === undefined ? {} : { failure: before };
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof Error && 'type' in thrown && thrown.type === 'MESSAGE_TOO_LARGE';
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function sizeOf({ key, value, headers }: ProducedMessage): number {
  const inHeaders = Object.entries(headers).reduce((sum, [name, { length }]) => sum + name.length + length, 0);
  return (key?.length ?? 0) + (value?.length ?? 0) + inHeaders;
}

/** Waits after so many records until their time is over. */
function createPace(recordsPerSecond: number): (records: number) => Promise<void> {
  const startMs = performance.now();
  let sent = 0;
  return async (records) => {
    sent += records;
    const waitMs = startMs + (sent * 1_000) / recordsPerSecond - performance.now();
    if (waitMs > 0) await delay(waitMs);
  };
}
