import type { Assigner, Cluster, Logger } from 'kafkajs';
import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { coPartitioningAssigner } from './co-partitioning-assigner.ts';

type NeededOfCluster = Pick<Cluster, 'addMultipleTargetTopics' | 'findTopicPartitionMetadata'>;

/** An assigner looking at a cluster whose topics have these partition counts. */
function assignerOn(counts: Readonly<Record<string, number>>, owned: readonly number[] = []): Assigner {
  const cluster: NeededOfCluster = {
    addMultipleTargetTopics: async () => undefined,
    findTopicPartitionMetadata: (topic) =>
      Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({
        partitionId,
        partitionErrorCode: 0,
        leader: 1,
        replicas: [1],
        isr: [1],
      })),
  };
  const create = coPartitioningAssigner(() => owned);
  return create({ cluster: cluster as Cluster, groupId: 'group', logger: {} as Logger });
}

function joining(memberId: string, topics: string[], owned: readonly number[] = []) {
  return { memberId, memberMetadata: assignerOn({}, owned).protocol({ topics }).metadata };
}

async function assignmentOf(assigner: Assigner, members: ReturnType<typeof joining>[], topics: string[]) {
  const answers = await assigner.assign({ members, topics });
  return Object.fromEntries(
    answers.map(({ memberId, memberAssignment }) => [
      memberId,
      kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
    ]),
  );
}

describe('the co-partitioning assigner', () => {
  it('gives partition p of every topic to the same member', async () => {
    const members = [joining('a', ['x', 'y']), joining('b', ['x', 'y'])];
    const assigned = await assignmentOf(assignerOn({ x: 4, y: 4 }), members, ['x', 'y']);
    expect(assigned).toEqual({ a: { x: [0, 1], y: [0, 1] }, b: { x: [2, 3], y: [2, 3] } });
  });

  it('leaves with a member what its metadata says it owns', async () => {
    const members = [joining('a', ['x'], [1, 3]), joining('b', ['x'], [0, 2])];
    const assigned = await assignmentOf(assignerOn({ x: 4 }), members, ['x']);
    expect(assigned).toEqual({ a: { x: [1, 3] }, b: { x: [0, 2] } });
  });

  it('gives an older member only the topics it subscribed to, and a newer one all of its own', async () => {
    const members = [joining('new', ['x', 'y']), joining('old', ['x'])];
    const assigned = await assignmentOf(assignerOn({ x: 2, y: 2 }), members, ['x']);
    expect(assigned).toEqual({ new: { x: [0], y: [0] }, old: { x: [1] } });
  });

  it('refuses topics with different partition counts and says which and how many', async () => {
    const assigning = assignerOn({ x: 8, y: 6 }).assign({ members: [joining('a', ['x', 'y'])], topics: ['x', 'y'] });
    await expect(assigning).rejects.toThrow(/x has 8, y has 6/);
  });
});
