import kafkajs from 'kafkajs';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import { registerCodecs } from './codecs.ts';

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const { CompressionCodecs, CompressionTypes } = kafkajs;
registerCodecs();
const codec = (type: keyof typeof CompressionCodecs) => CompressionCodecs[type]() as Codec;

const text = Buffer.from('a customer, and again a customer, '.repeat(100));

/** Blocks in the framing of Java's snappy stream. */
function xerial(blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const framed = blocks.flatMap((block) => {
    const compressed = compressSync(block);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(compressed.length);
    return [length, compressed];
  });
  return Buffer.concat([header, ...framed]);
}

describe('codecs', () => {
  for (const name of ['Snappy', 'LZ4', 'ZSTD'] as const) {
    it(`${name} gives back what it took, smaller in between`, async () => {
      const compressed = await codec(CompressionTypes[name]).compress({ buffer: text });
      expect(compressed.length).toBeLessThan(text.length / 4);
      expect(await codec(CompressionTypes[name]).decompress(compressed)).toEqual(text);
    });
  }

  it('Snappy reads the blocks of a Java producer', async () => {
    const bytes = xerial([text.subarray(0, 1_000), text.subarray(1_000)]);
    expect(await codec(CompressionTypes.Snappy).decompress(bytes)).toEqual(text);
  });

  it('Snappy refuses blocks that are cut off', async () => {
    const bytes = xerial([text]);
    await expect(codec(CompressionTypes.Snappy).decompress(bytes.subarray(0, bytes.length - 5))).rejects.toThrow();
  });
});
