import { partitionOf } from '@holdfast/engine';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';

const choose = kafkajs.Partitioners.DefaultPartitioner();

function chosenByKafkajs(key: Buffer, count: number): number {
  const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  return choose({ topic: 't', partitionMetadata, message: { key, value: null } });
}

describe('partitions of keys', () => {
  it('are the same for the producer and the engine', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 100 }), (bytes, count) => {
        expect(partitionOf(bytes, count)).toBe(chosenByKafkajs(Buffer.from(bytes), count));
      }),
      { numRuns: 1_000 },
    );
  });

  // Apache Kafka, UtilsTest.testMurmur2, the hashes' low 31 bits as the default partitioner uses them.
  const vectors: readonly [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [key, hash] of vectors) {
    it(`agree with Java for ${key}`, () => {
      const count = 0x7fffffff;
      expect(partitionOf(Buffer.from(key), count)).toBe((hash & 0x7fffffff) % count);
    });
  }
});
