import avro from 'avsc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBlock, readLong, writeLong } from './avro-bytes.ts';

const long = avro.Type.forSchema('long');
/** Of a negative number twice as much is written, less one: beyond this that is no number any more. */
const LARGEST = 2 ** 52;
/** As many large numbers as small ones: each number of digits is written its own way. */
const whole = fc
  .tuple(fc.integer({ min: 0, max: 52 }), fc.double({ min: -1, max: 1, noNaN: true }))
  .map(([bits, part]) => Math.max(-LARGEST, Math.min(LARGEST, Math.trunc(part * 2 ** bits) + 0)));

it('a long is written as Avro writes it, and read again', () => {
  const roundTrip = fc.property(whole, (value) => {
    const writer = { bytes: Buffer.alloc(16), at: 0 };
    writeLong(writer, value);
    expect(writer.bytes.subarray(0, writer.at)).toEqual(long.toBuffer(value));
    const reader = { bytes: writer.bytes, at: 0 };
    expect(readLong(reader)).toBe(value);
    expect(reader.at).toBe(writer.at);
  });
  const edges = [2 ** 27, 2 ** 30, 2 ** 31, LARGEST].flatMap((edge): [number][] => [[edge], [-edge], [edge - 1]]);
  fc.assert(roundTrip, { examples: edges });
});

it('a long that is cut is refused', () => {
  const cut = fc.property(whole, fc.nat(8), (value, left) => {
    const bytes = long.toBuffer(value);
    const reader = { bytes: bytes.subarray(0, Math.min(left, bytes.length - 1)), at: 0 };
    expect(() => readLong(reader)).toThrow(RangeError);
  });
  fc.assert(cut);
});

it('an array that says it has more items than there are bytes is refused', () => {
  const bytes = Buffer.concat([long.toBuffer(3), Buffer.from([1, 2])]);
  expect(() => readBlock({ bytes, at: 0 })).toThrow(RangeError);
  const counted = Buffer.concat([long.toBuffer(-3), long.toBuffer(2), Buffer.from([1, 2])]);
  expect(() => readBlock({ bytes: counted, at: 0 })).toThrow(RangeError);
});
