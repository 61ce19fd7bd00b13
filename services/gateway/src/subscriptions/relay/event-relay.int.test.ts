import { randomUUID } from 'node:crypto';
import { partitionOf, type ShardStore } from '@holdfast/engine';
import {
  CUSTOMER_TOPOLOGY,
  createEncoder,
  DECISION_TOPIC,
  type DecisionMade,
  type Encoder,
  type EventInput,
  INPUT_TOPICS,
  schemaTable,
} from '@holdfast/events';
import {
  createCustomerSeal,
  createEventProducer,
  createInputLog,
  createOutputLog,
  createRegistryDecoder,
  createSchemaRegistry,
  ensureTopics,
  offsetsAt,
} from '@holdfast/kafka';
import { createOutboundStreams, createShardStore } from '@holdfast/redis';
import { eventually, type RedisServer, startHttpProvider, startRedisServer } from '@holdfast/testkit';
import { NEW_SHARD } from '@holdfast/testkit/shard-fixture';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startSubscriptionsGateway } from '../../../test/subscriptions-gateway.ts';
import { createErasedCustomers } from './erased-customers.ts';
import { createEventRelay } from './event-relay.ts';

const stack = inject('stack');
const client = { brokers: stack.brokers, clientId: 'relay-test' };
const registry = createSchemaRegistry({ url: stack.registryUrl });
const PARTITIONS = 8;
const TOPICS = [DECISION_TOPIC, INPUT_TOPICS.interaction];
let encoder: Encoder;
let redis: RedisServer;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  await ensureTopics({ ...client, partitions: PARTITIONS, replicationFactor: 1 });
  encoder = createEncoder(await registry.registerAll(schemaTable()));
});
beforeEach(async () => {
  redis = await startRedisServer();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await redis.stop();
});

const seal = createCustomerSeal('a key of an installation for tests');
const erasedBy = (store: Pick<ShardStore, 'readMeta'>) => createErasedCustomers({ store, seal });

function shards() {
  const store = createShardStore({ url: redis.url, codecVersion: 1 });
  closers.push(() => store.close());
  return store;
}

/** Shards that remember who was erased until when. */
async function remember(erased: Readonly<Record<string, number>>): Promise<void> {
  const store = shards();
  const marks = Object.entries(erased).map(([id, atMs]) => [seal.markOf(id), atMs] as const);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const inShard = marks.filter(
      (_, index) => partitionOf(Buffer.from(Object.keys(erased)[index] ?? ''), PARTITIONS) === partition,
    );
    await store.initialise(
      { topology: CUSTOMER_TOPOLOGY, partition },
      { ...NEW_SHARD, partitionCount: PARTITIONS, erasures: Object.fromEntries(inShard) },
    );
  }
}

/** Gateways of one installation share a group. */
const logOf = (groupId: string) => ({
  topics: TOPICS,
  fromBeforeErasure: erasedBy(shards()),
  openLog: () => createInputLog({ ...client, topics: TOPICS, groupId }),
  offsetsSince: (topic: string, atMs: number) => offsetsAt({ ...client, topic, atMs }),
  decoder: createRegistryDecoder(registry),
});

async function gateway(groupId: string) {
  const started = await startSubscriptionsGateway(redis.url, { log: logOf(groupId) });
  closers.push(() => started.close());
  return started;
}

async function receiver() {
  const started = await startHttpProvider(() => ({ status: 204 }));
  closers.push(started.close);
  return started;
}

/** Other files of tests write to the same log: theirs is told to subscribers as well, and passed over here. */
const SOURCE = `relay-${randomUUID()}`;
interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const isOurs = ({ data }: Told) => data.source === SOURCE;
const identity = () => ({ eventId: randomUUID(), source: SOURCE, occurredAt: Date.now(), customerId: randomUUID() });
const offered = (offer: string, change: Partial<ReturnType<typeof identity>> = {}): EventInput =>
  ({
    ...{ type: 'OfferAccepted', ...identity(), offer, contactId: `c-${randomUUID()}`, ...change },
  }) as EventInput;
const worked = (desk: string): EventInput =>
  ({
    ...{
      type: 'WorkItemChanged',
      ...identity(),
      itemId: 'i1',
      contactId: 'c-1',
      followUpId: 'f-1',
      change: 'CLAIMED',
      desk,
    },
  }) as EventInput;

async function append(...events: readonly EventInput[]) {
  const producer = createEventProducer(client, { encoder });
  const outcomes = await producer.send(events);
  await producer.close();
  expect(outcomes.map(({ kind }) => kind)).toEqual(events.map(() => 'accepted'));
}

async function decide(change: Partial<DecisionMade>) {
  const { customerId, ...rest } = identity();
  const decision = {
    ...{ type: 'DecisionMade', ...rest, customerId, contactId: `c-${randomUUID()}`, decidedAt: Date.now() },
    ...{
      trigger: 'gone_quiet',
      occasion: 'o',
      arm: 'treated',
      outcome: 'contact',
      policyVersion: 'sha256:0',
      ...change,
    },
  } as DecisionMade;
  const log = createOutputLog(client);
  const key = Buffer.from(customerId);
  const message = { key, value: encoder.encode(decision), headers: {} };
  await log.produce(DECISION_TOPIC, partitionOf(key, PARTITIONS), [message]);
  await log.close();
}

/** What is kept for subscribers. */
async function published(): Promise<readonly Told[]> {
  const streams = createOutboundStreams({ url: redis.url });
  try {
    const all = await streams.read('events', { after: '0-0', max: 10_000 });
    return all.map(({ json }) => JSON.parse(json) as Told).filter(isOurs);
  } finally {
    await streams.close();
  }
}

const within = { withinMs: 40_000, everyMs: 50 };
const told = (hook: Awaited<ReturnType<typeof receiver>>) =>
  hook.requests.map(({ path, body }) => ({ path, ...(JSON.parse(body) as Told) })).filter(isOurs);

describe('an event of the log', () => {
  it('reaches whoever asks for its kind, from his subscription on, each once', async () => {
    const [to, hook] = [await gateway(`relay-${randomUUID()}`), await receiver()];
    await append(offered('before'));
    const kinds = ['interaction', 'work-item', 'decision'];
    await to.call('POST', '/v1/subscriptions', { url: hook.url, kinds });
    await to.call('POST', '/v1/subscriptions', {
      url: `${hook.url}/care`,
      kinds: ['work-item'],
      filter: { desk: ['care'] },
    });
    await append(offered('loyalty'), worked('care'), worked('sales'));
    await decide({ desk: 'care', tier: 'key' });
    await eventually('four and one', () => expect(told(hook)).toHaveLength(5), within);
    expect(
      told(hook)
        .map(({ type }) => type)
        .sort(),
    ).toEqual([
      ...['decision.made', 'interaction.offer-accepted', 'work-item.changed', 'work-item.changed', 'work-item.changed'],
    ]);
    expect(told(hook)).toContainEqual(expect.objectContaining({ data: expect.objectContaining({ offer: 'loyalty' }) }));
    expect(told(hook).map(({ data }) => data.offer)).not.toContain('before');
    expect(told(hook).filter(({ path }) => path === '/care')).toHaveLength(1);
  });

  it('that comes while no gateway runs is told when one does', async () => {
    const [group, hook] = [`relay-${randomUUID()}`, await receiver()];
    const first = await gateway(group);
    await first.call('POST', '/v1/subscriptions', { url: hook.url, kinds: ['interaction'] });
    await append(offered('first'));
    await eventually('the first', () => expect(told(hook).map(({ data }) => data.offer)).toEqual(['first']), within);
    await first.close();
    await append(offered('second'), offered('third'));
    await gateway(group);
    await eventually(
      'the others, and the first not again',
      () =>
        expect(
          told(hook)
            .map(({ data }) => data.offer)
            .sort(),
        ).toEqual(['first', 'second', 'third']),
      within,
    );
  });

  it('is not told of who was erased before the relay came to it, but of who came back', async () => {
    const [group, hook] = [`relay-${randomUUID()}`, await receiver()];
    const first = await gateway(group);
    await first.call('POST', '/v1/subscriptions', { url: hook.url, kinds: ['interaction'] });
    await append(offered('first'));
    await eventually('the first', () => expect(told(hook).map(({ data }) => data.offer)).toEqual(['first']), within);
    await first.close();
    const [erased, erasedAtMs] = [randomUUID(), Date.now() - 60_000];
    const his = { customerId: erased };
    await append(
      ...[offered('before', { ...his, occurredAt: erasedAtMs }), offered('of another', { occurredAt: erasedAtMs })],
      offered('back', { ...his, occurredAt: erasedAtMs + 1 }),
    );
    await remember({ [erased]: erasedAtMs });
    await gateway(group);
    const offers = () => told(hook).map(({ data }) => data.offer);
    await eventually(
      'the others',
      () => expect(offers()).toEqual(expect.arrayContaining(['of another', 'back'])),
      within,
    );
    expect(offers().sort()).toEqual(['back', 'first', 'of another']);
    expect(JSON.stringify(await published())).not.toContain('before');
  });

  it('is taken back where its customer is erased while it is being published', async () => {
    const [erased, sinceMs] = [randomUUID(), Date.now()];
    await append(offered('taken back', { customerId: erased }), offered('of another'));
    await remember({ [erased]: Date.now() });
    const streams = createOutboundStreams({ url: redis.url });
    const fromShards = erasedBy(shards());
    const forgotten: string[] = [];
    const relay = createEventRelay({
      ...logOf(`relay-${randomUUID()}`),
      streams,
      // The shard folds the erasure once something of the customer was published.
      fromBeforeErasure: async (all) =>
        JSON.stringify(await published()).includes('taken back') ? fromShards(all) : new Set(),
      async forget(customerId) {
        await streams.forget(customerId);
        forgotten.push(customerId);
      },
      wanted: async () => ({ kinds: new Set(['interaction'] as const), sinceMs }),
      failed: () => undefined,
    });
    closers.push(
      () => streams.close(),
      () => relay.close(),
    );
    relay.start();
    await eventually('him forgotten', () => expect(forgotten).toEqual([erased]), within);
    const left = async () => expect(await published()).toMatchObject([{ data: { offer: 'of another' } }]);
    await eventually('what is left', left, within);
  });
});
