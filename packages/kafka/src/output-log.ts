import type { OutputLog, Produced, ProducedMessage } from '@holdfast/engine';
import type { Message, RecordMetadata } from 'kafkajs';
import { type ClientOptions, createClient, type KafkaLogger } from './client.ts';
import { createClusterView } from './cluster-view.ts';
import { createProducerSlot, type ProducerSlotOptions } from './producer-slot.ts';

/** Acks from all in-sync replicas. */
export const ALL_REPLICAS = -1;

/** Appends to given partitions, in order per partition, without compression. */
export function createOutputLog(
  options: ClientOptions & ProducerSlotOptions,
  deps: { readonly logger?: KafkaLogger } = {},
): OutputLog {
  const kafka = createClient(options, deps);
  const slot = createProducerSlot(kafka, options);
  const cluster = createClusterView(kafka);
  const inOrder = createLanes();
  const counts = new Map<string, Promise<number>>();

  return {
    produce: (topic, partition, messages) =>
      inOrder(`${partition}:${topic}`, () =>
        slot.use(async (producer) =>
          toProduced(
            await producer.send({ topic, acks: ALL_REPLICAS, messages: messages.map((m) => toMessage(m, partition)) }),
          ),
        ),
      ),
    partitionCount(topic) {
      const known = counts.get(topic) ?? cluster.partitionCount(topic);
      counts.set(topic, known);
      known.catch(() => counts.delete(topic));
      return known;
    },
    async close() {
      await slot.close();
      await cluster.close();
    },
  };
}

type Lanes = <T>(lane: string, call: () => Promise<T>) => Promise<T>;

/**
 * Calls of one lane run one after the other, whatever becomes of them. Within one partition this is more than order:
 * kafkajs hands a failed send's sequence numbers to the next send before the failed one is retried, and the broker would
 * take one for the copy of the other.
 */
export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  return (lane, call) => {
    const before = tails.get(lane) ?? Promise.resolve();
    const result = before.then(call, call);
    const tail = result
      .catch(() => undefined)
      .finally(() => {
        if (tails.get(lane) === tail) tails.delete(lane);
      });
    tails.set(lane, tail);
    return result;
  };
}

function toMessage({ key, value, headers }: ProducedMessage, partition: number): Message {
  return { key, value, headers: { ...headers }, partition };
}

/** Without log append time on the topic the broker answers -1 for it. */
function toProduced(answers: readonly RecordMetadata[]): Produced {
  const [answer] = answers;
  if (answer?.baseOffset === undefined) throw new Error('the broker acknowledged without an offset');
  const baseOffset = Number(answer.baseOffset);
  const appendTime = Number(answer.logAppendTime ?? -1);
  return appendTime < 0 ? { baseOffset } : { baseOffset, appendTime };
}
