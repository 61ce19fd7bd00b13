import type { KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toRecords } from './record.ts';
import { packRecords } from './record-pack.ts';

/** Messages as slices of one fetch response; `null` for no key. */
function fetched(pairs: readonly (readonly [key: string | null, value: string])[]) {
  const response = Buffer.alloc(10_000, '.');
  let end = 1_000;
  const slice = (text: string) => {
    const start = end;
    end += response.write(text, start);
    return response.subarray(start, end);
  };
  const messages = pairs.map(([key, value], i) => {
    const place = { offset: String(40 + i), timestamp: String(1_700_000_000_000 + i), attributes: 0, headers: {} };
    return { ...place, key: key === null ? null : slice(key), value: slice(value) } as KafkaMessage;
  });
  return { response, messages };
}

describe('packed records', () => {
  const pairs = [
    ['k1', 'v1'],
    [null, 'v2'],
    ['', ''],
    ['k4', 'value 4'],
  ] as const;

  it('are the records that the messages would have been one by one', () => {
    const { messages } = fetched(pairs);
    const { records } = packRecords('t', 3, messages);
    expect([...records]).toEqual(toRecords('t', 3, messages));
    expect(records.at(-1)).toEqual(toRecords('t', 3, messages).at(-1));
    expect([records.length, records.at(4), records.at(-5)]).toEqual([4, undefined, undefined]);
  });

  it('have bytes of their own, so that the response can go', () => {
    const { response, messages } = fetched(pairs);
    const { records } = packRecords('t', 0, messages);
    response.fill(0);
    expect([...records].map(({ key, value }) => `${key}=${value}`)).toEqual(['k1=v1', 'null=v2', '=', 'k4=value 4']);
    expect(records.at(0)?.value?.buffer.byteLength).toBeLessThan(100);
  });

  it('keep headers, which are rare, and tombstones', () => {
    const { messages } = fetched(pairs);
    const odd = messages.map((message, i) =>
      i === 1 ? { ...message, value: null, headers: { h: Buffer.from('x') } } : message,
    ) as KafkaMessage[];
    expect([...packRecords('t', 0, odd).records]).toEqual(toRecords('t', 0, odd));
  });

  it('of memories of their own are not torn apart', () => {
    const own = fetched([['a', 'b']]).messages.concat(fetched([['c', 'd']]).messages);
    expect([...packRecords('t', 0, own).records]).toEqual(toRecords('t', 0, own));
  });
});
