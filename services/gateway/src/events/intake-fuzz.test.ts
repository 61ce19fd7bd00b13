import { gzipSync } from 'node:zlib';
import {
  createCloudEventReader,
  createDecoder,
  createEncoder,
  type EventType,
  FAMILIES,
  type Fields,
  fromCloudEvent,
  type LogEventType,
  type SchemaIds,
  schemaTable,
} from '@holdfast/events';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../gateway.ts';
import { createEventIntake, type EventResult, type GatewayEvent } from './event-intake.ts';
import { eventsFace } from './events-route.ts';

const ids: SchemaIds = Object.fromEntries(schemaTable().map(({ record }, index) => [record, index + 1]));
const encoder = createEncoder(ids);
const decoder = createDecoder();
for (const { record, schema } of schemaTable()) decoder.addSchema(ids[record] ?? 0, JSON.stringify(schema));
const read = createCloudEventReader((value) => decoder.decode(value));

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const ID = { specversion: '1.0', id: 'e-1', source: 'billing', time: '2026-11-01T08:00:00Z', subject: 'c-1' };
const TOP_UP = { ...ID, type: 'BalanceToppedUp', data: { subscriptionId: 's', amountMinor: 5, currency: 'EUR' } };

/** What JSON can hold and programs trip over. */
const nasty = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  fc.constantFrom<unknown>(
    '\ud800',
    'a\udc00b',
    '__proto__',
    'constructor',
    '',
    ' ',
    '\u0000',
    'x'.repeat(5_000),
    1e308,
    -1e308,
    2 ** 53,
    -(2 ** 53) - 2,
    0.1,
    -0,
    2_147_483_648,
    null,
    [],
    {},
    [[[[[[[[]]]]]]]],
    '2026-13-45T99:99:99Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ),
  fc.string({ unit: 'binary' }),
);
const NAMES = [
  ...Object.keys(TOP_UP),
  'datacontenttype',
  'dataschema',
  'data_base64',
  'toString',
  '__proto__',
  'hasOwnProperty',
];
const recordNames = Object.values(FAMILIES).flatMap((records) => Object.keys(records)) as EventType[];

/** Fields of a record that its schema takes, those without a default. */
function soundData(type: string): Record<string, unknown> {
  const records = Object.values(FAMILIES).flatMap((family) => Object.entries<{ readonly fields: Fields }>(family));
  const fields = records.find(([name]) => name === type)?.[1].fields;
  const needed = Object.entries(fields ?? {}).filter(([name, field]) => !('fallback' in field) && !IDENTITY.has(name));
  return Object.fromEntries(needed.map(([name, field]) => [name, soundValue(field.schema)]));
}

const IDENTITY = new Set(['eventId', 'source', 'occurredAt', 'customerId']);

function soundValue(schema: unknown): unknown {
  if (typeof schema === 'object' && schema !== null) {
    if ('symbols' in schema) return (schema.symbols as string[])[0];
    if ('logicalType' in schema) return '2026-11-01T08:00:00Z';
  }
  return { string: 's', boolean: true, int: 3, long: 4, double: 0.5 }[String(schema)] ?? [];
}

/** A sound event, of any record, with some attributes and fields put in the place of others. */
const mutated = fc
  .record({
    type: fc.constantFrom<string>(...recordNames, 'DecisionMade', 'nonsense'),
    attributes: fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), nasty, {
      maxKeys: 1,
      noNullPrototype: true,
    }),
    fields: fc.dictionary(fieldName(), nasty, { maxKeys: 2, noNullPrototype: true }),
  })
  .map(({ type, attributes, fields }) => ({ ...TOP_UP, type, data: { ...soundData(type), ...fields }, ...attributes }));

function fieldName() {
  const fields = Object.values(FAMILIES).flatMap((records) =>
    Object.values(records).flatMap((record) => Object.keys(record.fields)),
  );
  return fc.oneof(fc.constantFrom(...new Set(fields)), fc.constantFrom(...NAMES), fc.string());
}

describe('the reader of events', () => {
  it('answers for whatever JSON it is given, and what it takes can be written', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.jsonValue()), (value) => {
        const outcome = fromCloudEvent(JSON.parse(JSON.stringify(value)));
        if (outcome.ok) {
          taken += 1;
          const decoded = decoder.decode(encoder.encode(outcome.event));
          expect(decoded).toMatchObject({ kind: 'event', event: { eventId: outcome.event.eventId } });
          return;
        }
        expect(outcome.error.message).not.toBe('');
        expect(outcome.error.fix).toMatch(/^[A-Z]/);
        expect(JSON.stringify(outcome.error).length).toBeLessThan(6_000);
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it('answers for whatever bytes are said to be Avro', async () => {
    const encoded = encoder.encode({
      type: 'BalanceToppedUp',
      eventId: 'e-1',
      source: 'billing',
      occurredAt: Date.UTC(2026, 10, 1, 8),
      customerId: 'c-1',
      ...TOP_UP.data,
    });
    const changed = fc
      .array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((edits) => edits.reduce((bytes, [at, byte]) => bytes.fill(byte, at, at + 1), Buffer.from(encoded)));
    const cut = fc.nat(encoded.length).map((length) => encoded.subarray(0, length));
    const bytes = fc.oneof(changed, cut, fc.uint8Array({ maxLength: 200 }).map(Buffer.from));
    const { data: _, ...attributes } = { ...TOP_UP, datacontenttype: 'application/avro' };
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.boolean(),
        fc.constantFrom<LogEventType>(...recordNames),
        async (data, isBare, type) => {
          const body = isBare ? data.subarray(5) : data;
          const outcome = await read({ ...attributes, type, data: body });
          expect(outcome.ok || outcome.error.fix !== '').toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe('POST /v1/events', () => {
  let gateway: Gateway;
  let appended: GatewayEvent[] = [];

  beforeAll(async () => {
    const take = createEventIntake({
      parse: read,
      append: async (events) => {
        appended.push(...events);
        return events.map(() => ({ kind: 'accepted', place: { topic: 't', partition: 0, offset: 0 } }));
      },
      consentSeen: async () => {},
      exclusionSeen: async () => {},
      holdFailed: () => {},
    });
    gateway = await createGateway(
      {
        faces: [eventsFace({ take, counted: () => {}, retry: { busySeconds: () => 1, awaySeconds: () => 1 } })],
        authenticate: () => ({ kind: 'known', principal: { id: 'p', kind: 'key', roles: ['producer'] } }),
        metrics: createMetrics({ service: 'gateway' }),
        health: createHealth(),
        logger: createLogger({ service: 'gateway', level: 'silent' }),
        requestSeen: () => {},
      },
      { host: '127.0.0.1', port: 0 },
    );
  });
  afterAll(() => gateway.close());

  async function post(payload: Buffer, headers: Record<string, string>) {
    appended = [];
    const answer = await gateway.app.inject({ method: 'POST', url: '/v1/events', headers, payload });
    return { status: answer.statusCode, body: answer.json(), appended };
  }

  const contentType = fc.oneof(
    fc.constantFrom(STRUCTURED, BATCH, 'application/json', 'application/avro', 'text/plain', `${STRUCTURED};charset=x`),
    fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replace(/[^\x20-\x7e]/g, '')),
  );
  const ceHeaders = fc.dictionary(
    fc.constantFrom(...NAMES.filter((name) => !name.includes('_')), 'x').map((name) => `ce-${name.toLowerCase()}`),
    fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replace(/[^\x20-\x7e]/g, '')),
    { maxKeys: 5, noNullPrototype: true },
  );
  const binary = ceHeaders.map((headers) => ({ 'ce-specversion': '1.0', ...headers }));
  const noHeaders = fc.constant<Record<string, string>>({});
  const encoding = fc.constantFrom<Record<string, string>>({}, {}, { 'content-encoding': 'gzip' });

  it('never fails, whatever bytes come under whatever headers', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        contentType,
        fc.oneof(binary, noHeaders),
        encoding,
        async (bytes, type, headers, encoded) => {
          const sent = { ...headers, ...(type.trim() !== '' && { 'content-type': type }), ...encoded };
          const { status } = await post(Buffer.from(bytes), sent);
          expect(status).toBeGreaterThanOrEqual(200);
          expect(status).toBeLessThan(500);
          seen.add(status);
        },
      ),
      { numRuns: 500 },
    );
    expect(seen.size).toBeGreaterThan(2);
  });

  it('answers for every event of a batch, in its place, and appends what it accepts and nothing else', async () => {
    const sound = fc.uuid().map((id) => ({ ...TOP_UP, id }));
    const batch = fc.array(fc.oneof(sound, mutated, fc.jsonValue()), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(batch, fc.boolean(), async (events, isZipped) => {
        const body = Buffer.from(JSON.stringify(events));
        const headers = { 'content-type': BATCH, ...(isZipped && { 'content-encoding': 'gzip' }) };
        const answer = await post(isZipped ? gzipSync(body) : body, headers);
        expect(answer.status).toBe(200);
        const results = answer.body as (EventResult & { index: number })[];
        expect(results.map(({ index }) => index)).toEqual(events.map((_, index) => index));
        const accepted = results.filter(({ status }) => status === 'accepted');
        expect(accepted.map(({ id }) => id)).toEqual(answer.appended.map(({ eventId }) => eventId));
        for (const { status, error } of results) {
          if (status !== 'accepted') expect(error).toMatchObject({ code: expect.any(String), fix: expect.any(String) });
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, string, number]>([
    ['lists in lists, half a million deep', '['.repeat(524_000), 400],
    ['lists in lists, closed', '['.repeat(250_000) + ']'.repeat(250_000), 200],
    ['objects in objects as data', `[{"data":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}]`, 200],
    ['an object with many names', `[{${Array.from({ length: 60_000 }, (_, n) => `"a${n}":1`).join(',')}}]`, 200],
    ['a number of many digits', `[${'9'.repeat(900_000)}]`, 200],
    ['a long text', `["${'a'.repeat(1_000_000)}"]`, 200],
    ['a prototype', '[{"__proto__":{"specversion":"1.0"},"constructor":{"prototype":{}}}]', 200],
  ])('takes %s in its stride', async (_title, text, status) => {
    const answer = await post(Buffer.from(text), { 'content-type': BATCH });
    expect(answer.status).toBe(status);
    expect(answer.appended).toEqual([]);
    expect(JSON.stringify(answer.body).length).toBeLessThan(2_000);
    expect(({} as Record<string, unknown>).specversion).toBeUndefined();
  });
});
