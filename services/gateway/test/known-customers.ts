import {
  type Configuration,
  type HistoryEntry,
  partitionOf,
  type ShardMeta,
  type ShardSession,
} from '@holdfast/engine';
import {
  CUSTOMER_TOPOLOGY,
  createEncoder,
  type Event,
  type EventOf,
  type EventType,
  schemaTable,
} from '@holdfast/events';
import { createRegistryDecoder, type RegistryDecoder } from '@holdfast/kafka';
import type { CompiledPolicy } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, loadPolicyFolder, packPolicyFiles, readPolicyFiles } from '@holdfast/policy-folder';
import { createShardStore } from '@holdfast/redis';
import { createCustomerTopology, featureDictionary, STATE_LAYOUT } from '@holdfast/telecom';

const PARTITIONS = 4;
const POSITION = { nextOffset: 1, fingerprint: { offset: 0, appendTime: 1, hash: '00' } };
const NEW_META: Omit<ShardMeta, 'version' | 'attempts'> = {
  minCodec: STATE_LAYOUT,
  clusterId: 'test',
  partitionCount: PARTITIONS,
  inputs: {},
  relay: POSITION,
  watermarks: {},
};

export function defaultPolicy(): CompiledPolicy {
  const folder = loadPolicyFolder();
  if (folder.kind === 'invalid') throw new Error(folder.text);
  return folder.policy;
}

/** The default policy as a shard keeps a published one, with a text replaced in it. */
export function published(change: (files: Record<string, string>) => Record<string, string>): {
  readonly configuration: (version: string) => Configuration;
  readonly files: Record<string, string>;
} {
  const files = change(readPolicyFiles(DEFAULT_POLICY_DIR));
  const packed = packPolicyFiles(files);
  if (packed.kind !== 'ok') throw new Error('the policy cannot be packed');
  return {
    files,
    configuration: (name) => ({
      name,
      text: JSON.stringify({ files: packed.bytes.toString('base64'), activations: {}, budgetPeaks: {} }),
    }),
  };
}

/** Shards on a real Redis, each owned by this process, whose customers are made of events. */
export interface KnownCustomers {
  /** Folds the events, in order, into a customer, and commits him with the decisions that came of it. */
  tell(customerId: string, events: readonly Event[], policy: CompiledPolicy): Promise<void>;
  /** Commits a policy to every shard. */
  publish(configuration: Configuration): Promise<void>;
  close(): Promise<void>;
}

interface Owned {
  readonly session: ShardSession;
  version: number;
}

export async function openKnownCustomers(url: string): Promise<KnownCustomers> {
  const store = createShardStore({ url, codecVersion: STATE_LAYOUT });
  const shards: Owned[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const shard = { topology: CUSTOMER_TOPOLOGY, partition };
    await store.initialise(shard, NEW_META);
    const session = await store.open(shard);
    const claimed = await session.claim();
    if (claimed.kind !== 'claimed') throw new Error(`a shard was not claimed: ${claimed.kind}`);
    shards.push({ session, version: claimed.meta.version });
  }

  async function commit(shard: Owned, changes: object): Promise<void> {
    const nothing = { inputs: {}, watermarks: {}, states: [], dues: [], outbox: [], kpis: [], history: [] };
    const answer = await shard.session.commit(shard.version, { ...nothing, ...changes });
    if (answer.kind !== 'ok') throw new Error(`not committed: ${answer.kind}`);
    shard.version = answer.version;
  }

  return {
    async tell(customerId, events, policy) {
      const shard = shards[partitionOf(Buffer.from(customerId), PARTITIONS)] as Owned;
      const { bytes, history } = folded(customerId, events, policy);
      const { entries: dictionary } = featureDictionary(policy);
      await commit(shard, { states: [{ id: customerId, bytes }], history, dictionary });
    },
    async publish(configuration) {
      for (const shard of shards) await commit(shard, { configuration });
    },
    async close() {
      await Promise.all(shards.map(({ session }) => session.close()));
      await store.close();
    },
  };
}

const SCHEMA_ID = 1;
const encoder = createEncoder({ DecisionMade: SCHEMA_ID });

/** Reads the decisions that these shards keep. */
export function decisionDecoder(): RegistryDecoder {
  const decisions = schemaTable().find(({ record }) => record === 'DecisionMade');
  const schema = JSON.stringify(decisions?.schema);
  return createRegistryDecoder({ schemaById: async () => ({ kind: 'found', schema }) });
}

function folded(customerId: string, events: readonly Event[], policy: CompiledPolicy) {
  const topology = createCustomerTopology({
    policy,
    encodeDecision: (decision) => encoder.encode(decision),
    decodeRecord: () => ({ kind: 'retry', message: 'not used' }),
  });
  const state = topology.create(customerId);
  const history: HistoryEntry[] = [];
  for (const event of events) {
    const { source, eventId, type, occurredAt } = event;
    const identity = { source, eventId, type, occurredAt };
    const context = {
      ...{ entityId: customerId, partition: 0, partitionCount: PARTITIONS, nowMs: occurredAt + 1 },
      watermark: () => undefined,
      tally: () => 0,
      setting: () => undefined,
    };
    history.push(...topology.step(state, { kind: 'event', event, identity, isLate: false }, context).history);
  }
  return { bytes: topology.encode(state, STATE_LAYOUT), history };
}

type BaseField = 'type' | 'eventId' | 'source' | 'occurredAt' | 'customerId';
let sequence = 0;

export function eventOf<T extends EventType>(
  type: T,
  customerId: string,
  occurredAt: number,
  fields: Omit<EventOf<T>, BaseField>,
): Event {
  sequence += 1;
  return { type, eventId: `e-${sequence}`, source: 'test', occurredAt, customerId, ...fields } as unknown as Event;
}

const DAY_MS = 86_400_000;

/** Somebody with a line of 10,000 MB, of which he has used so many in this cycle. */
export function someoneWhoUsed(
  customerId: string,
  quantityMb: number,
  nowMs: number,
  city = 'Xiamen',
): readonly Event[] {
  const profile = { language: 'en', timeZone: 'UTC', tier: 'key', birthYear: 1980, birthDate: null, city };
  const cycleDay = new Date(nowMs - DAY_MS).getUTCDate();
  return [
    eventOf('CustomerRegistered', customerId, nowMs - 60 * DAY_MS, profile as never),
    eventOf('SubscriptionActivated', customerId, nowMs - 60 * DAY_MS, {
      ...{ subscriptionId: 'line-1', product: 'MOBILE', plan: 'M', dataAllowanceMb: 10_000, cycleDay },
      ...{ voiceAllowanceMinutes: null, smsAllowance: null, monthlyFeeMinor: 0, currency: '', contractEndsAt: null },
    } as never),
    eventOf('UsageRecorded', customerId, nowMs - 60_000, {
      ...{ subscriptionId: 'line-1', kind: 'DATA', durationSeconds: 0, quantityMb, chargeMinor: 0, currency: '' },
      ...{ direction: 'OUTGOING', onNet: false, zone: 'DOMESTIC', failed: false, localHour: -1 },
    } as never),
  ];
}
