import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AvroSchema } from './avro.ts';
import { avroType } from './avro-type.ts';
import { createDecoder } from './decoder.ts';
import { ContractError, checkInput, createEncoder } from './encoder.ts';
import { type EventInput, type SchemaEntry, schemaEntry, schemaTable } from './schema-table.ts';
import { writeWireHeader } from './wire.ts';

const ids = Object.fromEntries(schemaTable().map(({ record }, index) => [record, index + 1]));
const encoder = createEncoder(ids);

const usage: EventInput<'UsageRecorded'> = {
  type: 'UsageRecorded',
  eventId: 'cdr-1',
  source: 'network',
  occurredAt: Date.UTC(2026, 2, 1),
  customerId: 'c-1',
  subscriptionId: 'l-1',
  kind: 'DATA',
  quantityMb: 12.5,
};

function informedDecoder() {
  const decoder = createDecoder();
  for (const { record, schema } of schemaTable()) decoder.addSchema(ids[record] ?? 0, JSON.stringify(schema));
  return decoder;
}

function entryOf(record: string): SchemaEntry {
  const entry = schemaEntry(record);
  if (entry === undefined) throw new Error(`no record ${record}`);
  return entry;
}

/** The record's schema with other fields put first or changed. */
function variantOf(record: string, change: (fields: readonly AvroSchema[]) => readonly AvroSchema[]): AvroSchema {
  const { fields, ...rest } = entryOf(record).schema as { readonly fields: readonly AvroSchema[] };
  return { ...rest, fields: change(fields) };
}

function wire(schemaId: number, body: Buffer): Buffer {
  const value = Buffer.concat([Buffer.alloc(5), body]);
  writeWireHeader(value, schemaId);
  return value;
}

/** What a decoder that knows only this schema makes of a body. */
function decodeAs(schema: AvroSchema, body: Buffer) {
  const decoder = createDecoder();
  decoder.addSchema(1, JSON.stringify(schema));
  return decoder.decode(wire(1, body));
}

describe('a decoder', () => {
  it('gives back what was encoded, absent fields with their defaults', () => {
    expect(informedDecoder().decode(encoder.encode(usage))).toEqual({
      kind: 'event',
      event: {
        ...usage,
        durationSeconds: 0,
        chargeMinor: 0,
        currency: '',
        direction: 'OUTGOING',
        onNet: false,
        zone: 'DOMESTIC',
        failed: false,
        localHour: -1,
      },
    });
  });

  it('keeps an event when the value it came from is overwritten', () => {
    const value = encoder.encode(usage);
    const outcome = informedDecoder().decode(value);
    value.fill(255);
    expect(outcome).toMatchObject({ kind: 'event', event: usage });
  });

  it('carries nested records, lists and maps of a decision', () => {
    const decision: EventInput<'DecisionMade'> = {
      type: 'DecisionMade',
      contactId: 'kabc',
      eventId: 'd-1',
      source: 'holdfast',
      occurredAt: usage.occurredAt,
      customerId: 'c-1',
      decidedAt: usage.occurredAt,
      trigger: 'bundle_running_out',
      occasion: 'l-1 2026-03',
      arm: 'treated',
      outcome: 'contact',
      policyVersion: 'sha256:0',
      reason: { en: 'Your data is nearly used up.' },
      evidence: [{ condition: 'share > 0.8', truth: 'true', values: { share: '0.83' } }],
      exclusions: ['a', 'b'],
    };
    expect(informedDecoder().decode(encoder.encode(decision))).toMatchObject({ kind: 'event', event: decision });
  });

  it('asks for a schema it does not know, and knows it afterwards', () => {
    const decoder = createDecoder();
    const value = encoder.encode(usage);
    const schemaId = value.readInt32BE(1);
    expect(decoder.decode(value)).toEqual({ kind: 'unknown-schema', schemaId });
    expect(decoder.knows(schemaId)).toBe(false);
    decoder.addSchema(schemaId, JSON.stringify(entryOf('UsageRecorded').schema));
    expect(decoder.knows(schemaId)).toBe(true);
    expect(decoder.decode(value).kind).toBe('event');
  });

  it.each([
    ['no bytes', Buffer.alloc(0), 'too-short'],
    ['four bytes', Buffer.alloc(4), 'too-short'],
    ['JSON', Buffer.from('{"eventId":"1"}'), 'wrong-magic'],
    ['a body cut short', encoder.encode(usage).subarray(0, 20), 'truncated'],
    ['only the header', encoder.encode(usage).subarray(0, 5), 'truncated'],
    ['a byte too many', Buffer.concat([encoder.encode(usage), Buffer.from([0])]), 'trailing-bytes'],
  ])('takes %s for poison', (_title, value, code) => {
    expect(informedDecoder().decode(value)).toMatchObject({ kind: 'poison', code });
  });

  it.each([
    [
      'a record that is no contract',
      '{"type":"record","name":"io.holdfast.events.Gossip","fields":[]}',
      'unknown-record',
    ],
    ['a record of another namespace', '{"type":"record","name":"UsageRecorded","fields":[]}', 'unknown-record'],
    ['a bare type', '"string"', 'unknown-record'],
    ['no JSON', 'syntax = "proto3";', 'unreadable-schema'],
    ['no Avro', '{"type":"object","properties":{}}', 'unreadable-schema'],
    ['nothing', 'null', 'unreadable-schema'],
    [
      'a record without the fields that are needed',
      '{"type":"record","name":"io.holdfast.events.UsageRecorded","fields":[]}',
      'unreadable-schema',
    ],
  ])('takes values written with %s for poison', (_title, schema, code) => {
    const decoder = createDecoder();
    decoder.addSchema(1, schema);
    expect(decoder.decode(wire(1, Buffer.from([0])))).toMatchObject({ kind: 'poison', code });
  });

  it('reads an older writer, and a newer one with a field and a symbol it does not know', () => {
    const older = variantOf('UsageRecorded', (fields) => fields.slice(0, 6));
    const { type: _type, ...body } = usage;
    expect(decodeAs(older, avroType(older).toBuffer(body))).toMatchObject({
      kind: 'event',
      event: { type: 'UsageRecorded', quantityMb: 0, localHour: -1 },
    });
    const newer = variantOf('UsageRecorded', (fields) => [
      { name: 'type', type: 'string' },
      ...fields.map((field) =>
        (field as { name: string }).name === 'kind'
          ? { name: 'kind', type: { type: 'enum', name: 'UsageKind', symbols: ['VOICE', 'HOLOGRAM', 'OTHER'] } }
          : field,
      ),
    ]);
    const bytes = avroType(newer).toBuffer({ ...body, kind: 'HOLOGRAM', type: 'new' });
    expect(decodeAs(newer, bytes)).toMatchObject({ kind: 'event', event: { type: 'UsageRecorded', kind: 'OTHER' } });
  });

  it('takes an integer beyond 2^53 for poison instead of rounding it', () => {
    // Written by hand: no encoder here would write such an amount.
    const text = (word: string) => Buffer.concat([Buffer.from([word.length * 2]), Buffer.from(word)]);
    const time = avroType('long').toBuffer(usage.occurredAt);
    const body = (amount: readonly number[]) =>
      Buffer.concat([text('e'), text('s'), time, text('c'), text('l'), Buffer.from(amount), text('CNY')]);
    const { schema } = entryOf('BalanceToppedUp');
    expect(decodeAs(schema, body([0x80, 0x01]))).toMatchObject({ kind: 'event', event: { amountMinor: 64 } });
    const beyond = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    expect(decodeAs(schema, body(beyond))).toMatchObject({ kind: 'poison', code: 'unsafe-integer' });
  });

  it.each([
    ['a count of 2^40 items', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a count of 2^31 items', [0x80, 0x80, 0x80, 0x80, 0x10]],
    ['a block size that leads backwards', [0x01, 0x09, 0x00, 0x00]],
    ['a block size that is not true', [0x01, 0x08, 0x02, 0x41, 0x00]],
    ['an item longer than the body', [0x02, 0x7e, 0x41, 0x00]],
    ['a list that never ends', [0x02, 0x02, 0x41]],
  ])('is not kept busy by %s in a list', (_title, topics) => {
    const { type: _type, subscriptionId: _line, kind: _kind, quantityMb: _mb, ...identity } = usage;
    const followUp = { ...identity, followUpId: 'f', dueAt: usage.occurredAt, topics: [] };
    const { schema } = entryOf('FollowUpOpened');
    const body = avroType(schema).toBuffer(followUp);
    expect(decodeAs(schema, body).kind).toBe('event');
    const bad = Buffer.concat([body.subarray(0, -1), Buffer.from(topics)]);
    expect(decodeAs(schema, bad)).toMatchObject({ kind: 'poison', code: 'truncated' });
    // The same bytes in a field that the reader skips.
    const renamed = variantOf('FollowUpOpened', (fields) =>
      fields.map((field) =>
        (field as { name: string }).name === 'topics' ? { ...(field as object), name: 'x' } : field,
      ),
    );
    expect(decodeAs(renamed, bad)).toMatchObject({ kind: 'poison', code: 'truncated' });
  });

  it('reads a list written in sized blocks', () => {
    const { type: _type, subscriptionId: _line, kind: _kind, quantityMb: _mb, ...identity } = usage;
    const { schema } = entryOf('FollowUpOpened');
    const body = avroType(schema).toBuffer({ ...identity, followUpId: 'f', dueAt: usage.occurredAt, topics: [] });
    const sized = Buffer.concat([body.subarray(0, -1), Buffer.from([0x01, 0x04, 0x02, 0x41, 0x00])]);
    expect(decodeAs(schema, sized)).toMatchObject({ kind: 'event', event: { topics: ['A'] } });
  });

  it('answers an outcome for any bytes at all', () => {
    const decoder = informedDecoder();
    const anyId = fc.integer({ min: 1, max: schemaTable().length });
    fc.assert(
      fc.property(anyId, fc.uint8Array({ maxLength: 200 }), (id, body) => {
        expect(['event', 'poison']).toContain(decoder.decode(wire(id, Buffer.from(body))).kind);
      }),
    );
  });

  it('answers an outcome for any damage to a sound value', () => {
    const decoder = informedDecoder();
    const sound = encoder.encode(usage);
    fc.assert(
      fc.property(fc.nat({ max: sound.length - 6 }), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(sound);
        damaged[at + 5] = byte;
        expect(['event', 'poison']).toContain(decoder.decode(damaged).kind);
      }),
    );
  });
});

describe('the contract', () => {
  const breakAs = (change: object) => {
    const { schema } = entryOf('UsageRecorded');
    const { type: _type, ...body } = { ...usage, ...change };
    return decodeAs(schema, avroType(schema).toBuffer(body));
  };

  it.each<[object, string]>([
    [{ customerId: '' }, 'customerId is empty'],
    [{ eventId: 'x'.repeat(129) }, 'eventId has 129 characters, at most 128 are allowed'],
    [{ currency: 'x'.repeat(1025) }, 'currency has 1025 characters, at most 1024 are allowed'],
    [
      { occurredAt: 1_700_000_000 },
      'occurredAt is 1700000000, not between 2000 and 2100 in milliseconds since the epoch',
    ],
    [{ quantityMb: -0.5 }, 'quantityMb is -0.5, not between 0 and 1000000000000'],
    [{ quantityMb: Number.NaN }, 'quantityMb is NaN, not between 0 and 1000000000000'],
    [{ localHour: 24 }, 'localHour is 24, not between -1 and 23'],
    [{ source: '', durationSeconds: -1 }, 'source is empty; durationSeconds is -1, not between 0 and 2147483647'],
  ])('refuses %j by the names of its fields', (change, message) => {
    expect(breakAs(change)).toEqual({
      kind: 'poison',
      code: 'contract',
      message,
      event: expect.objectContaining(change),
    });
  });

  it.each([
    { customerId: 'x'.repeat(128) },
    { localHour: 23 },
    { localHour: -1 },
    { quantityMb: 0 },
    { chargeMinor: -5 },
  ])('accepts %j, which is on the boundary or a credit', (change) => {
    expect(breakAs(change)).toMatchObject({ kind: 'event', event: change });
  });

  it.each([0, 29])('refuses a billing cycle that starts on day %d', (cycleDay) => {
    const activated = { ...usage, type: 'SubscriptionActivated', product: 'MOBILE', plan: 'M', cycleDay } as const;
    expect(checkInput(activated)).toEqual([{ field: 'cycleDay', message: `is ${cycleDay}, not between 1 and 28` }]);
  });
});

describe('an encoder', () => {
  const failing = (change: object, encode = encoder.encode) => {
    try {
      encode({ ...usage, ...change });
    } catch (error) {
      if (error instanceof ContractError) return error;
      throw error;
    }
    throw new Error('was encoded');
  };

  it.each<[object, string]>([
    [{ durationSeconds: '12' }, 'durationSeconds is "12", expected a whole number of 32 bits'],
    [{ chargeMinor: 1.5 }, 'chargeMinor is 1.5, expected a whole number within ±2^53'],
    [{ subscriptionId: undefined }, 'subscriptionId is missing, expected string'],
    [{ kind: 'FAX' }, 'kind is "FAX", expected one of VOICE, SMS, DATA, OTHER'],
    [{ onNet: 'yes', failed: null }, 'onNet is "yes", expected boolean; failed is null, expected boolean'],
    [{ customerId: '' }, 'customerId is empty'],
  ])('refuses %j and says what was expected', (change, message) => {
    expect(failing(change).message).toBe(`UsageRecorded cannot be written: ${message}`);
  });

  it('says so when the schema of a record was not registered', () => {
    expect(failing({}, createEncoder({}).encode).problems).toEqual([
      { field: 'type', message: 'has no registered schema' },
    ]);
  });

  it('refuses a type that is no record, the names of the language included', () => {
    expect(failing({ type: 'constructor' }).problems[0]?.field).toBe('type');
  });

  it('writes events larger than its scratch buffer', () => {
    const topics = Array.from({ length: 900 }, (_, index) => `${index}`.padEnd(1000, '.'));
    const { subscriptionId: _line, kind: _kind, quantityMb: _mb, ...identity } = usage;
    const large = { ...identity, type: 'FollowUpOpened', followUpId: 'f', dueAt: usage.occurredAt, topics } as const;
    const value = encoder.encode(large);
    expect(value.length).toBeGreaterThan(900_000);
    expect(informedDecoder().decode(value)).toMatchObject({ kind: 'event', event: { topics } });
  });

  it('answers buffers of their own', () => {
    const first = encoder.encode(usage);
    const copy = Buffer.from(first);
    encoder.encode({ ...usage, eventId: 'another' });
    expect(first.equals(copy)).toBe(true);
  });
});

describe('an identifier that may be left out', () => {
  it('is empty when it is, and the event is sound', () => {
    const event: EventInput<'WorkItemChanged'> = {
      type: 'WorkItemChanged',
      eventId: 'e',
      source: 's',
      occurredAt: Date.UTC(2026, 0, 1),
      customerId: 'c',
      itemId: 'i',
      change: 'OPENED',
    };
    const entry = schemaEntry('WorkItemChanged');
    const decoder = createDecoder();
    decoder.addSchema(9, JSON.stringify(entry?.schema));
    const decoded = decoder.decode(createEncoder({ WorkItemChanged: 9 }).encode(event));
    expect(decoded).toMatchObject({ kind: 'event', event: { contactId: '', followUpId: '' } });
  });
});
