import { ContractError, type Encoder, type EventInput, type LogEventType, schemaEntry } from '@holdfast/events';
import type { Message, TopicMessages } from 'kafkajs';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { asError } from './errors.ts';
import { ALL_REPLICAS } from './output-log.ts';
import { createProducerSlot, type ProducerSlotOptions } from './producer-slot.ts';

/** What became of one event. */
export type SendOutcome =
  /** Appended and acknowledged by all replicas. */
  | { readonly kind: 'accepted' }
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
  /** Adds the CloudEvents headers of the Kafka binding. Default false; no consumer of ours needs them. */
  readonly cloudEventHeaders?: boolean;
}

export interface EventProducer {
  /** Answers per event, in the order given; an unreachable log is an answer too. Events of one customer keep their order. */
  send(events: readonly EventInput<LogEventType>[]): Promise<readonly SendOutcome[]>;
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
  const slot = createProducerSlot(createClient(options, deps), options);
  const { lingerMs = 3, maxBatchEvents = 2_000, maxWaitingEvents = 50_000 } = options;
  const waiting: Waiting[] = [];
  let unsettled = 0;
  let timer: NodeJS.Timeout | undefined;
  let draining: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatchEvents);
      const outcome = await sendBatch(batch);
      unsettled -= batch.length;
      for (const { settle } of batch) settle(outcome);
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
  const sendBatch = (batch: readonly Waiting[]): Promise<SendOutcome> =>
    slot
      .use((producer) => producer.sendBatch({ acks: ALL_REPLICAS, topicMessages: byTopic(batch) }))
      .then(
        () => ({ kind: 'accepted' }),
        (thrown) => ({ kind: 'unavailable', message: `the log did not acknowledge: ${asError(thrown).message}` }),
      );
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

type Prepared =
  | { readonly kind: 'ready'; readonly topic: string; readonly message: Message }
  | Extract<SendOutcome, { kind: 'rejected' }>;

function prepare(event: EventInput<LogEventType>, encoder: Encoder, options: EventProducerOptions): Prepared {
  const entry = schemaEntry(event.type);
  if (!entry) return { kind: 'rejected', code: 'contract', message: `there is no event type ${event.type}` };
  const { maxEventBytes = 900_000 } = options;
  try {
    const value = encoder.encode(event);
    if (value.length > maxEventBytes) return tooLarge(event, value.length, maxEventBytes);
    const headers = options.cloudEventHeaders ? cloudEventHeaders(event) : {};
    return { kind: 'ready', topic: entry.topic, message: { key: event.customerId, value, headers } };
  } catch (thrown) {
    if (!(thrown instanceof ContractError)) throw thrown;
    return { kind: 'rejected', code: 'contract', message: thrown.message };
  }
}

/** CloudEvents 1.0, Kafka protocol binding, binary content mode. */
function cloudEventHeaders(event: EventInput<LogEventType>): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: event.eventId,
    ce_source: event.source,
    ce_type: event.type,
    ce_time: new Date(event.occurredAt).toISOString(),
    ce_subject: event.customerId,
    'content-type': 'application/avro',
  };
}

function byTopic(batch: readonly Waiting[]): TopicMessages[] {
  const groups = Map.groupBy(batch, ({ topic }) => topic);
  return [...groups].map(([topic, group]) => ({ topic, messages: group.map(({ message }) => message) }));
}

function tooLarge(event: EventInput<LogEventType>, bytes: number, limit: number): Prepared {
  const message = `${event.type} takes ${bytes} bytes, more than the ${limit} allowed`;
  return { kind: 'rejected', code: 'too-large', message };
}

function overloaded(limit: number): SendOutcome {
  return { kind: 'overloaded', message: `${limit} events are waiting for the log already; send again later` };
}
