import type { Message, RecordMetadata } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { placesOf, type SentMessage, watchPartitioner } from './record-place.ts';

const sent = (topic: string): SentMessage => ({ topic, message: { key: 'k', value: null } });
const answer = (topicName: string, partition: number, baseOffset: string): RecordMetadata => ({
  topicName,
  partition,
  baseOffset,
  errorCode: 0,
});

function chosenIn(batch: readonly SentMessage[], partitions: readonly number[]) {
  const chosen = new Map(batch.map(({ message }, index) => [message, partitions[index] ?? -1]));
  return (message: Message) => chosen.get(message);
}

describe('the places of a batch', () => {
  it('count up from where each part of it begins', () => {
    const batch = ['a', 'b', 'a', 'a', 'b'].map(sent);
    const answers = [answer('a', 1, '10'), answer('b', 1, '500'), answer('a', 0, '7')];
    expect(placesOf(batch, answers, chosenIn(batch, [1, 1, 0, 1, 1]))).toEqual([
      { topic: 'a', partition: 1, offset: 10 },
      { topic: 'b', partition: 1, offset: 500 },
      { topic: 'a', partition: 0, offset: 7 },
      { topic: 'a', partition: 1, offset: 11 },
      { topic: 'b', partition: 1, offset: 501 },
    ]);
  });

  it('are not known of a part for which nobody answered', () => {
    const batch = ['a', 'a'].map(sent);
    const places = placesOf(batch, [answer('a', 0, '3')], chosenIn(batch, [0, 1]));
    expect(places).toEqual([{ topic: 'a', partition: 0, offset: 3 }, undefined]);
  });

  it.each([['-1'], [undefined]])('are not known where the broker answers with the offset %j', (baseOffset) => {
    const batch = [sent('a')];
    const answers = [{ topicName: 'a', partition: 0, errorCode: 0, ...(baseOffset ? { baseOffset } : {}) }];
    expect(placesOf(batch, answers, chosenIn(batch, [0]))).toEqual([undefined]);
  });
});

describe('the watched partitioner', () => {
  it('remembers its last choice for each message until told to forget', () => {
    const watched = watchPartitioner();
    const choose = watched.create();
    const { message } = sent('a');
    const of = (count: number) =>
      choose({
        topic: 'a',
        message,
        partitionMetadata: Array.from({ length: count }, (_, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 1,
          replicas: [1],
          isr: [1],
        })),
      });
    of(50);
    const last = of(7);
    expect(watched.chosen(message)).toBe(last);
    watched.forget();
    expect(watched.chosen(message)).toBeUndefined();
  });
});
