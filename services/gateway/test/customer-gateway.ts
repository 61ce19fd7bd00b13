import { randomUUID } from 'node:crypto';
import { partitionOf, type ShardId } from '@holdfast/engine';
import {
  CUSTOMER_TOPOLOGY,
  createDecoder,
  createEncoder,
  type DecisionMade,
  type Event,
  type EventInput,
  schemaTable,
} from '@holdfast/events';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import type { CompiledPolicy } from '@holdfast/policy';
import { createShardStore, type RedisShardStore } from '@holdfast/redis';
import { featureDictionary, readCustomerRecords, STATE_LAYOUT } from '@holdfast/telecom';
import { commitOf } from '@holdfast/testkit/shard-fixture';
import { createCustomerReader } from '../src/customers/customer-reader.ts';
import { type CustomersDeps, customersFace } from '../src/customers/customers-face.ts';
import { createErasureDesk, type ErasureDeskDeps } from '../src/customers/erasure-desk.ts';
import { createGateway } from '../src/gateway.ts';
import { authenticateByKeys } from '../src/security/api-keys.ts';
import type { PersonalAccess } from '../src/security/audit.ts';
import { ROLES, type Role } from '../src/security/roles.ts';
import { SEES_EVERYTHING } from '../src/security/sight.ts';

const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
const PARTITIONS = 4;
const keyOf = (role: Role) => `${role}-0123456789abcdef`;

const encoder = createEncoder(Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1])));
const decoder = createDecoder();
for (const [index, { schema }] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(schema));

export const encodeRecord = (event: Event | DecisionMade): Buffer => encoder.encode(event as EventInput);

/** What a shard has of a customer, as its worker commits it. */
export interface StoredAs {
  readonly state: Buffer;
  readonly events: readonly Event[];
  readonly decisions: readonly DecisionMade[];
  readonly policy: CompiledPolicy;
}

export interface CustomerGateway {
  readonly store: RedisShardStore;
  readonly audited: PersonalAccess[];
  readonly failures: string[];
  commit(customerId: string, stored: StoredAs): Promise<void>;
  call(role: Role, path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface GatewayChange extends Partial<Omit<CustomersDeps, 'desk'>> {
  readonly desk?: Partial<ErasureDeskDeps>;
  readonly unfolded?: Parameters<typeof createCustomerReader>[0]['unfolded'];
  readonly asTold?: Parameters<typeof createCustomerReader>[0]['asTold'];
}

/** The customers' face over real HTTP and a real Redis; a role is its key. Shards are there, and nobody is in them. */
export async function startCustomerGateway(
  redisUrl: string,
  policy: CompiledPolicy,
  { desk, unfolded, asTold, ...change }: GatewayChange = {},
): Promise<CustomerGateway> {
  const store = createShardStore({ url: redisUrl, codecVersion: STATE_LAYOUT });
  await initialiseShards(store);
  const audited: PersonalAccess[] = [];
  const failures: string[] = [];
  const reader = createCustomerReader({
    store,
    firstPolicy: policy,
    openPolicy: () => ({ kind: 'refused', message: 'nothing is published here' }),
    nowMs: Date.now,
    ...(unfolded ? { unfolded } : {}),
    ...(asTold ? { asTold } : {}),
  });
  const customers = customersFace({
    reader,
    records: (customerId, partition) => readCustomerRecords(customerId, shardOf(partition), { store, decode }),
    desk: createErasureDesk(
      {
        store,
        seal: undefined,
        forgetters: [],
        output: { produce: () => Promise.reject(new Error('there is no log')) },
        failed: (error) => void failures.push(String(error)),
        ...desk,
      },
      { waitMs: 0 },
    ),
    tellConsent: async () => ({ kind: 'unavailable', message: 'there is no log' }),
    exports: [],
    sightOf: SEES_EVERYTHING,
    audit: async (_, access) => void audited.push(access),
    failed: (what) => void failures.push(what),
    nowMs: Date.now,
    ...change,
  });
  const gateway = await createGateway(
    {
      faces: [customers],
      authenticate: authenticateByKeys(ROLES.map((role) => ({ role, key: keyOf(role) }))),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => undefined,
    },
    { host: '127.0.0.1', port: 0 },
  );
  const base = `http://127.0.0.1:${await gateway.start()}`;
  return {
    store,
    audited,
    failures,
    commit: (customerId, stored) => commit(store, customerId, stored),
    call: (role, path, init = {}) =>
      fetch(base + path, { ...init, headers: { authorization: `Bearer ${keyOf(role)}`, ...init.headers } }),
    async close() {
      await gateway.close();
      await reader.close();
    },
  };
}

export function freshCustomerId(): string {
  return `c-${randomUUID()}`;
}

function decode(value: Buffer) {
  const outcome = decoder.decode(value);
  return outcome.kind === 'unknown-schema' ? ({ kind: 'retry', message: 'unknown schema' } as const) : outcome;
}

function shardOf(partition: number): ShardId {
  return { topology: CUSTOMER_TOPOLOGY, partition };
}

async function initialiseShards(store: RedisShardStore): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const meta = { minCodec: STATE_LAYOUT, clusterId: 'c', partitionCount: PARTITIONS, inputs: {}, relay: POSITION };
    await store.initialise(shardOf(partition), { ...meta, watermarks: {} });
  }
}

async function commit(store: RedisShardStore, customerId: string, stored: StoredAs): Promise<void> {
  const session = await store.open(shardOf(partitionOf(Buffer.from(customerId), PARTITIONS)));
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`the claim answered ${claimed.kind}`);
  const entries = (records: readonly (Event | DecisionMade)[]) =>
    records.map((record) => ({ entityId: customerId, record: encodeRecord(record) }));
  const committed = await session.commit(
    claimed.meta.version,
    commitOf({
      states: [{ id: customerId, bytes: stored.state }],
      dictionary: featureDictionary(stored.policy).entries,
      told: entries(stored.events),
      history: entries(stored.decisions),
    }),
  );
  if (committed.kind !== 'ok') throw new Error(`the commit answered ${committed.kind}`);
  await session.close();
}
