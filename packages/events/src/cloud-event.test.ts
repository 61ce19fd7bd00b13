import { describe, expect, it } from 'vitest';
import { fromCloudEvent } from './cloud-event.ts';
import { fromKafka, toCloudEventHeaders } from './cloud-event-kafka.ts';
import { cloudEventType } from './cloud-event-type.ts';
import { createDecoder } from './decoder.ts';
import { createEncoder } from './encoder.ts';
import { schemaTable } from './schema-table.ts';

const topUp = {
  specversion: '1.0',
  id: 'tx-1',
  source: '/billing/prepaid',
  type: 'io.holdfast.usage.BalanceToppedUp.v1',
  time: '2026-03-01T10:00:00.250+08:00',
  subject: 'c-42',
  data: { subscriptionId: 'line-1', amountMinor: 5000, currency: 'CNY' },
};

function refusal(json: unknown) {
  const outcome = fromCloudEvent(json);
  if (outcome.ok) throw new Error(`was accepted: ${JSON.stringify(outcome.event)}`);
  return outcome.error;
}

describe('fromCloudEvent', () => {
  it('maps the attributes to identity, time and customer', () => {
    expect(fromCloudEvent(topUp)).toEqual({
      ok: true,
      event: {
        type: 'BalanceToppedUp',
        eventId: 'tx-1',
        source: '/billing/prepaid',
        occurredAt: Date.UTC(2026, 2, 1, 2, 0, 0, 250),
        customerId: 'c-42',
        subscriptionId: 'line-1',
        amountMinor: 5000,
        currency: 'CNY',
      },
    });
  });

  it('takes what it accepted through the encoder and back', () => {
    const [entry] = schemaTable().filter(({ record }) => record === 'BalanceToppedUp');
    const outcome = fromCloudEvent(topUp);
    if (!outcome.ok || entry === undefined) throw new Error('not accepted');
    const decoder = createDecoder();
    decoder.addSchema(5, JSON.stringify(entry.schema));
    const decoded = decoder.decode(createEncoder({ BalanceToppedUp: 5 }).encode(outcome.event));
    expect(decoded).toMatchObject({ kind: 'event', event: outcome.event });
  });

  it('accepts the bare record name, and identity repeated in data when it agrees', () => {
    const { subject, time, ...rest } = topUp;
    const data = {
      ...topUp.data,
      type: 'BalanceToppedUp',
      eventId: 'tx-1',
      source: '/billing/prepaid',
      occurredAt: 1_772_330_400_250,
      customerId: 'c-42',
    };
    const outcome = fromCloudEvent({ ...rest, type: 'BalanceToppedUp', data });
    expect(outcome).toMatchObject({ ok: true, event: { customerId: 'c-42', occurredAt: 1_772_330_400_250 } });
  });

  it('reads times inside data as RFC 3339 or as milliseconds', () => {
    const ending = { ...topUp, type: 'ContractEnding' };
    const at = (contractEndsAt: unknown) =>
      fromCloudEvent({ ...ending, data: { subscriptionId: 'l', contractEndsAt } });
    const event = { contractEndsAt: Date.UTC(2026, 11, 31) };
    expect(at('2026-12-31t00:00:00z')).toMatchObject({ ok: true, event });
    expect(at(Date.UTC(2026, 11, 31))).toMatchObject({ ok: true, event });
    expect(refusal({ ...ending, data: { subscriptionId: 'l', contractEndsAt: '2026-02-30T00:00:00Z' } })).toMatchObject(
      {
        code: 'bad-field',
        field: 'data.contractEndsAt',
        message: 'is neither an RFC 3339 time nor milliseconds',
      },
    );
  });

  it('reads days inside data as they are written or as days since 1970', () => {
    const registered = { ...topUp, type: 'CustomerRegistered' };
    const born = (birthDate: unknown) => fromCloudEvent({ ...registered, data: { birthDate } });
    expect(born('1980-05-03')).toMatchObject({ ok: true, event: { birthDate: 3775 } });
    expect(born('1969-12-31')).toMatchObject({ ok: true, event: { birthDate: -1 } });
    expect(born(3775)).toMatchObject({ ok: true, event: { birthDate: 3775 } });
    const message = 'is neither a day such as 1980-05-03 nor days since 1970-01-01';
    for (const birthDate of ['1981-02-29', '03.05.1980', '1980-05-03T00:00:00Z']) {
      expect(refusal({ ...registered, data: { birthDate } })).toMatchObject({
        code: 'bad-field',
        field: 'data.birthDate',
        message,
      });
    }
    expect(refusal({ ...registered, data: { birthDate: '1066-10-14' } })).toMatchObject({ code: 'bad-field' });
  });

  it.each(['specversion', 'id', 'source', 'type'])('refuses an event without %s', (field) => {
    expect(refusal({ ...topUp, [field]: undefined })).toMatchObject({ code: 'missing-attribute', field });
    expect(refusal({ ...topUp, [field]: '' })).toMatchObject({ code: 'missing-attribute', field });
    expect(refusal({ ...topUp, [field]: 7 })).toMatchObject({ code: 'bad-attribute', field });
  });

  it.each([
    ['text', 'not-an-object', ''],
    [[topUp], 'not-an-object', ''],
    [null, 'not-an-object', ''],
    [{ ...topUp, specversion: '0.3' }, 'bad-attribute', 'specversion'],
    [{ ...topUp, time: 'yesterday' }, 'bad-attribute', 'time'],
    [{ ...topUp, time: '1969-07-20T20:17:00Z' }, 'bad-attribute', 'time'],
    [{ ...topUp, time: undefined }, 'missing-attribute', 'time'],
    [{ ...topUp, subject: undefined }, 'missing-attribute', 'subject'],
    [{ ...topUp, subject: '' }, 'bad-attribute', 'subject'],
    [{ ...topUp, id: 'x'.repeat(129) }, 'bad-attribute', 'id'],
    [{ ...topUp, id: 'x'.repeat(2000) }, 'bad-attribute', 'id'],
    [{ ...topUp, datacontenttype: 'application/xml' }, 'bad-attribute', 'datacontenttype'],
    [{ ...topUp, data: undefined }, 'bad-data', 'data'],
    [{ ...topUp, data: '{}' }, 'bad-data', 'data'],
    [{ ...topUp, data: undefined, data_base64: 'AAAA' }, 'bad-data', 'data_base64'],
    [{ ...topUp, data_base64: 'AAAA' }, 'bad-data', 'data_base64'],
    [{ ...topUp, data: undefined, data_base64: 'A?AA' }, 'bad-data', 'data_base64'],
    [{ ...topUp, data: undefined, data_base64: 7 }, 'bad-data', 'data_base64'],
    [{ ...topUp, datacontenttype: 'application/json; charset=iso-8859-1' }, 'bad-attribute', 'datacontenttype'],
    [{ ...topUp, datacontenttype: 'application/avro' }, 'bad-data', 'data'],
    [{ ...topUp, id: 'a\u0000b' }, 'bad-attribute', 'id'],
    [{ ...topUp, id: 'a\ud800' }, 'bad-attribute', 'id'],
    [{ ...topUp, subject: 'c\u0085' }, 'bad-attribute', 'subject'],
    [{ ...topUp, traceParent: 'x' }, 'bad-attribute', 'traceParent'],
    [{ ...topUp, trace: { a: 1 } }, 'bad-attribute', 'trace'],
    [{ ...topUp, trace: 2 ** 31 }, 'bad-attribute', 'trace'],
    [{ ...topUp, trace: 0.5 }, 'bad-attribute', 'trace'],
    [{ ...topUp, data: { ...topUp.data, subscriptionId: 'l\udfff' } }, 'bad-field', 'data.subscriptionId'],
    [{ ...topUp, data: { ...topUp.data, customerId: 'c-43' } }, 'bad-data', 'data.customerId'],
    [{ ...topUp, data: { ...topUp.data, eventId: 'tx-2' } }, 'bad-data', 'data.eventId'],
    [{ ...topUp, data: { ...topUp.data, occurredAt: 'never' } }, 'bad-data', 'data.occurredAt'],
    [{ ...topUp, data: { ...topUp.data, amountMinor: '5000' } }, 'bad-field', 'data.amountMinor'],
    [{ ...topUp, data: { ...topUp.data, amountMinor: 2 ** 53 } }, 'bad-field', 'data.amountMinor'],
    [{ ...topUp, data: { amountMinor: 1, currency: 'CNY' } }, 'bad-field', 'data.subscriptionId'],
    [Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`a${n}`, 1])), 'bad-attribute', ''],
  ])('refuses %j with the field at fault', (json, code, field) => {
    expect(refusal(json)).toMatchObject({ code, field, fix: expect.stringMatching(/^[A-Z].*\.$/) });
  });

  it('keeps extension attributes as texts beside the record, but those that are null or empty', () => {
    const extended = { ...topUp, traceparent: '00-ab', sampled: true, depth: -3, note: '', other: null };
    const outcome = fromCloudEvent({ ...extended, dataschema: null });
    const plain = fromCloudEvent(topUp);
    if (!plain.ok) throw new Error(plain.error.message);
    const extensions = { traceparent: '00-ab', sampled: 'true', depth: '-3' };
    expect(outcome).toEqual({ ok: true, event: { ...plain.event, extensions } });
    expect(plain.event).not.toHaveProperty('extensions');
  });

  it('takes 8 KiB of extension attributes and not a byte more', () => {
    const names = ['a', 'b', 'c', 'd'];
    const texts = Object.fromEntries(names.map((name) => [name, 'é'.repeat(1_023)]));
    const full = { ...topUp, ...texts, e: 'xyz' };
    expect(fromCloudEvent(full)).toMatchObject({ ok: true, event: { extensions: { ...texts, e: 'xyz' } } });
    expect(refusal({ ...full, e: 'wxyz' })).toMatchObject({
      code: 'bad-attribute',
      message: 'has 8193 bytes of extension attributes, at most 8192 are allowed',
    });
  });

  it('takes no extensions from data', () => {
    const data = { ...topUp.data, extensions: { traceparent: '00-ab' } };
    expect(refusal({ ...topUp, data })).toMatchObject({ code: 'unknown-field', field: 'data.extensions' });
  });

  it('names the attribute that was probably meant', () => {
    const { subject, ...rest } = topUp;
    expect(refusal({ ...rest, Subject: subject })).toMatchObject({ field: 'Subject', fix: 'Write "subject".' });
  });

  it.each(['application/json; charset=utf-8', 'text/json', 'application/vnd.acme.usage+json', null])(
    'takes data as JSON when datacontenttype is %j',
    (datacontenttype) => {
      expect(fromCloudEvent({ ...topUp, datacontenttype })).toEqual(fromCloudEvent(topUp));
    },
  );

  it.each(['base64', 'base64url'] as const)('takes JSON as bytes in base64 only: %s', (encoding) => {
    const { data, ...rest } = topUp;
    const text = Buffer.from(JSON.stringify({ ...data, subscriptionId: '>>>???' })).toString(encoding);
    expect(fromCloudEvent({ ...rest, data_base64: text }).ok).toBe(encoding === 'base64');
  });

  it('says what was expected of a wrong field', () => {
    const usage = { ...topUp, type: 'UsageRecorded', data: { subscriptionId: 'l', kind: 'FAX' } };
    expect(refusal(usage).message).toBe('is "FAX", expected one of VOICE, SMS, DATA, OTHER');
    const missing = { ...usage, data: { subscriptionId: 'l' } };
    expect(refusal(missing).message).toBe('is missing, expected one of VOICE, SMS, DATA, OTHER');
    const negative = { ...usage, data: { subscriptionId: 'l', kind: 'DATA', quantityMb: -1 } };
    expect(refusal(negative)).toMatchObject({
      field: 'data.quantityMb',
      message: 'is -1, not between 0 and 1000000000000',
    });
  });

  it('suggests the name that was probably meant', () => {
    const misspelt = { ...topUp, data: { ...topUp.data, amoutMinor: 1 } };
    expect(refusal(misspelt)).toEqual({
      code: 'unknown-field',
      field: 'data.amoutMinor',
      message: 'is no field of BalanceToppedUp; did you mean "amountMinor"?',
      fix: 'Write "amountMinor".',
    });
    expect(refusal({ ...topUp, type: 'io.holdfast.usage.BalanceTopedUp.v1' }).message).toContain(
      'did you mean "io.holdfast.usage.BalanceToppedUp.v1"?',
    );
    expect(refusal({ ...topUp, type: 'com.example.other' }).message).toBe(
      '"com.example.other" is not a known event type',
    );
  });

  it('takes names of the language for unknown names', () => {
    const data = JSON.parse('{"subscriptionId":"l","amountMinor":1,"currency":"X","__proto__":{"a":1}}');
    expect(refusal({ ...topUp, data })).toMatchObject({ code: 'unknown-field', field: 'data.__proto__' });
    expect(refusal({ ...topUp, data: { ...topUp.data, constructor: 1 } })).toMatchObject({ code: 'unknown-field' });
    expect(refusal({ ...topUp, type: 'constructor' })).toMatchObject({ code: 'unknown-type' });
  });

  it('does not accept decisions: they are not for producers to write', () => {
    expect(refusal({ ...topUp, type: cloudEventType('DecisionMade') })).toMatchObject({ code: 'unknown-type' });
  });
});

describe('toCloudEventHeaders', () => {
  it('writes the attributes of the binary content mode', () => {
    const outcome = fromCloudEvent(topUp);
    if (!outcome.ok) throw new Error(outcome.error.message);
    const headers = toCloudEventHeaders(outcome.event);
    expect(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]))).toEqual({
      'content-type': 'application/avro',
      ce_specversion: '1.0',
      ce_id: 'tx-1',
      ce_source: '/billing/prepaid',
      ce_type: 'io.holdfast.usage.BalanceToppedUp.v1',
      ce_time: '2026-03-01T02:00:00.250Z',
      ce_subject: 'c-42',
    });
  });

  it('writes extension attributes that a reader of the binding finds again', () => {
    const outcome = fromCloudEvent({ ...topUp, traceparent: '00-ab', city: 'Köln', depth: 3 });
    if (!outcome.ok) throw new Error(outcome.error.message);
    const found = fromKafka(toCloudEventHeaders(outcome.event), Buffer.from('record'));
    expect(found).toMatchObject({ id: 'tx-1', subject: 'c-42', traceparent: '00-ab', city: 'Köln', depth: '3' });
  });
});
