import {
  ContractError,
  type CustomerLogEventType,
  type Encoder,
  type EventInput,
  schemaEntry,
  toCloudEventHeaders,
  type WithExtensions,
} from '@holdfast/events';
import type { Message, TopicMessages } from 'kafkajs';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { asError } from './errors.ts';
import { ALL_REPLICAS } from './output-log.ts';
import { createProducerSlot, type ProducerSlotOptions } from './producer-slot.ts';
import { type LogPlace, placesOf, watchPartitioner } from './record-place.ts';

/** What is sent one by one: what is about a customer, with the extensions of a CloudEvent, and who looked at him. */
export type SentEvent = WithExtensions<EventInput<CustomerLogEventType>> | EventInput<'PersonalDataAccessed'>;

/** What became of one event. */
export type SendOutcome =
  /** Appended, there, and acknowledged by all replicas. */
  | { readonly kind: 'accepted'; readonly place: LogPlace }
  /** It can never be sent as it is. */
  | { readonly kind: 'rejected'; readonly code: 'contract' | 'too-large'; readonly message: string }
  /** Too much is waiting already; nothing of it was sent. */
  | { readonly kind: 'overloaded'; readonly message: string }
  /** The log did not acknowledge: it may or may not be there. Sending it again with the same event id is safe. */
  | { readonly kind: 'unavailable'; readonly message: string };

export interface EventProducerOptions extends ClientOptions, ProducerSlotOptions {
  /** How long the first event of a batch waits for others, ms. Default 3. */
  readonly lingerMs?: number;
  /** Default 2,000. */
  readonly maxBatchEvents?: number;
  /** Events waiting or under way beyond which new ones are turned away. Default 50,000. */
  readonly maxWaitingEvents?: number;
  /** Largest encoded event, below the broker's `message.max.bytes`. Default 900,000. */
  readonly maxEventBytes?: number;
  /**
   * Adds the CloudEvents headers of the Kafka binding to every event about a customer. Default false: to those that have
   * extensions. No consumer of ours needs them.
   */
  readonly cloudEventHeaders?: boolean;
}

export interface EventProducer {
  /** Answers per event, in the order given; an unreachable log is an answer too. Events of one customer keep their order. */
  send(events: readonly SentEvent[]): Promise<readonly SendOutcome[]>;
  /** Sends what waits, then disconnects. */
  close(): Promise<void>;
}

interface Waiting {
  readonly topic: string;
  readonly message: Message;
  settle(outcome: SendOutcome): void;
}

/** The typed way into the log: encodes, keys by customer, partitions as Java's and kafkajs' default producers do. */
export function createEventProducer(
  options: EventProducerOptions,
  deps: { readonly encoder: Encoder; readonly logger?: KafkaLogger },
): EventProducer {
  const partitioner = watchPartitioner();
  const slot = createProducerSlot(createClient(options, deps), options, partitioner.create);
  const { lingerMs = 3, maxBatchEvents = 2_000, maxWaitingEvents = 50_000 } = options;
  const waiting: Waiting[] = [];
  let unsettled = 0;
  let timer: NodeJS.Timeout | undefined;
  let draining: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchLength(waiting, maxBatchEvents));
      const outcomes = await sendBatch(batch);
      unsettled -= batch.length;
      for (const [index, { settle }] of batch.entries()) settle(outcomes[index] ?? NOT_ANSWERED);
    }
    // In the same turn as the last look at `waiting`: whoever comes after it must find nobody draining.
    draining = undefined;
  };
  /** One batch at a time: a second one under way could be taken for a copy of the first after a failure. */
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (!draining && waiting.length > 0) draining = drain();
    return draining ?? Promise.resolve();
  };
  const sendBatch = async (batch: readonly Waiting[]): Promise<readonly SendOutcome[]> => {
    partitioner.forget();
    try {
      const answers = await slot.use((producer) =>
        producer.sendBatch({ acks: ALL_REPLICAS, topicMessages: byTopic(batch) }),
      );
      return placesOf(batch, answers, partitioner.chosen).map((place) =>
        place ? { kind: 'accepted', place } : NOT_ANSWERED,
      );
    } catch (thrown) {
      const message = `the log did not acknowledge: ${asError(thrown).message}`;
      return batch.map(() => ({ kind: 'unavailable', message }));
    }
  };
  const enqueue = (topic: string, message: Message): Promise<SendOutcome> => {
    if (unsettled >= maxWaitingEvents) return Promise.resolve(overloaded(maxWaitingEvents));
    unsettled += 1;
    const { promise, resolve } = Promise.withResolvers<SendOutcome>();
    waiting.push({ topic, message, settle: resolve });
    if (waiting.length >= maxBatchEvents) void flush();
    else if (!draining) timer ??= setTimeout(flush, lingerMs);
    return promise;
  };

  return {
    send: (events) =>
      Promise.all(
        events.map((event) => {
          const prepared = prepare(event, deps.encoder, options);
          return prepared.kind === 'ready' ? enqueue(prepared.topic, prepared.message) : prepared;
        }),
      ),
    async close() {
      await flush();
      await slot.close();
    },
  };
}

const NOT_ANSWERED: SendOutcome = {
  kind: 'unavailable',
  message: 'no broker answered for the partition of this event',
};

/**
 * All of a batch may go to one partition, and a broker refuses what is larger than its `message.max.bytes` (1,048,588 by
 * default) as a whole. Compared with that, what a record takes besides its key and value.
 */
const MAX_BATCH_BYTES = 1_000_000;
const RECORD_OVERHEAD_BYTES = 40;
/** The lengths of a header's name and value. */
const HEADER_OVERHEAD_BYTES = 6;

/** How many of those that wait go into the next batch: at least one. */
function batchLength(waiting: readonly Waiting[], maxEvents: number): number {
  let bytes = 0;
  for (let length = 0; length < Math.min(waiting.length, maxEvents); length += 1) {
    bytes += bytesOf(waiting[length]?.message);
    if (bytes > MAX_BATCH_BYTES && length > 0) return length;
  }
  return Math.min(waiting.length, maxEvents);
}

function bytesOf(message: Message | undefined): number {
  const headers = headerBytes(message?.headers);
  return (message?.value?.length ?? 0) + 3 * (message?.key?.length ?? 0) + headers + RECORD_OVERHEAD_BYTES;
}

function headerBytes(headers: Message['headers']): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0) + HEADER_OVERHEAD_BYTES;
  return bytes;
}

type Prepared =
  | { readonly kind: 'ready'; readonly topic: string; readonly message: Message }
  | Extract<SendOutcome, { kind: 'rejected' }>;

function prepare(event: SentEvent, encoder: Encoder, options: EventProducerOptions): Prepared {
  const entry = schemaEntry(event.type);
  if (!entry) return { kind: 'rejected', code: 'contract', message: `there is no event type ${event.type}` };
  const { maxEventBytes = 900_000 } = options;
  try {
    const value = encoder.encode(event);
    if (value.length > maxEventBytes) return tooLarge(event, value.length, maxEventBytes);
    return {
      kind: 'ready',
      topic: entry.topic,
      message: { key: keyOf(event), value, headers: headersOf(event, options) },
    };
  } catch (thrown) {
    if (!(thrown instanceof ContractError)) throw thrown;
    return { kind: 'rejected', code: 'contract', message: thrown.message };
  }
}

function headersOf(event: SentEvent, { cloudEventHeaders }: EventProducerOptions): Readonly<Record<string, Buffer>> {
  if (event.type === 'PersonalDataAccessed') return {};
  return cloudEventHeaders || event.extensions !== undefined ? toCloudEventHeaders(event) : {};
}

function keyOf(event: SentEvent): string {
  return event.type === 'PersonalDataAccessed' ? event.subject || event.requestId : event.customerId;
}

function byTopic(batch: readonly Waiting[]): TopicMessages[] {
  const groups = Map.groupBy(batch, ({ topic }) => topic);
  return [...groups].map(([topic, group]) => ({ topic, messages: group.map(({ message }) => message) }));
}

function tooLarge(event: SentEvent, bytes: number, limit: number): Prepared {
  const message = `${event.type} takes ${bytes} bytes, more than the ${limit} allowed`;
  return { kind: 'rejected', code: 'too-large', message };
}

function overloaded(limit: number): SendOutcome {
  return { kind: 'overloaded', message: `${limit} events are waiting for the log already; send again later` };
}
