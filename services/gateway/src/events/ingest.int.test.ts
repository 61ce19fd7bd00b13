import { randomUUID } from 'node:crypto';
import type { LogRecord } from '@holdfast/engine';
import {
  createCloudEventReader,
  createEncoder,
  type Encoder,
  type EventInput,
  INPUT_TOPICS,
  schemaTable,
} from '@holdfast/events';
import {
  createEventProducer,
  createRegistryDecoder,
  createSchemaRegistry,
  type EventProducer,
  ensureTopics,
  readTopic,
  type SchemaRegistry,
} from '@holdfast/kafka';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createGateway, type Gateway } from '../gateway.ts';
import { createEventIntake, type EventResult, type GatewayEvent } from './event-intake.ts';
import { eventsFace } from './events-route.ts';
import { createPressure, underPressure } from './pressure.ts';
import { fewSchemasAtOnce } from './schema-fetches.ts';
import { tmfEventsFace } from './tmf/tmf-face.ts';

const PARTITIONS = 8;
/** No registry has handed out so many. */
const UNKNOWN_SCHEMA = 2_000_000_000;

const { brokers, registryUrl } = inject('stack');
const client = { brokers, clientId: 'gateway-ingest-test' };
let registry: SchemaRegistry;
let encoder: Encoder;
let producer: EventProducer;
let gateway: Gateway;
let base: string;
let ids: Readonly<Record<string, number>>;

beforeAll(async () => {
  await ensureTopics({ ...client, partitions: PARTITIONS, replicationFactor: 1 });
  registry = createSchemaRegistry({ url: registryUrl });
  ids = await registry.registerAll(schemaTable());
  encoder = createEncoder(ids);
  producer = createEventProducer(client, { encoder });
  const retry = createPressure();
  const append = underPressure((events: readonly GatewayEvent[]) => producer.send(events), retry);
  const take = createEventIntake({
    parse: createCloudEventReader(createRegistryDecoder(fewSchemasAtOnce(registry, 4)).decode),
    append,
    consentSeen: async () => {},
    exclusionSeen: async () => {},
    holdFailed: () => {},
  });
  const counted = () => {};
  gateway = await createGateway(
    {
      faces: [eventsFace({ take, counted, retry }), tmfEventsFace({ append, counted, retry })],
      authenticate: () => ({ kind: 'known', principal: { id: 'billing', kind: 'key', roles: ['producer'] } }),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => {},
    },
    { host: '127.0.0.1', port: 0 },
  );
  base = `http://127.0.0.1:${await gateway.start()}`;
});
afterAll(async () => {
  await gateway?.close();
  await producer?.close();
  registry?.close();
});

const topUp = (customerId: string): EventInput<'BalanceToppedUp'> => ({
  type: 'BalanceToppedUp',
  eventId: randomUUID(),
  source: 'billing',
  occurredAt: Date.UTC(2026, 10, 1),
  customerId,
  subscriptionId: 'line-1',
  amountMinor: 500,
  currency: 'EUR',
});

async function post(body: Buffer | object, headers: Record<string, string>, path = '/v1/events') {
  const sent = body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body);
  const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: sent });
  return { status: answer.status, body: (await answer.json()) as EventResult };
}

/** A customer's records in a topic, as they are there. */
async function recordsOf(customerId: string, topic: string = INPUT_TOPICS.usage) {
  const records: LogRecord[] = [];
  for await (const record of readTopic({ ...client, topic, from: 'beginning' })) {
    if (record.key?.toString() === customerId) records.push(record);
  }
  return records;
}

async function valuesOf(customerId: string, topic?: string) {
  return (await recordsOf(customerId, topic)).map(({ value }) => value);
}

const attributesOf = (event: EventInput<'BalanceToppedUp'>) => ({
  specversion: '1.0',
  id: event.eventId,
  source: event.source,
  type: 'io.holdfast.usage.BalanceToppedUp.v1',
});
const headersOf = (event: EventInput<'BalanceToppedUp'>) =>
  Object.fromEntries(Object.entries(attributesOf(event)).map(([name, value]) => [`ce-${name}`, value]));
const avro = { 'content-type': 'application/avro' };

describe('events in Avro', () => {
  it('are taken in the wire format, bare, and in base64, and are the same records in the log', async () => {
    const customerId = `c-${randomUUID()}`;
    const [wire, bare, encoded] = [topUp(customerId), topUp(customerId), topUp(customerId)];
    const accepted = ({ eventId }: EventInput) => ({ status: 202, body: { id: eventId, status: 'accepted' } });
    expect(await post(encoder.encode(wire), { ...avro, ...headersOf(wire) })).toEqual(accepted(wire));
    expect(await post(encoder.encode(bare).subarray(5), { ...avro, ...headersOf(bare) })).toEqual(accepted(bare));
    const structured = {
      ...attributesOf(encoded),
      datacontenttype: 'application/avro',
      dataschema: `${registryUrl}/schemas/ids/${ids.BalanceToppedUp}`,
      data_base64: encoder.encode(encoded).subarray(5).toString('base64'),
    };
    const answer = await post(structured, { 'content-type': 'application/cloudevents+json' });
    expect(answer).toEqual(accepted(encoded));
    expect(await valuesOf(customerId)).toEqual([wire, bare, encoded].map((event) => encoder.encode(event)));
  });

  it('of a schema that the registry does not have are refused', async () => {
    const event = topUp(`c-${randomUUID()}`);
    const bytes = Buffer.from(encoder.encode(event));
    bytes.writeInt32BE(UNKNOWN_SCHEMA, 1);
    const answer = await post(bytes, { ...avro, ...headersOf(event) });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'bad-data', field: 'data' } } });
  });

  it('of many such schemas do not become as many requests: those beyond the bound may come again', async () => {
    const batch = Array.from({ length: 40 }, (_, n) => {
      const event = topUp(`c-${n}`);
      const bytes = Buffer.from(encoder.encode(event));
      bytes.writeInt32BE(UNKNOWN_SCHEMA - 1 - n, 1);
      return { ...attributesOf(event), datacontenttype: 'avro/binary', data_base64: bytes.toString('base64') };
    });
    const { status, body } = await post(batch, { 'content-type': 'application/cloudevents-batch+json' });
    const codes = (body as unknown as readonly EventResult[]).map(({ error }) => error?.code);
    expect(status).toBe(503);
    expect(codes).toEqual([...Array(4).fill('bad-data'), ...Array(36).fill('registry-away')]);
  });
});

describe('extension attributes', () => {
  it('are headers of the record, as the Kafka binding of CloudEvents has them, beside the same bytes', async () => {
    const customerId = `c-${randomUUID()}`;
    const [structured, binary, plain] = [topUp(customerId), topUp(customerId), topUp(customerId)];
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const extended = { ...attributesOf(structured), traceparent, partitionkey: 'Köln', depth: 3, sampled: true };
    const bytes = encoder.encode(structured).toString('base64');
    const batch = [
      { ...extended, datacontenttype: 'application/avro', data_base64: bytes },
      {
        ...attributesOf(plain),
        datacontenttype: 'application/avro',
        data_base64: encoder.encode(plain).toString('base64'),
      },
    ];
    const answer = await post(batch, { 'content-type': 'application/cloudevents-batch+json' });
    expect(answer.status).toBe(200);
    const header = { ...avro, ...headersOf(binary), 'ce-partitionkey': 'K%C3%B6ln' };
    expect((await post(encoder.encode(binary), header)).status).toBe(202);

    const records = await recordsOf(customerId);
    expect(records.map(({ value }) => value)).toEqual(
      [structured, plain, binary].map((event) => encoder.encode(event)),
    );
    const texts = records.map(({ headers }) =>
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()])),
    );
    expect(texts).toEqual([
      expect.objectContaining({
        ...{ ce_specversion: '1.0', ce_id: structured.eventId, ce_subject: customerId },
        ...{ ce_traceparent: traceparent, ce_partitionkey: 'Köln', ce_depth: '3', ce_sampled: 'true' },
      }),
      {},
      expect.objectContaining({ ce_id: binary.eventId, ce_partitionkey: 'Köln' }),
    ]);
  });

  it('beyond what a record may carry refuse the event', async () => {
    const event = topUp(`c-${randomUUID()}`);
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`ce-x${n}`, 'x'.repeat(1_000)]));
    const answer = await post(encoder.encode(event), { ...avro, ...headersOf(event), ...many });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'bad-attribute' } } });
  });
});

it('a usage of TMF635 and a product notification of TMF637 are records in the log', async () => {
  const customerId = `c-${randomUUID()}`;
  const relatedParty = [{ id: customerId, role: 'customer', '@referredType': 'Customer' }];
  const json = { 'content-type': 'application/json' };
  const usage = {
    usageDate: '2026-11-01T08:00:00Z',
    usageType: 'SMS',
    relatedParty,
    ratedProductUsage: [{ productRef: { id: 'line-1' } }],
  };
  const first = await post(usage, json, '/tmf-api/usageManagement/v4/usage');
  expect(first.status).toBe(201);
  const terminated = {
    eventId: randomUUID(),
    eventTime: '2026-11-02T08:00:00Z',
    event: { product: { id: 'line-1', status: 'terminated', relatedParty } },
  };
  const path = '/tmf-api/productInventory/v4/listener/productStateChangeEvent';
  expect(await post(terminated, json, path)).toMatchObject({ status: 201, body: { id: terminated.eventId } });
  const identity = { source: 'tmf/billing', customerId, subscriptionId: 'line-1' };
  expect(await valuesOf(customerId)).toEqual([
    encoder.encode({
      ...identity,
      type: 'UsageRecorded',
      eventId: first.body.id ?? '',
      occurredAt: Date.UTC(2026, 10, 1, 8),
      kind: 'SMS',
    }),
  ]);
  expect(await valuesOf(customerId, INPUT_TOPICS.subscription)).toEqual([
    encoder.encode({
      ...identity,
      type: 'SubscriptionTerminated',
      eventId: terminated.eventId,
      occurredAt: Date.UTC(2026, 10, 2, 8),
    }),
  ]);
});
