import type { ICustomPartitioner, Kafka, Producer } from 'kafkajs';
import kafkajs from 'kafkajs';

export interface ProducerSlotOptions {
  /** Attempts after the first within one send. Default 5. */
  readonly retries?: number;
}

/** Lends out one idempotent producer at a time. */
export interface ProducerSlot {
  /** Runs a send. When it fails, the producer is replaced before the next one. */
  use<T>(send: (producer: Producer) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Lent {
  readonly producer: Promise<Producer>;
  users: number;
  isRetired: boolean;
}

const DEFAULT_RETRIES = 5;

/**
 * A producer whose final attempt failed keeps its epoch and takes its sequence numbers back, although the broker may have
 * appended the records: what it sent next under those numbers could be taken for a copy and be dropped. So it is used for
 * nothing new, and disconnected once the sends under way on other partitions have ended.
 */
export function createProducerSlot(
  kafka: Kafka,
  options: ProducerSlotOptions = {},
  createPartitioner: ICustomPartitioner = kafkajs.Partitioners.DefaultPartitioner,
): ProducerSlot {
  let current: Lent | undefined;
  const leaving = new Set<Promise<void>>();

  const lend = (): Lent => {
    const { retries = DEFAULT_RETRIES } = options;
    current ??= { producer: connect(kafka, retries, createPartitioner), users: 0, isRetired: false };
    return current;
  };
  const retire = (lent: Lent) => {
    lent.isRetired = true;
    if (current === lent) current = undefined;
  };
  const giveBack = (lent: Lent) => {
    lent.users -= 1;
    if (!lent.isRetired || lent.users > 0) return;
    const left = disconnect(lent.producer).finally(() => leaving.delete(left));
    leaving.add(left);
  };

  return {
    async use(send) {
      const lent = lend();
      lent.users += 1;
      try {
        return await send(await lent.producer);
      } catch (thrown) {
        retire(lent);
        throw thrown;
      } finally {
        giveBack(lent);
      }
    },
    async close() {
      const last = current;
      current = undefined;
      if (last) await disconnect(last.producer);
      await Promise.all(leaving);
    },
  };
}

async function connect(kafka: Kafka, retries: number, createPartitioner: ICustomPartitioner): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner,
    retry: { retries },
  });
  await producer.connect();
  return producer;
}

/** A producer that never connected has nothing to close. */
async function disconnect(producer: Promise<Producer>): Promise<void> {
  await producer.then((connected) => connected.disconnect()).catch(() => undefined);
}
