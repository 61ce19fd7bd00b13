import { createRequire } from 'node:module';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** The inside of kafkajs that `patches/` changes; it declares no types for it. */
interface Decoder {
  offset: number;
  readInt64(): bigint;
  readInt64String(): string;
  readVarLong(): { toString(): string };
  readSmallVarLong(): number | { toString(): string };
}
interface Encoder {
  readonly buffer: Buffer;
  writeInt64(value: bigint): Encoder;
  writeVarLong(value: bigint): Encoder;
}
interface DecodedBatch {
  readonly records: readonly { readonly offset: string; readonly timestamp: string; readonly value: Buffer }[];
}
interface RequestQueue {
  maybeThrottle(ms: number): void;
  checkPendingRequests(): void;
  push(request: object): void;
  destroy(): void;
}

const load = createRequire(import.meta.url);
const DecoderClass = load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => Decoder;
const EncoderClass = load('kafkajs/src/protocol/encoder.js') as new () => Encoder;
const decodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (d: Decoder) => Promise<DecodedBatch>;
const batch = load('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch(fields: object): Promise<Encoder>;
};
const record = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (fields: object) => Encoder;
const RequestQueueClass = load('kafkajs/src/network/requestQueue/index.js') as new (fields: object) => RequestQueue;

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.bigInt({ min: -300n, max: 300n }),
);

describe('the patched decoder', () => {
  it('reads 64-bit numbers as the original does', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const { buffer } = new EncoderClass().writeInt64(value);
        expect(new DecoderClass(buffer).readInt64String()).toBe(new DecoderClass(buffer).readInt64().toString());
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads variable-length numbers as the original does, and stops at the same place', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const { buffer } = new EncoderClass().writeVarLong(value);
        const original = new DecoderClass(buffer);
        const patched = new DecoderClass(buffer);
        expect(patched.readSmallVarLong().toString()).toBe(original.readVarLong().toString());
        expect(patched.offset).toBe(original.offset);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the records of a batch their offsets and times, beyond the exact range of doubles too', async () => {
    for (const first of [0n, 41n, 2n ** 53n - 2n, 2n ** 60n]) {
      const deltas = [0, 1, 5, 1_000_000_000];
      const records = deltas.map((delta, index) =>
        record({ offsetDelta: index, timestampDelta: delta, key: null, value: `v${index}`, headers: {} }),
      );
      const fields = { firstOffset: first, firstTimestamp: first, maxTimestamp: first, lastOffsetDelta: 3, records };
      const { buffer } = await batch.RecordBatch({ ...fields, compression: 0 });
      const decoded = await decodeBatch(new DecoderClass(buffer));
      expect(decoded.records.map(({ offset }) => offset)).toEqual(deltas.map((_, index) => `${first + BigInt(index)}`));
      expect(decoded.records.map(({ timestamp }) => timestamp)).toEqual(deltas.map((d) => `${first + BigInt(d)}`));
      expect(decoded.records.map(({ value }) => value.toString())).toEqual(['v0', 'v1', 'v2', 'v3']);
    }
  });
});

describe('the patched request queue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const createQueue = (maxInFlightRequests: number) =>
    new RequestQueueClass({
      maxInFlightRequests,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
      clientId: 'test',
      broker: 'test:1',
      logger: { debug: () => undefined },
      isConnected: () => true,
    });

  it('arms no timer while nothing waits', () => {
    const queue = createQueue(1);
    queue.checkPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what waits when the broker throttling it is over', () => {
    const queue = createQueue(1);
    const sendRequest = vi.fn();
    queue.maybeThrottle(50);
    queue.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest });
    vi.advanceTimersByTime(40);
    expect(sendRequest).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(sendRequest).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    queue.destroy();
  });
});
