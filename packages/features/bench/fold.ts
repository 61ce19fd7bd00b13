/**
 * Folds per second of six features against plain hand-written sums of the same filters, in one run on one core, with
 * the bytes of an active customer. Run: `node packages/features/bench/fold.ts`.
 */
import { cpus } from 'node:os';
import { type BoundFeature, createFeatureSet, type Window } from '@holdfast/features';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = 20_000 * DAY;
const EVENTS = 2_000_000;
const CUSTOMERS = 1_000;
const ROUNDS = 3;

type Fields = Readonly<Record<string, unknown>>;
const sliding = (lengthMs: number, hopMs: number, offsetMs = 0): Window => ({
  kind: 'sliding',
  lengthMs,
  hopMs,
  offsetMs,
});
const isData = (event: Fields): boolean => event.kind === 'DATA';
const isHomeEvening = (event: Fields): boolean => isData(event) && Number(event.localHour) >= 18;
const hasFailed = (event: Fields): boolean => event.failed === true;
const any = (): boolean => true;

function feature(name: string, window: Window, matches: (event: Fields) => boolean, field?: string): BoundFeature {
  const shared = { name, from: 'UsageRecorded', where: name, window, matches };
  return field === undefined ? { ...shared, aggregation: 'count' } : { ...shared, aggregation: 'sum', field };
}

const features: readonly BoundFeature[] = [
  feature('data_mb_cycle', { kind: 'cycle' }, isData, 'quantityMb'),
  feature('uses_7d', sliding(7 * DAY, DAY), any),
  feature('uses_own_past', sliding(21 * DAY, DAY, 7 * DAY), any),
  feature('failed_calls_7d', sliding(7 * DAY, DAY), hasFailed),
  feature('home_data_mb_30d', sliding(30 * DAY, DAY), isHomeEvening, 'quantityMb'),
  { ...feature('days_since_usage', { kind: 'ever' }, any), aggregation: 'elapsedSince' },
];

const events = Array.from({ length: 4096 }, (_, index) => ({
  type: 'UsageRecorded',
  kind: ['DATA', 'VOICE', 'SMS', 'DATA'][index % 4],
  quantityMb: (index * 7919) % 300,
  localHour: (index * 31) % 24,
  failed: index % 17 === 0,
}));

function foldRound(set: ReturnType<typeof createFeatureSet>) {
  const customers = Array.from({ length: CUSTOMERS }, () => set.create());
  const context = { atMs: T0, cycleStartMs: T0 };
  const started = performance.now();
  for (let index = 0; index < EVENTS; index += 1) {
    context.atMs = T0 + index * 1_300;
    const slots = customers[index % CUSTOMERS];
    const event = events[index & 4095];
    if (slots !== undefined && event !== undefined) set.fold(slots, 'UsageRecorded', event, context);
  }
  return { seconds: (performance.now() - started) / 1000, customers };
}

function plainRound(): number {
  const totals = new Float64Array(CUSTOMERS * 6);
  const started = performance.now();
  for (let index = 0; index < EVENTS; index += 1) {
    const base = (index % CUSTOMERS) * 6;
    const event = events[index & 4095];
    if (event === undefined) continue;
    totals[base] = (totals[base] ?? 0) + (isData(event) ? event.quantityMb : 0);
    totals[base + 1] = (totals[base + 1] ?? 0) + 1;
    totals[base + 2] = (totals[base + 2] ?? 0) + 1;
    totals[base + 3] = (totals[base + 3] ?? 0) + (hasFailed(event) ? 1 : 0);
    totals[base + 4] = (totals[base + 4] ?? 0) + (isHomeEvening(event) ? event.quantityMb : 0);
    totals[base + 5] = T0 + index;
  }
  return (performance.now() - started) / 1000;
}

const set = createFeatureSet(features);
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${EVENTS} events, 6 features`);
for (let round = 1; round <= ROUNDS; round += 1) {
  const { seconds, customers } = foldRound(set);
  const plain = plainRound();
  const sizes = customers.map((slots) => set.encode(slots).length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const encodeStarted = performance.now();
  for (let again = 0; again < 50; again += 1) for (const slots of customers) set.encode(slots);
  const encodeMicros = ((performance.now() - encodeStarted) * 1000) / (50 * CUSTOMERS);
  console.log(
    `round ${round}: ${(EVENTS / seconds / 1e6).toFixed(2)} M events/s, plain sums ${(EVENTS / plain / 1e6).toFixed(2)} M/s, ` +
      `${mean.toFixed(0)} bytes per active customer (bound ${set.maxBytes}), encode ${encodeMicros.toFixed(2)} us`,
  );
}
