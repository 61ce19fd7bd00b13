import { createEncoder, type EventInput, type EventType, schemaTable } from '@holdfast/events';
import { createPopulation, customerIdOf } from '../../../test/bench/population.ts';

export interface TellingOptions {
  readonly customers: number;
  readonly isUniform: boolean;
  readonly startMs: number;
  /** Event times of all happenings together are spread over so much. */
  readonly spanMs: number;
  /** Happenings in all. */
  readonly events: number;
}

/** One event as a fetch has it. */
export interface Told {
  /** Number of the customer. */
  readonly customer: number;
  readonly id: string;
  readonly value: Buffer;
  readonly atMs: number;
}

/** Events written one behind the other, so that the collector has nothing to look through while others are measured. */
export interface ToldEvents {
  readonly count: number;
  /** `[from, to)`. */
  slice(from: number, to: number): readonly Told[];
}

const encoder = createEncoder(Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1])));

/** Registration and activation of everybody, in an order of its own. */
export function arrivals(options: TellingOptions): ToldEvents {
  const population = createPopulation({ seed: 2, run: 'arrival', ...options });
  return packed(function* () {
    for (let index = 0; index < options.customers; index += 1) yield* population.arrival(index, options.startMs);
  });
}

/** What happens to customers who are settled. */
export function happenings(options: TellingOptions): ToldEvents {
  const population = createPopulation({ seed: 1, run: 'bench', isSettled: true, ...options });
  return packed(function* () {
    for (let index = 0; index < options.events; index += 1) {
      yield* population.next(options.startMs + Math.floor((index / options.events) * options.spanMs));
    }
  });
}

const CHUNK_BYTES = 4 * 1024 * 1024;

function packed(events: () => Iterable<EventInput<EventType>>): ToldEvents {
  const chunks: Buffer[] = [];
  const ends: number[] = [];
  const times: number[] = [];
  const customers: number[] = [];
  let at = CHUNK_BYTES;
  for (const event of events()) {
    const value = encoder.encode(event);
    if (at + value.length > CHUNK_BYTES) {
      chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      at = 0;
    }
    const from = (chunks.length - 1) * CHUNK_BYTES + at;
    chunks.at(-1)?.set(value, at);
    at += value.length;
    ends.push(from, from + value.length);
    times.push(event.occurredAt);
    customers.push(Number(event.customerId.slice(1)));
  }
  const bounds = Float64Array.from(ends);
  const atMs = Float64Array.from(times);
  const who = Uint32Array.from(customers);
  const told = (index: number): Told => {
    const from = bounds[2 * index] ?? 0;
    const chunk = chunks[Math.floor(from / CHUNK_BYTES)] as Buffer;
    const value = chunk.subarray(from % CHUNK_BYTES, (from % CHUNK_BYTES) + (bounds[2 * index + 1] ?? 0) - from);
    const customer = who[index] ?? 0;
    return { customer, id: customerIdOf(customer), value, atMs: atMs[index] ?? 0 };
  };
  return {
    count: who.length,
    slice: (from, to) => Array.from({ length: Math.min(to, who.length) - from }, (_, index) => told(from + index)),
  };
}
