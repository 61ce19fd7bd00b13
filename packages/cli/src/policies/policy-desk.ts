import { randomUUID } from 'node:crypto';
import type { ShardMeta } from '@holdfast/engine';
import {
  AUDIT_TOPIC,
  CONTROL_TOPIC,
  CUSTOMER_TOPOLOGY,
  createEncoder,
  type Encoder,
  type EventInput,
  schemaTable,
} from '@holdfast/events';
import {
  createOutputLog,
  createRegistryDecoder,
  createSchemaRegistry,
  describeTopics,
  KIND_HEADER,
  type RegistryDecoder,
  readTopic,
} from '@holdfast/kafka';
import {
  createShardAdmin,
  createShardStore,
  type RedisShardStore,
  type ShardAdmin,
  type ShardRecord,
} from '@holdfast/redis';
import { OWN_SOURCE, STATE_LAYOUT } from '@holdfast/telecom';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { asFailure } from '../server-failure.ts';
import { type NewEntry, readAuditLog } from './audit-log.ts';
import { historyOf, type PolicyHistory } from './policy-history.ts';

/** What commands about published policies look at and work with. */
export interface PolicyDesk {
  /** Reads the audit log to its end. */
  history(): Promise<PolicyHistory>;
  /** Appends to the audit log. Answers the entry's place in it. */
  append(entry: NewEntry): Promise<{ readonly offset: number; readonly appendTime: number }>;
  /** Of the control topic: one per shard. */
  readonly partitions: number;
  /** Appends a control record to one partition. Answers its offset. */
  activate(partition: number, record: EventInput<'PolicyActivated'>): Promise<number>;
  /** Where an activation's records stand, by partition; looked for among what was appended from `fromMs` on. */
  recordsOf(activationId: string, fromMs: number): Promise<ReadonlyMap<number, number>>;
  /** What a shard says of itself. */
  shard(partition: number): Promise<ShardMeta>;
  /** Why a shard does not go on, as far as the store knows; empty when it does. */
  troubleOf(partition: number): Promise<string>;
}

const CLIENT_ID = 'holdfast-policy';
/** What is written here; the other schemas need not be looked up. */
const WRITTEN = schemaTable().filter(({ record }) => record === 'PolicyActivated' || record === 'PolicyChanged');
/** Kind of a control record that brings a policy. */
const POLICY_KIND = 'policy';

/** Does the work with all servers at hand. Throws `StackFailure` where there is no installation, or a server is missing. */
export async function atPolicyDesk<T>(addresses: Addresses, work: (desk: PolicyDesk) => Promise<T>): Promise<T> {
  const client = { brokers: addresses.brokers, ...addresses.kafkaSecurity, clientId: CLIENT_ID };
  const registry = createSchemaRegistry({ url: addresses.registryUrl });
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  const admin = createShardAdmin({ url: addresses.redisUrl });
  const output = createOutputLog(client);
  try {
    const partitions = await checkedPartitions(client, store);
    const encoder = createEncoder(await registry.idsOf(WRITTEN));
    return await work(
      deskOf({ client, store, admin, output, partitions, encoder, decoder: createRegistryDecoder(registry) }),
    );
  } catch (error) {
    throw asFailure(error);
  } finally {
    registry.close();
    await Promise.all([output.close(), store.close(), admin.close()]);
  }
}

interface Parts {
  readonly client: { readonly brokers: readonly string[]; readonly clientId: string };
  readonly store: RedisShardStore;
  readonly admin: ShardAdmin;
  readonly output: ReturnType<typeof createOutputLog>;
  readonly partitions: number;
  readonly encoder: Encoder;
  readonly decoder: RegistryDecoder;
}

function deskOf({ client, store, admin, output, partitions, encoder, decoder }: Parts): PolicyDesk {
  return {
    history: async () => historyOf(await readAuditLog(client, decoder)),
    async append(entry) {
      const identity = {
        type: 'PolicyChanged',
        eventId: randomUUID(),
        source: OWN_SOURCE,
        occurredAt: Date.now(),
      } as const;
      const value = encoder.encode({ ...identity, ...entry });
      const { baseOffset, appendTime } = await output.produce(AUDIT_TOPIC, 0, [{ key: null, value, headers: {} }]);
      return { offset: baseOffset, appendTime: appendTime ?? Date.now() };
    },
    partitions,
    async activate(partition, record) {
      const headers = { [KIND_HEADER]: Buffer.from(POLICY_KIND) };
      const message = { key: null, value: encoder.encode(record), headers };
      return (await output.produce(CONTROL_TOPIC, partition, [message])).baseOffset;
    },
    async recordsOf(activationId, fromMs) {
      const offsets = new Map<number, number>();
      for await (const record of readTopic({ ...client, topic: CONTROL_TOPIC, from: { atMs: fromMs } })) {
        if (record.headers[KIND_HEADER]?.toString() !== POLICY_KIND) continue;
        const outcome = await decoder.decode(record.value);
        const isOurs = outcome.kind === 'event' && outcome.event.eventId === activationId;
        if (isOurs && !offsets.has(record.partition)) offsets.set(record.partition, record.offset);
      }
      return offsets;
    },
    async troubleOf(partition) {
      const record = await admin.inspect({ topology: CUSTOMER_TOPOLOGY, partition });
      return record ? troubleIn(record) : '';
    },
    async shard(partition) {
      const meta = await store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition });
      if (meta) return meta;
      throw new StackFailure(`shard ${partition} is not in this Redis`, 'restore a backup, then holdfast restore');
    },
  };
}

function troubleIn({ stopped, heldUntilMs, isOwned }: ShardRecord): string {
  if (stopped) return `stopped: ${stopped.reason}: ${stopped.message}`;
  if (heldUntilMs !== undefined) return 'a rebuild holds it';
  return isOwned ? '' : 'no worker owns it';
}

/** Every shard must get its record: a control topic with another count than the shards is not written to. */
async function checkedPartitions(client: Parts['client'], store: RedisShardStore): Promise<number> {
  const meta = await store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition: 0 });
  if (!meta) throw new StackFailure('this Redis has no installation', 'npx holdfast init');
  const found = await describeTopics({ ...client, topics: [CONTROL_TOPIC, AUDIT_TOPIC] });
  const missing = [CONTROL_TOPIC, AUDIT_TOPIC].filter((name) => !found.some(({ topic }) => topic === name));
  if (missing.length > 0) {
    throw new StackFailure(`missing in this Kafka: ${missing.join(', ')}`, 'npx holdfast init creates what is missing');
  }
  const control = found.find(({ topic }) => topic === CONTROL_TOPIC)?.partitions;
  if (control === meta.partitionCount) return meta.partitionCount;
  throw new StackFailure(
    `${CONTROL_TOPIC} has ${control} partitions, the installation has ${meta.partitionCount} shards`,
    'is it the Kafka of this installation? holdfast doctor',
  );
}
