import { randomUUID } from 'node:crypto';
import { partitionOf } from '@holdfast/engine';
import { createEncoder, type EventInput, INPUT_TOPICS } from '@holdfast/events';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { client } from '../test/broker.ts';
import { createEventProducer, type EventProducer, type EventProducerOptions } from './event-producer.ts';
import { readRecordsAt } from './record-lookup.ts';
import { readTopic } from './topic-reader.ts';
import { ensureTopics } from './topics.ts';

const PARTITIONS = 8;
const encoder = createEncoder({ BillPaid: 7, ComplaintResolved: 8, ComplaintFiled: 9 });
const open: EventProducer[] = [];

beforeAll(async () => {
  await ensureTopics({ ...client(), partitions: PARTITIONS, replicationFactor: 1 });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((producer) => producer.close()));
});

function eventProducer(more: Partial<EventProducerOptions> = {}): EventProducer {
  const producer = createEventProducer({ ...client(), ...more }, { encoder });
  open.push(producer);
  return producer;
}

const paid = (customerId: string, billId: string): EventInput<'BillPaid'> => ({
  type: 'BillPaid',
  eventId: randomUUID(),
  source: 'test',
  occurredAt: 1_700_000_000_000,
  customerId,
  billId,
  amountMinor: 1_250,
  currency: 'EUR',
});

const resolved = (customerId: string, complaintId: string): EventInput<'ComplaintResolved'> => ({
  type: 'ComplaintResolved',
  eventId: randomUUID(),
  source: 'test',
  occurredAt: 1_700_000_000_000,
  customerId,
  complaintId,
});
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

async function recordsOf(customerId: string) {
  const found = [];
  for await (const record of readTopic({ ...client(), topic: INPUT_TOPICS.subscription, from: 'beginning' })) {
    if (record.key?.toString() === customerId) found.push(record);
  }
  return found;
}

describe('the event producer', () => {
  it('puts the events of a customer, in order, on the partition the engine expects', async () => {
    const customerId = randomUUID();
    const events = Array.from({ length: 50 }, (_, index) => paid(customerId, `bill-${index}`));
    const outcomes = await eventProducer({ maxBatchEvents: 7 }).send(events);
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
    const records = await recordsOf(customerId);
    expect(records.map(({ value }) => value)).toEqual(events.map((event) => encoder.encode(event)));
    expect(new Set(records.map(({ partition }) => partition))).toEqual(
      new Set([partitionOf(Buffer.from(customerId), PARTITIONS)]),
    );
  });

  it('tells where each event of a batch lies, over several partitions and topics', async () => {
    const customers = Array.from({ length: 12 }, () => randomUUID());
    const events = customers.flatMap((customerId, index) => [
      paid(customerId, `first-${index}`),
      resolved(customerId, `complaint-${index}`),
      paid(customerId, `second-${index}`),
    ]);
    const producer = eventProducer();
    // Twice, so that neither the first offset of a partition nor an empty log explains an answer.
    await producer.send(events);
    const outcomes = await producer.send(events);
    const places = outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.place : undefined));
    expect(new Set(places.map((place) => place?.partition)).size).toBeGreaterThan(2);
    const values = new Map<string, Buffer | null>();
    for (const [topic, found] of Map.groupBy(places, (place) => place?.topic ?? '')) {
      const records = await readRecordsAt({ ...client(), topic, places: found.flatMap((place) => place ?? []) });
      for (const [at, { value }] of records) values.set(`${topic}/${at}`, value);
    }
    const found = places.map((place) => values.get(`${place?.topic}/${place?.partition}/${place?.offset}`));
    expect(found).toEqual(events.map((event) => encoder.encode(event)));
  });

  it('answers for each event by itself', async () => {
    const customerId = randomUUID();
    const outcomes = await eventProducer({ maxEventBytes: 150 }).send([
      paid(customerId, 'good'),
      { ...paid(customerId, 'bad'), amountMinor: 'many' as unknown as number },
      { type: 'NoSuchEvent' } as unknown as EventInput<'BillPaid'>,
      paid(customerId, 'x'.repeat(100)),
      paid(customerId, 'also good'),
    ]);
    expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : outcome.kind))).toEqual([
      'accepted',
      'contract',
      'contract',
      'too-large',
      'accepted',
    ]);
    expect(await recordsOf(customerId)).toHaveLength(2);
  });

  it('turns events away when too many wait, and takes new ones afterwards', async () => {
    const customerId = randomUUID();
    const producer = eventProducer({ maxWaitingEvents: 3 });
    const outcomes = await producer.send(Array.from({ length: 5 }, (_, index) => paid(customerId, `bill-${index}`)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted', 'overloaded', 'overloaded']);
    expect(await producer.send([paid(customerId, 'later')])).toMatchObject([{ kind: 'accepted' }]);
  });

  it('sends in parts what the broker would refuse as one batch of a partition', async () => {
    const customerId = randomUUID();
    const { billId: _, amountMinor: __, currency: ___, ...identity } = paid(customerId, '');
    const filed = (n: number): EventInput<'ComplaintFiled'> => ({
      ...identity,
      type: 'ComplaintFiled',
      eventId: `${customerId}-${n}`,
      complaintId: `${n}`,
      topic: 'x'.repeat(1_024),
    });
    const producer = eventProducer();
    const outcomes = await Promise.all([0, 1].map((half) => producer.send(numbers(half * 700, 700).map(filed))));
    expect(new Set(outcomes.flat().map(({ kind }) => kind))).toEqual(new Set(['accepted']));
  });

  it('says so when the log cannot be reached', async () => {
    const producer = eventProducer({ brokers: ['127.0.0.1:1'], retries: 1 });
    const [outcome] = await producer.send([paid(randomUUID(), 'bill')]);
    expect(outcome).toMatchObject({ kind: 'unavailable' });
  });

  it('adds the CloudEvents headers where asked, and where an event has extensions', async () => {
    const customerId = randomUUID();
    const event = paid(customerId, 'bill');
    await eventProducer({ cloudEventHeaders: true }).send([event]);
    await eventProducer().send([{ ...event, extensions: { traceparent: '00-ab' } }, event]);
    const found = (await recordsOf(customerId)).map(({ headers }) =>
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`])),
    );
    const headers = {
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_source: 'test',
      ce_type: 'io.holdfast.subscription.BillPaid.v1',
      ce_time: '2023-11-14T22:13:20.000Z',
      ce_subject: customerId,
      'content-type': 'application/avro',
    };
    expect(found).toEqual([headers, { ...headers, ce_traceparent: '00-ab' }, {}]);
  });

  it('sends what waits when it is closed', async () => {
    const customerId = randomUUID();
    const producer = createEventProducer({ ...client(), lingerMs: 60_000 }, { encoder });
    const sent = producer.send([paid(customerId, 'last')]);
    await producer.close();
    expect(await sent).toMatchObject([{ kind: 'accepted' }]);
  });
});
