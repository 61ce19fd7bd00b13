import type { Admin, Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { createClusterView } from './cluster-view.ts';

const notLeader = () =>
  new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error('no leader yet'), { type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true }),
  );

/** A cluster whose answers are given one after the other; the last one for ever. */
function clusterAnswering(answers: readonly (() => Error | undefined)[]): { kafka: Kafka; asked(): number } {
  let asked = 0;
  const admin = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    async fetchTopicOffsets() {
      const error = answers[Math.min(asked, answers.length - 1)]?.();
      asked += 1;
      if (error) throw error;
      return [{ partition: 0, offset: '7', low: '3', high: '7' }];
    },
  };
  return { kafka: { admin: () => admin as unknown as Admin } as Kafka, asked: () => asked };
}

describe('the bounds of a partition', () => {
  it('are asked for again while the cluster has not settled who leads a new topic', async () => {
    const { kafka, asked } = clusterAnswering([notLeader, notLeader, () => undefined]);
    await expect(createClusterView(kafka, [0, 0, 0]).bounds('usage', 0)).resolves.toEqual({ low: 3, high: 7 });
    expect(asked()).toBe(3);
  });

  it('are given up when it never settles', async () => {
    const { kafka, asked } = clusterAnswering([notLeader]);
    await expect(createClusterView(kafka, [0, 0]).bounds('usage', 0)).rejects.toThrow('no leader yet');
    expect(asked()).toBe(3);
  });

  it('are not asked for again after an answer that will not change', async () => {
    const { kafka, asked } = clusterAnswering([() => new Error('not authorised')]);
    await expect(createClusterView(kafka, [0, 0]).bounds('usage', 0)).rejects.toThrow('not authorised');
    expect(asked()).toBe(1);
  });
});
