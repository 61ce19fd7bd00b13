import { randomUUID } from 'node:crypto';
import { type Commit, partitionOf } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY, createEncoder, type Event, type EventOf, schemaTable } from '@holdfast/events';
import {
  createEventProducer,
  createRegistryDecoder,
  createSchemaRegistry,
  ensureTopics,
  readTopic,
} from '@holdfast/kafka';
import { createLogger, createMetrics } from '@holdfast/observability';
import { openPolicy } from '@holdfast/policy-folder';
import {
  createContactMarks,
  createInteractionStore,
  createRecentAnswers,
  createShardStore,
  createWorkList,
} from '@holdfast/redis';
import { asTold, customerView, featureDictionary, STATE_LAYOUT } from '@holdfast/telecom';
import { commitOf } from '@holdfast/testkit/shard-fixture';
import { createCustomerReader } from '../src/customers/customer-reader.ts';
import { readFirstPolicy } from '../src/customers/first-policy.ts';
import { createKeptDecisions } from '../src/customers/kept-decisions.ts';
import { openOutcomes } from '../src/outcomes/open-outcomes.ts';

const PARTITIONS = 8;
const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };

export interface DeskStack {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly redisUrl: string;
}

export type DeskWorld = Awaited<ReturnType<typeof createDeskWorld>>;

/**
 * What the faces of desks stand on, on real servers: shards that nobody owns, so that what is told to them is folded by
 * nobody. The Redis database has to be that of one test file alone.
 */
export async function createDeskWorld(stack: DeskStack) {
  const client = { brokers: stack.brokers, clientId: 'desk-int' };
  const url = stack.redisUrl;
  const policy = readFirstPolicy(undefined);
  await ensureTopics({ ...client, partitions: PARTITIONS, replicationFactor: 1 });
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const encoder = createEncoder(await registry.registerAll(schemaTable()));
  const producer = createEventProducer(client, { encoder });
  const store = createShardStore({ url, codecVersion: STATE_LAYOUT });
  const marks = createContactMarks({ url });
  const recent = createRecentAnswers<Event>({ url });
  const interactions = createInteractionStore({ url });
  const work = createWorkList({ url });
  const decoder = createRegistryDecoder(registry);
  const meta = { minCodec: STATE_LAYOUT, clusterId: 'c', partitionCount: PARTITIONS, inputs: {}, relay: POSITION };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await store.initialise({ topology: CUSTOMER_TOPOLOGY, partition }, { ...meta, watermarks: {} });
  }
  /** Stands still but for commits, after which whatever the reader keeps is old. */
  let clockMs = 0;
  const customers = createCustomerReader({
    ...{ store, openPolicy, asTold, firstPolicy: policy },
    unfolded: (customerId, { inputs }) => recent.since(customerId, inputs),
    nowMs: () => clockMs,
  });
  const logger = createLogger({ service: 'gateway', level: 'silent' });
  const append = (events: readonly Event[]) => producer.send(events);
  const record = openOutcomes({
    ...{ customers, marks, recent, work, append, logger },
    decisions: createKeptDecisions(store, decoder),
    metrics: createMetrics({ service: 'gateway' }),
  });

  async function commit(partition: number, changes: Partial<Commit>): Promise<void> {
    const session = await store.open({ topology: CUSTOMER_TOPOLOGY, partition });
    const claimed = await session.claim();
    if (claimed.kind !== 'claimed') throw new Error(`the claim answered ${claimed.kind}`);
    const dictionary = { ...featureDictionary(policy).entries };
    const committed = await session.commit(claimed.meta.version, commitOf({ dictionary, ...changes }));
    if (committed.kind !== 'ok') throw new Error(`the commit answered ${committed.kind}`);
    await session.close();
    clockMs += 60_000;
  }

  return {
    ...{ customers, recent, marks, record, interactions, work, append, logger, commit },
    /** A customer of a city with one contact in his ledger, as a shard has committed him. */
    async known(city = 'Changsha') {
      const [customerId, contactId] = [`c-${randomUUID()}`, `k-${randomUUID()}`];
      const partition = partitionOf(Buffer.from(customerId), PARTITIONS);
      const events = [registered(customerId, city), delivered(customerId, contactId)];
      const bytes = asTold(customerId, undefined, events, policy, Date.now());
      await commit(partition, { states: [{ id: customerId, bytes }] });
      return { customerId, contactId, partition };
    },
    /** He as the reader shows him. */
    async view(customerId: string) {
      const answer = await customers.read(customerId);
      if (answer.kind !== 'found') throw new Error(`the reader answered ${answer.kind}`);
      const { state, unfolded } = answer.customer;
      return { ...customerView(customerId, state, policy, Date.now()), unfolded };
    },
    /** What the log has of a customer on a topic, in its order. */
    async logged(topic: string, customerId: string): Promise<readonly Event[]> {
      const found: Event[] = [];
      for await (const { key, value } of readTopic({ ...client, topic, from: 'beginning' })) {
        if (key?.toString() !== customerId || value === null) continue;
        const decoded = await decoder.decode(value);
        if (decoded.kind === 'event') found.push(decoded.event as Event);
      }
      return found;
    },
    async close() {
      await Promise.all([producer, customers, marks, recent, interactions, work].map((one) => one.close()));
      registry.close();
    },
  };
}

function registered(customerId: string, city: string): EventOf<'CustomerRegistered'> {
  return {
    ...{ type: 'CustomerRegistered', eventId: randomUUID(), source: 'crm', occurredAt: Date.now(), customerId, city },
    ...{ language: 'en', timeZone: 'UTC', tier: 'key', birthYear: null, birthDate: null },
  };
}

function delivered(customerId: string, contactId: string): EventOf<'DeliveryReported'> {
  return {
    ...{ type: 'DeliveryReported', eventId: randomUUID(), source: 'holdfast:dispatcher', occurredAt: Date.now() },
    ...{ customerId, contactId, offer: 'save_plan', campaign: 'save_desk', arm: 'treated', channel: 'call-centre' },
    ...{ category: 'retention', sendAt: Date.now(), status: 'DELIVERED', detail: '', providerRef: '', attempt: 1 },
  };
}
