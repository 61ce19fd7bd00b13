import { describe, expect, it } from 'vitest';
import { releasedSchemas, schemaText } from '../test/released-schemas.ts';
import {
  type AvroSchema,
  array,
  double,
  type Field,
  type Fields,
  int,
  long,
  map,
  nested,
  oneOf,
  optional,
  record,
  string,
  withDefault,
} from './avro.ts';
import { avroType } from './avro-type.ts';
import { breakingChanges } from './compatibility.ts';
import { createDecoder } from './decoder.ts';
import { avroSchemaOf, schemaEntry, schemaTable } from './schema-table.ts';
import { writeWireHeader } from './wire.ts';

const released = releasedSchemas();

describe('the released schemas', () => {
  it.each(schemaTable())('have the source of $record as their newest version', ({ record, schema }) => {
    const newest = released.filter((candidate) => candidate.record === record).at(-1);
    expect(newest?.text, `run: node packages/events/test/released-schemas.ts`).toBe(schemaText(schema));
  });

  it.each(released)('version $version of $record can be read by the present schema', ({ record, schema }) => {
    const entry = schemaEntry(record);
    expect(entry, `${record} was released and is gone`).toBeDefined();
    expect(breakingChanges(entry?.schema ?? 'null', schema)).toEqual([]);
  });

  it.each(released)('what version $version of $record wrote decodes to an event', ({ record, schema }) => {
    const writer = avroType(schema);
    const decoder = createDecoder();
    decoder.addSchema(9, JSON.stringify(schema));
    for (let round = 0; round < 20; round += 1) {
      const body = writer.toBuffer(writer.random());
      const value = Buffer.concat([Buffer.alloc(5), body]);
      writeWireHeader(value, 9);
      const outcome = decoder.decode(value);
      // Random values break the contract; that they got there proves that the record was read.
      if (outcome.kind === 'event') expect(outcome.event.type).toBe(record);
      else expect(outcome).toMatchObject({ kind: 'poison', code: 'contract' });
    }
  });
});

const base = {
  eventId: string(),
  amount: int(),
  kind: oneOf('Kind', ['A', 'B', 'OTHER']),
  note: withDefault(string(), ''),
  seenAt: optional(long()),
  parts: withDefault(array(nested('Part', { name: string() })), []),
  labels: withDefault(map(double()), {}),
};
const schemaWith = (fields: Fields): AvroSchema => avroSchemaOf(record('Sample', 'A sample.', fields));
const changed = (field: string, to: Field<unknown>) => schemaWith({ ...base, [field]: to });

describe('breakingChanges', () => {
  const { note: _note, ...withoutNote } = base;

  it.each<[string, AvroSchema, string]>([
    ['a field added without a default', changed('extra', string()), 'Sample.extra: added without a default'],
    ['a type changed', changed('amount', string()), 'Sample.amount: type changed from int to string'],
    [
      'a list made of one value',
      changed('eventId', array(string())),
      'Sample.eventId: type changed from string to array',
    ],
    ['an enum symbol removed', changed('kind', oneOf('Kind', ['A', 'OTHER'])), 'Sample.kind: symbol B removed'],
    ['an enum renamed', changed('kind', oneOf('Sort', ['A', 'B', 'OTHER'])), 'Sample.kind: renamed from Kind to Sort'],
    ['an optional field made required', changed('seenAt', long()), 'Sample.seenAt: type changed from null to long'],
    ['the type inside an optional field', changed('seenAt', optional(string())), 'Sample.seenAt: long is not among'],
    [
      'a field added without a default inside a nested record',
      changed('parts', array(nested('Part', { name: string(), size: int() }))),
      'Sample.parts[].size: added without a default',
    ],
    ['the values of a map', changed('labels', map(string())), 'Sample.labels{}: type changed from double to string'],
    ['the record renamed', avroSchemaOf(record('Other', '', base)), 'Other: renamed from Sample to Other'],
  ])('catches %s', (_title, reader, finding) => {
    const findings = breakingChanges(reader, schemaWith(base));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(finding);
  });

  it.each<[string, AvroSchema]>([
    ['nothing changed', schemaWith(base)],
    ['a field added with a default', changed('extra', withDefault(string(), ''))],
    ['an optional field added', changed('extra', optional(int()))],
    ['a field removed', schemaWith(withoutNote)],
    ['an enum symbol added', changed('kind', oneOf('Kind', ['A', 'B', 'C', 'OTHER']))],
    ['an int widened to a long', changed('amount', long())],
    ['a required field made optional', changed('amount', optional(int()))],
    ['an int widened inside an optional field', changed('amount', optional(double()))],
    ['fields in another order', schemaWith(Object.fromEntries(Object.entries(base).reverse()))],
  ])('allows %s, and the codec agrees', (_title, reader) => {
    const writer = schemaWith(base);
    expect(breakingChanges(reader, writer)).toEqual([]);
    expect(() => avroType(reader).createResolver(avroType(writer))).not.toThrow();
  });

  it('finds, for every record of the contracts, a required field that nobody wrote', () => {
    for (const { schema } of schemaTable()) {
      const { fields, ...rest } = schema as { readonly fields: readonly AvroSchema[] };
      const reader = { ...rest, fields: [...fields, { name: 'unheardOf', type: 'string' }] };
      expect(breakingChanges(reader, schema)).toHaveLength(1);
    }
  });
});
