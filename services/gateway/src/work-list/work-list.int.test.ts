import { randomUUID } from 'node:crypto';
import { createEncoder, type Event, type EventInput, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import {
  createEventProducer,
  createRegistryDecoder,
  createSchemaRegistry,
  deleteGroup,
  type EventProducer,
  ensureTopics,
  type RegistryDecoder,
  readTopic,
  type SchemaRegistry,
} from '@holdfast/kafka';
import { createLogger, createMetrics } from '@holdfast/observability';
import { createWorkList, MOST_UNTOLD, type NewWorkItem, type WorkList } from '@holdfast/redis';
import { redisDatabase } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startGatewayProcess } from '../../test/gateway-process.ts';
import { SEES_EVERYTHING } from '../security/sight.ts';
import { openWorkList } from './open-work-list.ts';
import { startWorkRelay } from './work-relay.ts';

const stack = inject('stack');
/** Databases of their own: an outbox and a clock are one per Redis. */
const databases = (['work-list', 'work-list process', 'work-list away'] as const).map((owner) =>
  redisDatabase(stack.redisUrl, owner),
);
const kafka = { brokers: stack.brokers, clientId: 'work-list-int' };
const settles = { timeout: 40_000, interval: 100 };
const HOUR = 3_600_000;
const KEY = 'agent-key-0123456789';
const closers: (() => Promise<unknown>)[] = [];

let registry: SchemaRegistry;
let producer: EventProducer;
let decoder: RegistryDecoder;

beforeAll(async () => {
  await ensureTopics({ ...kafka, partitions: 8, replicationFactor: 1 });
  registry = createSchemaRegistry({ url: stack.registryUrl });
  producer = createEventProducer(kafka, { encoder: createEncoder(await registry.registerAll(schemaTable())) });
  decoder = createRegistryDecoder(registry);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await producer.close();
  await registry.close();
});

function storeOf(database: number, mostUntold = MOST_UNTOLD): WorkList {
  const work = createWorkList({ url: databases[database] ?? '', mostUntold });
  closers.push(() => work.close());
  return work;
}

/** One gateway's part of the list, with a group of its own. */
function opened(work: WorkList, append: EventProducer['send'] = (events) => producer.send(events)) {
  const groupId = `work-${randomUUID()}`;
  closers.push(() => deleteGroup(kafka, groupId));
  const list = openWorkList(
    {
      work,
      record: async () => [],
      sightOf: SEES_EVERYTHING,
      lookUp: async () => Promise.reject(new Error('nobody here is bound to desks')),
      customers: { read: async () => ({ kind: 'absent' }) },
      audit: async () => undefined,
      append,
      decoder,
      metrics: createMetrics({ service: 'gateway' }),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
    },
    { ...kafka, groupId },
  );
  closers.push(() => list.close());
  return list;
}

async function itemOf(work: WorkList, more: Partial<NewWorkItem> = {}) {
  const itemId = `c${randomUUID()}`;
  const item = {
    itemId,
    kind: 'contact' as const,
    contactId: itemId,
    customerId: `customer-${randomUUID()}`,
    dueAt: Date.now() + HOUR,
    priority: 2,
    desk: 'retention',
    ...more,
  };
  await work.open(item);
  return item;
}

/** What the log has of a customer, in order. */
async function logOf(customerId: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const record of readTopic({ ...kafka, topic: INPUT_TOPICS.interaction, from: 'beginning' })) {
    if (record.key?.toString() !== customerId) continue;
    const decoded = await decoder.decode(record.value);
    if (decoded.kind !== 'event') throw new Error(`a record cannot be read: ${decoded.message}`);
    events.push(decoded.event as Event);
  }
  return events;
}

const changesOf = (events: readonly Event[]) =>
  events.flatMap((event) => (event.type === 'WorkItemChanged' ? [event.change] : []));
const base = (customerId: string) => ({ eventId: randomUUID(), source: 'survey', occurredAt: Date.now(), customerId });
const tell = async (...events: readonly EventInput[]) => {
  const outcomes = await producer.send(events);
  expect(outcomes.map(({ kind }) => kind)).toEqual(events.map(() => 'accepted'));
};
const ann = { agent: 'ann', isSupervisor: false };

describe('the work list and the log', () => {
  it('tells every change once, in order, though two gateways are at it', async () => {
    const work = storeOf(0);
    opened(work);
    opened(work);
    const { itemId, customerId } = await itemOf(work);
    await work.claim([itemId], ann, HOUR);
    await work.release(itemId, ann);
    await work.claim([itemId], ann, HOUR);
    await work.finish(itemId, ann, 'accepted');
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    const events = await logOf(customerId);
    expect(changesOf(events)).toEqual(['OPENED', 'CLAIMED', 'RELEASED', 'CLAIMED', 'FINISHED']);
    expect(events.at(-1)).toMatchObject({ agent: 'ann', outcome: 'accepted', desk: 'retention', contactId: itemId });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(5);
  });

  it('opens the item of an unsatisfied customer again for somebody else, once', async () => {
    const work = storeOf(0);
    const list = opened(work);
    const { itemId, customerId } = await itemOf(work);
    await work.claim([itemId], ann, HOUR);
    await work.finish(itemId, ann, 'accepted');
    const rating = { type: 'SatisfactionRated' as const, ...base(customerId), score: 1, about: itemId };
    await tell(rating, rating);
    await vi.waitFor(async () => expect((await work.read(itemId))?.state).toBe('open'), settles);
    expect(list.isFollowing()).toBe(true);
    expect((await work.claim([itemId], ann, HOUR)).kind).toBe('reserved');
    expect((await work.claim([itemId], { ...ann, agent: 'ben' }, HOUR)).kind).toBe('done');
    await work.finish(itemId, { ...ann, agent: 'ben' }, 'accepted');
    await tell({ ...rating, eventId: randomUUID(), score: 5 }, rating);
    const mark = await itemOf(work);
    await tell({ type: 'OfferAccepted', ...base(mark.customerId), contactId: mark.itemId });
    await vi.waitFor(async () => expect((await work.read(mark.itemId))?.state).toBe('done'), settles);
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    expect(changesOf(await logOf(customerId)).filter((change) => change === 'REOPENED')).toHaveLength(1);
  });

  it('takes follow-ups of other systems, tells of its own, and closes both in the log', async () => {
    const work = storeOf(0);
    opened(work);
    const [theirs, ours] = [`f-${randomUUID()}`, `f-${randomUUID()}`];
    const customerId = `customer-${randomUUID()}`;
    await tell({
      type: 'FollowUpOpened',
      ...base(customerId),
      followUpId: theirs,
      dueAt: Date.now() + HOUR,
      topics: [],
    });
    await work.open({
      itemId: ours,
      kind: 'follow-up',
      followUpId: ours,
      customerId,
      dueAt: Date.now() + HOUR,
      priority: 2,
      isAnnounced: true,
    });
    await vi.waitFor(async () => expect((await work.read(theirs))?.state).toBe('open'), settles);
    for (const id of [theirs, ours]) await work.finish(id, { agent: 'sue', isSupervisor: true }, 'done');
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    const events = await logOf(customerId);
    const closed = events.flatMap((event) => (event.type === 'FollowUpClosed' ? [event.followUpId] : []));
    const told = events.flatMap((event) => (event.type === 'FollowUpOpened' ? [event.followUpId] : []));
    expect(closed.sort()).toEqual([theirs, ours].sort());
    expect(told.sort()).toEqual([theirs, ours].sort());
  });

  it('takes a customer from his agents whom the log tells to leave alone, and tells why', async () => {
    const work = storeOf(0);
    opened(work);
    const { itemId, customerId } = await itemOf(work);
    await work.claim([itemId], ann, HOUR);
    await tell({ type: 'ExclusionSet', ...base(customerId), exclusion: 'do-not-contact', active: true });
    await vi.waitFor(async () => expect((await work.read(itemId))?.state).toBe('withdrawn'), settles);
    expect((await work.renew(itemId, ann, HOUR)).kind).toBe('ended');
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    expect((await logOf(customerId)).at(-1)).toMatchObject({
      change: 'WITHDRAWN',
      reason: 'do_not_contact',
      contactId: itemId,
    });
  });

  it('makes what is late an event, though nobody asks', async () => {
    const work = storeOf(0);
    opened(work);
    const { customerId } = await itemOf(work, { dueAt: Date.now() + 50, endsAt: Date.now() + 100 });
    await vi.waitFor(
      async () => expect(changesOf(await logOf(customerId))).toEqual(['OPENED', 'ESCALATED', 'EXPIRED']),
      settles,
    );
  });
});

describe('a broker that is away', () => {
  it('stops changes at the bound, and takes all that waited when it is back, each in its place', async () => {
    const away = createEventProducer(
      { brokers: ['127.0.0.1:1'], clientId: 'work-list-away' },
      { encoder: createEncoder(await registry.registerAll(schemaTable())) },
    );
    closers.push(() => away.close());
    let refused = 0;
    let send: EventProducer['send'] = async (events) => {
      const outcomes = await away.send(events);
      refused += 1;
      return outcomes;
    };
    const work = storeOf(2, 10);
    const { itemId, customerId } = await itemOf(work);
    const done: string[] = [];
    for (;;) {
      const claimed = await work.claim([itemId], ann, HOUR);
      if (claimed.kind === 'full') break;
      done.push('CLAIMED');
      const released = await work.release(itemId, ann);
      if (released.kind === 'full') break;
      done.push('RELEASED');
    }
    expect(done).toHaveLength(9);
    expect((await work.figures()).untold).toBe(10);
    // Only now: a gateway takes follow-ups of the log, which other tests write to, and they would fill the list too.
    opened(work, (events) => send(events));
    await vi.waitFor(() => expect(refused).toBeGreaterThan(0), settles);
    send = (events) => producer.send(events);
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    expect(changesOf(await logOf(customerId))).toEqual(['OPENED', ...done]);
    await vi.waitFor(async () => expect((await work.finish(itemId, ann, 'accepted')).kind).toBe('done'), settles);
  });
});

describe('a gateway that is killed between a change and its event', () => {
  it('leaves the event to the next, which tells it once', async () => {
    const place = { ...stack, redisUrl: databases[1] ?? '' };
    const settings = { HOLDFAST_API_KEYS: `agent:${KEY}`, HOLDFAST_PSEUDONYM_KEY: 'ab'.repeat(32) };
    const work = storeOf(1);
    const { itemId, customerId } = await itemOf(work);
    // Somebody else has the turn: nothing leaves before the gateway is killed.
    expect(await work.readOutbox({ token: 'test', turnMs: 120_000, most: 10 })).toHaveLength(1);
    const first = await startGatewayProcess(place, settings);
    closers.push(first.kill);
    const claim = () =>
      fetch(`http://127.0.0.1:${first.port}/v1/work-items/${itemId}/claim`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'x-holdfast-agent': 'ann', 'content-type': 'application/json' },
        body: '{}',
      });
    // 503 while the look at the customer cannot be noted yet.
    await vi.waitFor(async () => expect((await claim()).status).toBe(200), settles);
    await first.kill();
    expect(await logOf(customerId)).toEqual([]);
    await work.endTurn('test');
    const second = await startGatewayProcess(place, settings);
    closers.push(second.stop);
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    expect(changesOf(await logOf(customerId))).toEqual(['OPENED', 'CLAIMED']);
    expect(await work.read(itemId)).toMatchObject({ state: 'claimed', agent: 'ann' });
  });
});

describe('a relay that dies', () => {
  /** Ends after it appended, or before: without trimming, and without giving its turn back. */
  async function died(work: WorkList, hasAppended: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const dead = () => {
      resolve();
      return new Promise<never>(() => undefined);
    };
    startWorkRelay(
      {
        work: { ...work, trimOutbox: dead },
        append: hasAppended ? (events) => producer.send(events) : dead,
        told: () => undefined,
        refused: () => undefined,
        failed: () => undefined,
      },
      { everyMs: 10, turnMs: 300 },
    );
    await promise;
  }

  it.each([true, false])('leaves its changes to the next, under the same ids; appended: %s', async (hasAppended) => {
    const work = storeOf(1);
    const { itemId, customerId } = await itemOf(work);
    await work.claim([itemId], ann, HOUR);
    await died(work, hasAppended);
    // Gateways of the tests before took follow-ups of others from the log, and may have ended before they told.
    expect((await work.figures()).untold).toBeGreaterThanOrEqual(2);
    opened(work);
    await vi.waitFor(async () => expect((await work.figures()).untold).toBe(0), settles);
    const events = await logOf(customerId);
    expect(events).toHaveLength(hasAppended ? 4 : 2);
    const byId = new Map(events.map((event) => [event.eventId, event]));
    expect(changesOf([...byId.values()])).toEqual(['OPENED', 'CLAIMED']);
    for (const event of events) expect(event).toEqual(byId.get(event.eventId));
  });
});
