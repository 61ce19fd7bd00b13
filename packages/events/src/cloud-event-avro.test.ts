import { describe, expect, it } from 'vitest';
import { avroType } from './avro-type.ts';
import { createCloudEventReader, fromCloudEvent } from './cloud-event.ts';
import { createDecoder } from './decoder.ts';
import { createEncoder } from './encoder.ts';
import { type EventInput, schemaEntry } from './schema-table.ts';
import { WIRE_HEADER_BYTES } from './wire.ts';

const SCHEMA_ID = 77;
const encoder = createEncoder({ BalanceToppedUp: SCHEMA_ID, DecisionMade: 78 });
const decoder = createDecoder();
decoder.addSchema(SCHEMA_ID, JSON.stringify(schemaEntry('BalanceToppedUp')?.schema));
const read = createCloudEventReader((value) => decoder.decode(value));

const record: EventInput<'BalanceToppedUp'> = {
  type: 'BalanceToppedUp',
  eventId: 'tx-1',
  source: 'billing',
  occurredAt: Date.UTC(2026, 2, 1),
  customerId: 'c-42',
  subscriptionId: 'line-1',
  amountMinor: 5000,
  currency: 'CNY',
};
const wire = encoder.encode(record);
const bare = wire.subarray(WIRE_HEADER_BYTES);
const attributes = {
  specversion: '1.0',
  id: 'tx-1',
  source: 'billing',
  type: 'io.holdfast.usage.BalanceToppedUp.v1',
  datacontenttype: 'application/avro',
};
const taken = { ok: true, event: record };

describe('data in Avro', () => {
  it.each(['application/avro', 'application/vnd.apache.avro+binary', 'avro/binary; x=1'])(
    'is taken as %s, as bytes and in base64',
    async (datacontenttype) => {
      expect(await read({ ...attributes, datacontenttype, data: wire })).toEqual(taken);
      expect(await read({ ...attributes, datacontenttype, data_base64: wire.toString('base64') })).toEqual(taken);
    },
  );

  it('is taken bare, of the newest schema or of the one that dataschema names', async () => {
    expect(fromCloudEvent({ ...attributes, data: bare })).toEqual(taken);
    const dataschema = `http://registry/apis/ccompat/v7/schemas/ids/${SCHEMA_ID}`;
    expect(await read({ ...attributes, dataschema, data: bare })).toEqual(taken);
    expect(await read({ ...attributes, dataschema: 'http://elsewhere/usage.avsc', data: bare })).toMatchObject({
      error: { code: 'bad-attribute', field: 'dataschema' },
    });
  });

  it('must agree with the attributes that say the same', async () => {
    const at = { ...attributes, time: '2026-03-01T00:00:00Z', subject: 'c-42' };
    expect(await read({ ...at, data: wire })).toEqual(taken);
    const changes = { id: 'tx-2', source: 'b', subject: 'c-43', time: '2026-03-01T00:00:01Z' };
    const fields = { id: 'eventId', source: 'source', subject: 'customerId', time: 'occurredAt' } as const;
    for (const [name, value] of Object.entries(changes) as [keyof typeof fields, string][]) {
      expect(await read({ ...at, [name]: value, data: wire })).toMatchObject({
        error: { code: 'bad-data', field: `data.${fields[name]}` },
      });
    }
    const other = { ...at, type: 'UsageRecorded' };
    expect(await read({ ...other, data: wire })).toMatchObject({ error: { code: 'bad-data', field: 'data' } });
  });

  it.each([
    ['cut', wire.subarray(0, wire.length - 1)],
    ['followed by more', Buffer.concat([wire, Buffer.from([0])])],
    ['bare and cut', bare.subarray(0, 20)],
    ['empty', Buffer.alloc(0)],
    ['a header alone', wire.subarray(0, 3)],
    ['of an unknown schema', Buffer.concat([Buffer.from([0, 0, 0, 9, 9]), bare])],
  ])('is refused when it is %s', async (_title, data) => {
    expect(await read({ ...attributes, data })).toMatchObject({
      ok: false,
      error: { code: 'bad-data', field: 'data' },
    });
  });

  it('that breaks its contract is refused with the field', async () => {
    const early = avroType(schemaEntry('BalanceToppedUp')?.schema ?? 'null').toBuffer({ ...record, occurredAt: 5 });
    expect(await read({ ...attributes, data: early })).toMatchObject({
      error: { code: 'bad-field', field: 'data.occurredAt' },
    });
  });

  it('is neither taken nor refused while its schema cannot be fetched', async () => {
    const away = createCloudEventReader(async () => ({ kind: 'retry', message: 'no registry' }));
    expect(await away({ ...attributes, data: wire })).toMatchObject({
      error: { code: 'registry-away', field: 'data' },
    });
  });
});
