import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSigned, readUnsigned, writeSigned, writeUnsigned } from './varint.ts';

const LARGEST = 2 ** 52;
/** As many large numbers as small ones: each number of digits is written its own way. */
const whole = fc
  .tuple(fc.integer({ min: 0, max: 52 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([bits, part]) => Math.min(LARGEST, Math.floor(part * 2 ** bits)));

/** Seven bits a byte, the lowest first, worked out with integers of any size. */
function digitsOf(value: bigint): number[] {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) digits.push(Number(rest & 127n) | 128);
  return [...digits, Number(rest)];
}

it('a number is written in digits of seven bits and read again', () => {
  const roundTrip = fc.property(whole, (value) => {
    const writer = { bytes: Buffer.alloc(16), at: 0 };
    writeUnsigned(writer, value);
    expect([...writer.bytes.subarray(0, writer.at)]).toEqual(digitsOf(BigInt(value)));
    const reader = { bytes: writer.bytes, at: 0 };
    expect(readUnsigned(reader)).toBe(value);
    expect(reader.at).toBe(writer.at);
  });
  fc.assert(roundTrip, { examples: [[2 ** 28 - 1], [2 ** 28], [2 ** 31 - 1], [2 ** 31], [2 ** 32], [LARGEST]] });
});

it('a number keeps its sign', () => {
  const roundTrip = fc.property(whole, fc.boolean(), (value, isNegative) => {
    const signed = isNegative && value > 0 ? -value : value;
    const writer = { bytes: Buffer.alloc(16), at: 0 };
    writeSigned(writer, signed);
    const zigzag = signed < 0 ? BigInt(signed) * -2n - 1n : BigInt(signed) * 2n;
    expect([...writer.bytes.subarray(0, writer.at)]).toEqual(digitsOf(zigzag));
    expect(readSigned({ bytes: writer.bytes, at: 0 })).toBe(signed);
  });
  fc.assert(roundTrip, {
    examples: [
      [2 ** 30, true],
      [2 ** 31, true],
      [LARGEST, true],
    ],
  });
});

it('a number that is cut is refused', () => {
  const cut = fc.property(whole, fc.nat(8), (value, left) => {
    const bytes = Buffer.from(digitsOf(BigInt(value)));
    const reader = { bytes: bytes.subarray(0, Math.min(left, bytes.length - 1)), at: 0 };
    expect(() => readUnsigned(reader)).toThrow(RangeError);
  });
  fc.assert(cut);
});
