import { randomUUID } from 'node:crypto';
import { type InputPosition, partitionOf } from '@holdfast/engine';
import type { LogEvent } from '@holdfast/events';
import { createLogger, createMetrics } from '@holdfast/observability';
import { createContactQueue } from '@holdfast/queue';
import { createAlertFeed, createContactMarks, createShardStore, createWorkList } from '@holdfast/redis';
import { redisDatabase } from '@holdfast/testkit';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { DECISION } from '../test/contact.ts';
import { DESK_ALONE, readChannels } from './channels/channel-file.ts';
import { createWorkListChannel } from './channels/work-list.ts';
import { isHeldBack } from './consent-hold.ts';
import { createDispatcher } from './dispatcher.ts';
import type { DeliveryReport, ReportAnswer, Standing } from './ports.ts';
import { createShardReader } from './shard-reader.ts';

/** Databases of their own: the meta of shard 0, the feed and the queue are one per Redis. */
const redisUrl = redisDatabase(inject('stack').redisUrl, 'dispatcher');
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const PARTITIONS = 8;
const DUE_AT = Date.now() + 3_600_000;
const START: InputPosition = { nextOffset: 1, fingerprint: { offset: 0, appendTime: 0, hash: '0'.repeat(16) } };

/** Real queue, feed, marks and shard store; what the domain and the log would say is set by the test. */
async function setUp() {
  const store = createShardStore({ url: redisUrl, codecVersion: 1 });
  const feed = createAlertFeed({ url: redisUrl });
  const marks = createContactMarks({ url: redisUrl });
  const queue = createContactQueue({ url: redisUrl, channels: ['call-centre'] });
  closers.push(
    () => store.close(),
    () => feed.close(),
    () => marks.close(),
    () => queue.close(),
  );
  const work = createWorkList({ url: redisUrl });
  closers.push(() => work.close());
  const begin = await feed.lastId();
  const entityId = `customer-${randomUUID()}`;
  const contactId = `c${randomUUID()}`;
  const shard = { topology: 'customer', partition: partitionOf(Buffer.from(entityId), PARTITIONS) };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await store.initialise(
      { topology: 'customer', partition },
      {
        minCodec: 1,
        clusterId: 'x',
        partitionCount: PARTITIONS,
        inputs: {},
        relay: START,
        watermarks: {},
      },
    );
  }
  const session = await store.open(shard);
  closers.push(() => session.close());
  const claim = await session.claim();
  if (claim.kind !== 'claimed') throw new Error(`the shard was not claimed: ${claim.kind}`);
  let version = claim.meta.version;
  const commit = async (standing: Standing, adopted: { readonly adopted?: true }) => {
    const record = Buffer.from(JSON.stringify({ contactId, customerId: entityId }));
    const answer = await session.commit(version, {
      inputs: {},
      watermarks: {},
      states: [{ id: entityId, bytes: Buffer.from(JSON.stringify(standing)) }],
      dues: [],
      outbox: [],
      kpis: [],
      history: [{ entityId, record }],
      ...adopted,
    });
    if (answer.kind !== 'ok') throw new Error(`the commit was answered with ${answer.kind}`);
    version = answer.version;
  };
  const reports: DeliveryReport[] = [];
  let reportAnswer: ReportAnswer = { kind: 'ok' };
  const start = async () => {
    const dispatcher = createDispatcher(
      {
        open: (name) =>
          createWorkListChannel(name, { feed, alertOf: ({ offer }) => ({ offer }), now: () => Date.now() }),
        ports: {
          ...createShardReader({ store, decode: (value) => ({ kind: 'event', event: decisionOf(value) }) }),
          standing: (bytes) => JSON.parse(bytes.toString()) as Standing,
          marks,
          directory: { addressOf: async () => ({ kind: 'none' }) },
          isHeldBack: (contact) => isHeldBack(contact, marks),
          report: async (report) => {
            if (reportAnswer.kind === 'ok') reports.push(report);
            return reportAnswer;
          },
          now: () => Date.now(),
        },
        metrics: createMetrics({ service: 'dispatcher' }),
        logger: createLogger({ service: 'dispatcher', level: 'silent' }),
      },
      { queueUrl: redisUrl },
    );
    closers.push(() => dispatcher.close());
    await dispatcher.use(readChannels(DESK_ALONE, () => ''));
    return dispatcher;
  };
  return {
    entityId,
    contactId,
    marks,
    reports,
    commit,
    start,
    reportsAre: (answer: ReportAnswer) => {
      reportAnswer = answer;
    },
    release: (sendBy = Date.now() + 60_000) =>
      queue.add([{ channel: 'call-centre', contactId, entityId, sendAt: 0, sendBy }]),
    jobState: () => queue.jobState('call-centre', contactId),
    item: () => work.read(contactId),
    alerts: async () => {
      const found = await feed.read({ after: begin, max: 1_000 });
      return found.filter((alert) => alert.contactId === contactId).map((alert) => JSON.parse(alert.json));
    },
  };
}

/** The least a decision needs here; the store keeps whatever bytes it was given. */
function decisionOf(value: Buffer): LogEvent {
  const { contactId, customerId } = JSON.parse(value.toString());
  const decision = {
    ...DECISION,
    contactId,
    customerId,
    offer: 'care_call',
    decidedAt: Date.now(),
    desk: 'retention',
    workDueAt: DUE_AT,
    validUntil: DUE_AT + 1,
  };
  return decision as LogEvent;
}

const settles = { timeout: 20_000 };

describe('a dispatcher on real stores', () => {
  it('puts an open contact on the feed once and reports it', async () => {
    const { commit, start, release, alerts, reports, jobState, item, entityId } = await setUp();
    await commit({ kind: 'open' }, { adopted: true });
    await release();
    await (await start()).ready();
    await vi.waitFor(async () => expect(await jobState()).toBe('completed'), settles);
    expect(await alerts()).toEqual([{ offer: 'care_call' }]);
    expect(await item()).toMatchObject({
      state: 'open',
      customerId: entityId,
      desk: 'retention',
      dueAt: DUE_AT,
      endsAt: DUE_AT + 1,
      alert: '{"offer":"care_call"}',
      version: 1,
    });
    expect(reports).toMatchObject([{ status: 'DELIVERED', offer: 'care_call' }]);
  });

  it('holds a contact until the claim has committed its adoption', async () => {
    const { commit, start, release, alerts, reports, jobState } = await setUp();
    await commit({ kind: 'open' }, {});
    await release();
    await (await start()).ready();
    await vi.waitFor(async () => expect(await jobState()).toBe('delayed'), settles);
    expect(await alerts()).toEqual([]);
    await commit({ kind: 'open' }, { adopted: true });
    await vi.waitFor(() => expect(reports).toMatchObject([{ status: 'DELIVERED' }]), settles);
    expect(await alerts()).toHaveLength(1);
  });

  it('shows an alert once though the log is away and another dispatcher takes over', async () => {
    const { commit, start, release, alerts, reports, reportsAre, jobState } = await setUp();
    await commit({ kind: 'open' }, { adopted: true });
    reportsAre({ kind: 'retry', message: 'no broker' });
    await release();
    const first = await start();
    await vi.waitFor(async () => expect(await alerts()).toHaveLength(1), settles);
    await first.close();
    expect(reports).toEqual([]);
    reportsAre({ kind: 'ok' });
    await start();
    await vi.waitFor(async () => expect(await jobState()).toBe('completed'), settles);
    expect(await alerts()).toHaveLength(1);
    expect(reports).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it.each([
    ['an opt-out', 'marketing:*'],
    ['a wish to be left alone', '*'],
  ])('holds a contact back at once after %s, until the state refuses it', async (_, scope) => {
    const { commit, start, release, alerts, reports, marks, entityId, jobState, item } = await setUp();
    await commit({ kind: 'open' }, { adopted: true });
    await marks.suppress(entityId, scope, 60);
    await release();
    await start();
    await vi.waitFor(async () => expect(await jobState()).toBe('delayed'), settles);
    await commit({ kind: 'refused', reason: 'consent' }, {});
    await vi.waitFor(() => expect(reports).toMatchObject([{ status: 'REFUSED', detail: 'consent' }]), settles);
    expect(await alerts()).toEqual([]);
    expect(await item()).toBeUndefined();
  });

  it('never sends a contact the state does not know, and reports it at its end', async () => {
    const { commit, start, release, alerts, reports } = await setUp();
    await commit({ kind: 'unknown' }, { adopted: true });
    await release(Date.now() + 500);
    await start();
    await vi.waitFor(() => expect(reports).toMatchObject([{ status: 'UNKNOWN', detail: 'unknown' }]), settles);
    expect(await alerts()).toEqual([]);
  });
});
