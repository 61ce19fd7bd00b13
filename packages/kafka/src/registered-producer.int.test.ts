import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type EventInput, INPUT_TOPICS, type LogEvent, schemaTable } from '@holdfast/events';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { client, eventually } from '../test/broker.ts';
import type { EventProducer } from './event-producer.ts';
import { createRegisteredProducer } from './registered-producer.ts';
import { createSchemaRegistry } from './registry.ts';
import { createRegistryDecoder } from './registry-decoder.ts';
import { readTopic } from './topic-reader.ts';
import { ensureTopics } from './topics.ts';

const { registryUrl } = inject('stack');
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  await ensureTopics({ ...client(), partitions: 8, replicationFactor: 1 });
  await createSchemaRegistry({ url: registryUrl }).registerAll(schemaTable());
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function producerWith(url: string): EventProducer {
  const producer = createRegisteredProducer({ ...client(), registryUrl: url });
  open.push(producer);
  return producer;
}

const paid = (customerId: string, billId: string): EventInput<'BillPaid'> => ({
  type: 'BillPaid',
  eventId: `${customerId}-${billId}`,
  source: 'test',
  occurredAt: 1_767_225_600_000,
  customerId,
  billId,
  amountMinor: 1_250,
  currency: 'EUR',
});
const kindsOf = (outcomes: readonly { readonly kind: string }[]) => outcomes.map(({ kind }) => kind);

/** What the log has of a customer, as anybody reads it who has the registry. */
async function eventsOf(customerId: string): Promise<readonly LogEvent[]> {
  const registry = createSchemaRegistry({ url: registryUrl });
  open.push(registry);
  const decoder = createRegistryDecoder(registry);
  const events: LogEvent[] = [];
  for await (const { key, value } of readTopic({ ...client(), topic: INPUT_TOPICS.subscription, from: 'beginning' })) {
    if (key?.toString() !== customerId) continue;
    const outcome = await decoder.decode(value);
    if (outcome.kind !== 'event') throw new Error(`a record cannot be read: ${outcome.message}`);
    events.push(outcome.event);
  }
  return events;
}

/** A registry that is away until it is told to arrive: then it is the real one. */
async function lateRegistry() {
  let isThere = false;
  const server = createServer(async (request, response) => {
    if (!isThere) return response.writeHead(503).end('{}');
    const body = await text(request);
    const answer = await fetch(new URL(registryUrl).origin + request.url, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body === '' ? {} : { body }),
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => server.close() }, { close: () => server.closeAllConnections() });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${new URL(registryUrl).pathname}`,
    arrive: () => {
      isThere = true;
    },
  };
}

describe('the producer that asks the registry itself', () => {
  it('sends typed events that everybody with the registry can read', async () => {
    const customerId = randomUUID();
    expect(kindsOf(await producerWith(registryUrl).send([paid(customerId, '1')]))).toEqual(['accepted']);
    expect(await eventsOf(customerId)).toEqual([paid(customerId, '1')]);
  });

  it('says so while the registry is away, sends nothing, and needs no new start once it is there', async () => {
    const { url, arrive } = await lateRegistry();
    const producer = producerWith(url);
    const customerId = randomUUID();
    expect(await producer.send([paid(customerId, '1')])).toEqual([
      { kind: 'unavailable', message: expect.stringContaining('503') },
    ]);
    arrive();
    await eventually(async () => expect(kindsOf(await producer.send([paid(customerId, '1')]))).toEqual(['accepted']));
  });

  it('keeps the order of a customer over sends that wait for the registry', async () => {
    const { url, arrive } = await lateRegistry();
    arrive();
    const producer = producerWith(url);
    const customerId = randomUUID();
    const sends = Array.from({ length: 20 }, (_, index) => producer.send([paid(customerId, String(index))]));
    expect(kindsOf((await Promise.all(sends)).flat())).toEqual(Array(20).fill('accepted'));
    const bills = (await eventsOf(customerId)).map((event) => event.type === 'BillPaid' && event.billId);
    expect(bills).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  });
});
