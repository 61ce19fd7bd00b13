import type { KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toRecords } from './record.ts';

const message = (fields: Partial<KafkaMessage>): KafkaMessage =>
  ({ key: null, value: null, offset: '7', timestamp: '1700000000123', attributes: 0, ...fields }) as KafkaMessage;

/** Two messages as slices of one large fetch response. */
function fetched() {
  const response = Buffer.alloc(10_000, '.');
  response.write('key-1value-1head-1', 5_000);
  response.write('key-2value-2', 5_100);
  const slice = (from: number, length: number) => response.subarray(from, from + length);
  const messages = [
    message({ key: slice(5_000, 5), value: slice(5_005, 7), headers: { h: slice(5_012, 6) } }),
    message({ offset: '8', key: slice(5_100, 5), value: slice(5_105, 7) }),
  ];
  return { response, messages };
}

describe('toRecords', () => {
  it('keeps what a message says, with numbers for offset and append time', () => {
    const [record] = toRecords('t', 3, fetched().messages);
    expect(record).toEqual({
      topic: 't',
      partition: 3,
      offset: 7,
      appendTime: 1_700_000_000_123,
      key: Buffer.from('key-1'),
      value: Buffer.from('value-1'),
      headers: { h: Buffer.from('head-1') },
    });
  });

  it('gives records bytes of their own, so that the response can go', () => {
    const { response, messages } = fetched();
    const records = toRecords('t', 0, messages);
    response.fill(0);
    expect(records.map(({ key, value }) => `${key}=${value}`)).toEqual(['key-1=value-1', 'key-2=value-2']);
    expect(records[0]?.headers.h?.toString()).toBe('head-1');
    expect(records[1]?.value?.buffer.byteLength).toBeLessThan(200);
  });

  it('keeps bytes where they are when nothing else lies in their memory', () => {
    const value = Buffer.from(new ArrayBuffer(64));
    const [record] = toRecords('t', 0, [message({ value })]);
    expect(record?.value?.buffer).toBe(value.buffer);
  });

  it('keeps null keys and tombstones apart from empty ones', () => {
    const [none, empty] = toRecords('t', 0, [message({}), message({ key: Buffer.of(), value: Buffer.of() })]);
    expect([none?.key, none?.value]).toEqual([null, null]);
    expect([empty?.key, empty?.value]).toEqual([Buffer.of(), Buffer.of()]);
  });

  it('takes the last value of a repeated header and an empty one for null', () => {
    const headers = { twice: [Buffer.from('a'), Buffer.from('b')], none: null as unknown as Buffer };
    const [record] = toRecords('t', 0, [message({ headers })]);
    expect(record?.headers).toEqual({ twice: Buffer.from('b'), none: Buffer.of() });
  });
});
