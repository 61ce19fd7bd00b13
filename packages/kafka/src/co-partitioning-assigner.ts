import type { Assigner, Cluster, GroupMember, PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import { assignPartitions, type Owner } from './assignment.ts';
import { KafkaConfigurationError } from './errors.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

const NAME = 'co-partitioning';
const VERSION = 1;

interface Member extends Owner {
  readonly topics: readonly string[];
}

/**
 * Gives partition p of every subscribed topic to the same member. `owned` answers what this member holds at the moment
 * of joining; it travels in the member's metadata, so that whoever leads the group can leave partitions where they are.
 */
export function coPartitioningAssigner(owned: () => readonly number[]): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encodeOwned(owned()) }),
    }),
    assign: async ({ members, topics }) => {
      const decoded = members.map(decodeMember);
      const partitionCount = await commonPartitionCount(cluster, [...topics, ...decoded.flatMap((m) => m.topics)]);
      const assignment = assignPartitions(decoded, partitionCount);
      return decoded.map(({ memberId, topics: subscribed }) => ({
        memberId,
        memberAssignment: encodeAssignment(subscribed, assignment.get(memberId) ?? []),
      }));
    },
  });
}

/** The partition count all topics have; throws when they differ, because then partition p means different customers. */
export function equalPartitionCount(counts: ReadonlyMap<string, number>): number {
  const [first] = counts;
  if (!first) throw new KafkaConfigurationError('no topics to read', 'subscribe to at least one topic');
  const [topic, expected] = first;
  for (const [other, count] of counts) {
    if (count === expected) continue;
    throw new KafkaConfigurationError(
      `topics of one topology need equal partition counts: ${topic} has ${expected}, ${other} has ${count}`,
      `create the topics anew with equal counts, or reshard; adding partitions moves customers`,
    );
  }
  return expected;
}

/** During an upgrade members may subscribe to different topics: the leader looks at all of them. */
async function commonPartitionCount(cluster: Cluster, topics: readonly string[]): Promise<number> {
  const all = [...new Set(topics)].sort();
  await cluster.addMultipleTargetTopics(all);
  return equalPartitionCount(new Map(all.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length])));
}

function encodeAssignment(topics: readonly string[], partitions: readonly number[]): Buffer {
  const assignment = Object.fromEntries(topics.map((topic) => [topic, [...partitions]]));
  return MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) });
}

function encodeOwned(partitions: readonly number[]): Buffer {
  const bytes = Buffer.alloc(partitions.length * 4);
  partitions.forEach((partition, index) => {
    bytes.writeInt32BE(partition, index * 4);
  });
  return bytes;
}

function decodeMember({ memberId, memberMetadata }: GroupMember): Member {
  const metadata = MemberMetadata.decode(memberMetadata);
  const bytes = metadata?.userData ?? Buffer.alloc(0);
  const owned = Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readInt32BE(index * 4));
  return { memberId, topics: metadata?.topics ?? [], owned };
}
