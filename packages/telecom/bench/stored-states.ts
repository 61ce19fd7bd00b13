import { createHash } from 'node:crypto';

/** States by number of the customer, in memory that the collector does not look through. */
export interface StoredStates {
  get(customer: number): Buffer | undefined;
  set(customer: number, bytes: Buffer): void;
  copy(): StoredStates;
  /** Of all states, in order of the customers. */
  hash(): string;
  /** Bytes of a state on average. */
  bytes(): number;
}

const CHUNK_BYTES = 8 * 1024 * 1024;

/** A state that changed is written behind the others; nothing is freed before the whole is. */
export function createStoredStates(customers: number): StoredStates {
  return storedIn([], new Float64Array(customers), new Uint32Array(customers));
}

function storedIn(chunks: Buffer[], places: Float64Array, lengths: Uint32Array): StoredStates {
  let at = CHUNK_BYTES;
  const get = (customer: number) => {
    const length = lengths[customer] ?? 0;
    const place = places[customer] ?? 0;
    const from = place % CHUNK_BYTES;
    return length === 0 ? undefined : chunks[Math.floor(place / CHUNK_BYTES)]?.subarray(from, from + length);
  };
  return {
    get,
    set(customer, bytes) {
      if (at + bytes.length > CHUNK_BYTES) {
        chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
        at = 0;
      }
      chunks.at(-1)?.set(bytes, at);
      places[customer] = (chunks.length - 1) * CHUNK_BYTES + at;
      lengths[customer] = bytes.length;
      at += bytes.length;
    },
    copy: () => storedIn([...chunks], places.slice(), lengths.slice()),
    hash() {
      const hash = createHash('sha256');
      for (let customer = 0; customer < lengths.length; customer++) hash.update(get(customer) ?? '');
      return hash.digest('hex').slice(0, 16);
    },
    bytes: () => Math.round(lengths.reduce((sum, length) => sum + length, 0) / lengths.length),
  };
}
