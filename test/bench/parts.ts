/**
 * The worker's parts one by one, in one process without a broker or Redis: taking records from a fetch, decoding them,
 * folding them by the engine alone (states that are one number) and by the customer topology with fifty rules. Each is
 * repeated; the fastest round counts, so that a busy machine disturbs little.
 *
 * node --max-semi-space-size=64 test/bench/parts.ts [events]
 */
import type { EventInput, EventType } from '@holdfast/events';
import type { KafkaMessage } from 'kafkajs';
import { openFiftyRules } from './fifty-rules.ts';
import { foldRounds, tallyOf } from './fold-part.ts';
import { createIntake, type Part, takeAll } from './intake-part.ts';
import { createPopulation } from './population.ts';
import { machine } from './processes.ts';

const EVENTS = Number(process.argv[2] ?? 40_000);
const CUSTOMERS = EVENTS / 2;
const ROUNDS = 12;
const START_MS = Date.UTC(2026, 0, 15);

const { encoder, topology } = openFiftyRules();

/** Messages as kafkajs gives them: slices of one response. */
function messagesOf(events: readonly EventInput<EventType>[]): KafkaMessage[] {
  const values = events.map((event) => encoder.encode(event));
  const response = Buffer.alloc(values.reduce((sum, value) => sum + value.length + 32, 0));
  let end = 0;
  const place = (bytes: Buffer) => {
    bytes.copy(response, end);
    end += bytes.length;
    return response.subarray(end - bytes.length, end);
  };
  return events.map((event, i) => ({
    key: place(Buffer.from(event.customerId)),
    value: place(values[i] ?? Buffer.of()),
    offset: String(i),
    timestamp: String(START_MS + Math.floor(i / 10)),
    attributes: 0,
    headers: {},
  })) as unknown as KafkaMessage[];
}

async function fastest(name: string, count: number, round: () => void | Promise<void>): Promise<Part> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const { user, system } = process.cpuUsage();
    const startMs = performance.now();
    await round();
    const cpu = process.cpuUsage({ user, system });
    best = Math.min(best, performance.now() - startMs, (cpu.user + cpu.system) / 1000);
  }
  return { name, micros: (best / count) * 1000 };
}

const population = createPopulation({ seed: 1, customers: CUSTOMERS, run: 'parts', isUniform: true, isSettled: true });
const arrivals = Array.from({ length: CUSTOMERS }, (_, i) => population.arrival(i, START_MS)).flat();
const happenings = Array.from({ length: EVENTS }, (_, i) => population.next(START_MS + Math.floor(i / 10))).flat();
const settled = messagesOf(arrivals);
const messages = messagesOf(happenings);
const records = takeAll(createIntake(), messages);
const customers = await foldRounds(topology, takeAll(createIntake(), settled), records);
const tally = await foldRounds(tallyOf(topology), takeAll(createIntake(), settled), records);
const parts = [
  await fastest('take: pack, compare, buffer, merge', records.length, () => void takeAll(createIntake(), messages)),
  await fastest('decode', records.length, () => {
    for (const record of records) topology.decode(record);
  }),
  await fastest('engine: decode, load, fold and encode states of one number', records.length, tally),
  await fastest('customers: decode, load, fold by fifty rules and encode', records.length, customers),
];
process.stdout.write(`${machine()}, ${EVENTS} events, CPU µs per event\n`);
for (const { name, micros } of parts) process.stdout.write(`  ${micros.toFixed(2).padStart(6)}  ${name}\n`);
