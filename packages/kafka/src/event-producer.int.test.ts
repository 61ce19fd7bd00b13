import { randomUUID } from 'node:crypto';
import { partitionOf } from '@holdfast/engine';
import { createEncoder, type EventInput, INPUT_TOPICS } from '@holdfast/events';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { client } from '../test/broker.ts';
import { createEventProducer, type EventProducer, type EventProducerOptions } from './event-producer.ts';
import { readTopic } from './topic-reader.ts';
import { ensureTopics } from './topics.ts';

const PARTITIONS = 8;
const encoder = createEncoder({ BillPaid: 7, ComplaintResolved: 8 });
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
    expect(await producer.send([paid(customerId, 'later')])).toEqual([{ kind: 'accepted' }]);
  });

  it('says so when the log cannot be reached', async () => {
    const producer = eventProducer({ brokers: ['127.0.0.1:1'], retries: 1 });
    const [outcome] = await producer.send([paid(randomUUID(), 'bill')]);
    expect(outcome).toMatchObject({ kind: 'unavailable' });
  });

  it('adds the CloudEvents headers where asked', async () => {
    const customerId = randomUUID();
    const event = paid(customerId, 'bill');
    await eventProducer({ cloudEventHeaders: true }).send([event]);
    const [record] = await recordsOf(customerId);
    const headers = Object.fromEntries(
      Object.entries(record?.headers ?? {}).map(([name, value]) => [name, `${value}`]),
    );
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_source: 'test',
      ce_type: 'BillPaid',
      ce_time: '2023-11-14T22:13:20.000Z',
      ce_subject: customerId,
      'content-type': 'application/avro',
    });
  });

  it('sends what waits when it is closed', async () => {
    const customerId = randomUUID();
    const producer = createEventProducer({ ...client(), lingerMs: 60_000 }, { encoder });
    const sent = producer.send([paid(customerId, 'last')]);
    await producer.close();
    expect(await sent).toEqual([{ kind: 'accepted' }]);
  });
});
