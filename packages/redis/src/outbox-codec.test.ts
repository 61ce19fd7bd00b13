import type { OutboxMessage } from '@holdfast/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from './outbox-codec.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const job = fc.record({
  channel: fc.string(),
  contactId: fc.string(),
  entityId: fc.string(),
  sendAt: fc.nat(),
  sendBy: fc.nat(),
});
const message: fc.Arbitrary<OutboxMessage> = fc.record(
  {
    topic: fc.string(),
    partition: fc.nat(100),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc
      .array(fc.tuple(fc.string({ minLength: 1 }), bytes), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries.filter(([name]) => name !== '__proto__'))),
    job,
  },
  { requiredKeys: ['topic', 'key', 'value', 'headers'], noNullPrototype: true },
);

describe('an outbox message', () => {
  it('comes back as it was put in', () => {
    fc.assert(
      fc.property(message, (original) => {
        expect(decodeMessage(encodeMessage(original))).toEqual(original);
      }),
    );
  });

  it('cut anywhere is never taken for a whole one', () => {
    const encoded = encodeMessage({ topic: 't', key: Buffer.from('k'), value: Buffer.from('v'), headers: {} });
    for (let end = 0; end < encoded.length; end++) expect(decodeMessage(encoded.subarray(0, end))).toBeUndefined();
  });

  it('of an unknown layout is not guessed at', () => {
    const encoded = encodeMessage({ topic: 't', key: null, value: null, headers: {} });
    encoded[0] = 9;
    expect(decodeMessage(encoded)).toBeUndefined();
  });
});
