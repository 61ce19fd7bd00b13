import type { ICustomPartitioner, Message, RecordMetadata } from 'kafkajs';
import kafkajs from 'kafkajs';

/** Where a record lies in the log. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A message with the topic it was sent to. */
export interface SentMessage {
  readonly topic: string;
  readonly message: Message;
}

/** The default partitioner, with the partition it chose for each message until told to forget. */
export interface WatchedPartitioner {
  readonly create: ICustomPartitioner;
  chosen(message: Message): number | undefined;
  forget(): void;
}

/** The client says at which offset a partition's part of a batch begins, not which messages are in the part. */
export function watchPartitioner(): WatchedPartitioner {
  const partitions = new Map<Message, number>();
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  return {
    create: () => (args) => {
      const partition = choose(args);
      partitions.set(args.message, partition);
      return partition;
    },
    chosen: (message) => partitions.get(message),
    forget: () => partitions.clear(),
  };
}

/**
 * The place of each message of an acknowledged batch, in the order sent; undefined for one whose partition no broker
 * answered for. The client leaves such a part out when its leader moves, between two attempts, to a broker that has
 * acknowledged others: it was never sent, though the send as a whole succeeded.
 */
export function placesOf(
  batch: readonly SentMessage[],
  answers: readonly RecordMetadata[],
  chosen: (message: Message) => number | undefined,
): readonly (LogPlace | undefined)[] {
  const next = new Map<string, number>();
  for (const { topicName, partition, baseOffset } of answers) {
    if (baseOffset !== undefined) next.set(`${partition}:${topicName}`, Number(baseOffset));
  }
  return batch.map(({ topic, message }) => {
    const partition = chosen(message);
    const key = `${partition}:${topic}`;
    const offset = next.get(key);
    if (partition === undefined || offset === undefined || offset < 0) return undefined;
    next.set(key, offset + 1);
    return { topic, partition, offset };
  });
}
