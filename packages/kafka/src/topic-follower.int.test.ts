import { randomUUID } from 'node:crypto';
import type { LogRecord } from '@holdfast/engine';
import { createEncoder, INPUT_TOPICS } from '@holdfast/events';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { client } from '../test/broker.ts';
import { createEventProducer } from './event-producer.ts';
import { deleteGroup } from './group.ts';
import { createTopicFollower } from './topic-follower.ts';
import { ensureTopics } from './topics.ts';

const encoder = createEncoder({ SatisfactionRated: 9 });
const settles = { timeout: 20_000, interval: 50 };
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  await ensureTopics({ ...client(), partitions: 8, replicationFactor: 1 });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function tell(customerId: string, scores: readonly number[]): Promise<void> {
  const producer = createEventProducer(client(), { encoder });
  const event = (score: number) => ({
    type: 'SatisfactionRated' as const,
    eventId: randomUUID(),
    source: 'test',
    occurredAt: 1_700_000_000_000,
    customerId,
    score,
  });
  await producer.send(scores.map(event));
  await producer.close();
}

/** Follows as a member of the group; `fails` times the first records are refused. */
function follower(groupId: string, fails = 0) {
  const taken: LogRecord[] = [];
  let failures = fails;
  const following = createTopicFollower(
    { ...client(), groupId, topics: [INPUT_TOPICS.interaction] },
    {
      async take(records) {
        if (failures-- > 0) throw new Error('the store is away');
        taken.push(...records);
      },
    },
  );
  closers.push(() => following.close());
  return { following, of: (customerId: string) => taken.filter(({ key }) => key?.toString() === customerId) };
}

describe('a follower of topics', () => {
  it('takes what is there from the beginning, and goes on where its group got to', async () => {
    const [groupId, first, second] = [`g-${randomUUID()}`, randomUUID(), randomUUID()];
    closers.push(() => deleteGroup(client(), groupId));
    await tell(first, [1, 2, 3]);
    const before = follower(groupId);
    await vi.waitFor(() => expect(before.of(first)).toHaveLength(3), settles);
    expect(before.following.isFollowing()).toBe(true);
    await before.following.close();
    await tell(second, [4]);
    const after = follower(groupId);
    await vi.waitFor(() => expect(after.of(second)).toHaveLength(1), settles);
    expect(after.of(first)).toEqual([]);
  });

  it('gives the same records again until they are taken', async () => {
    const [groupId, customerId] = [`g-${randomUUID()}`, randomUUID()];
    closers.push(() => deleteGroup(client(), groupId));
    await tell(customerId, [1, 2]);
    const stubborn = follower(groupId, 2);
    await vi.waitFor(() => expect(stubborn.of(customerId)).toHaveLength(2), settles);
  });
});
