/**
 * What each aggregation costs beside a count over the same window, in one run on one core: time per event folded, per
 * value read, and bytes of an active customer. Run: `node packages/features/bench/aggregations.ts`.
 */
import { cpus } from 'node:os';
import { type BoundFeature, createFeatureSet, type FeatureSet } from '@holdfast/features';

const DAY = 86_400_000;
const T0 = 20_000 * DAY;
const EVENTS = 200_000;
const CUSTOMERS = 1_000;
const ROUNDS = 5;
/** Between two events of all customers: each has an event an hour, for eight days. */
const STEP_MS = 3_600;

const base = {
  name: 'it',
  from: 'UsageRecorded',
  where: '',
  window: { kind: 'sliding', lengthMs: 7 * DAY, hopMs: DAY, offsetMs: 0 },
  matches: () => true,
} as const;

const features: Readonly<Record<string, BoundFeature>> = {
  count: { ...base, aggregation: 'count' },
  sum: { ...base, aggregation: 'sum', field: 'mb' },
  average: { ...base, aggregation: 'average', field: 'mb' },
  first: { ...base, aggregation: 'first', field: 'mb' },
  last: { ...base, aggregation: 'last', field: 'mb' },
  distinct: { ...base, aggregation: 'distinct', field: 'callee' },
  share: { ...base, aggregation: 'share', part: { where: 'abroad', matches: (event) => event.abroad === true } },
  rate: { ...base, aggregation: 'rate', against: 4 },
  streak: { ...base, aggregation: 'streak', streak: 'active' },
  'count of a line': { ...base, aggregation: 'count', scope: 'line' },
};

const events = Array.from({ length: 4_096 }, (_, index) => ({
  mb: (index * 7_919) % 300,
  abroad: index % 3 === 0,
  callee: `+49 ${(index * 7_919) % 777}`,
  subscriptionId: `line-${index % 3}`,
}));
const eventAt = (index: number) => events[(index + Math.floor(index / CUSTOMERS)) & 4_095];

/** Microseconds per call, and bytes per customer. */
function round(set: FeatureSet) {
  const customers = Array.from({ length: CUSTOMERS }, () => set.create());
  const started = performance.now();
  for (let index = 0; index < EVENTS; index += 1) {
    const [slots, event] = [customers[index % CUSTOMERS], eventAt(index)];
    if (slots && event) set.fold(slots, 'UsageRecorded', event, { atMs: T0 + index * STEP_MS, cycleStartMs: T0 });
  }
  const folded = performance.now();
  const [reader, asOfMs] = [set.reader('it'), T0 + EVENTS * STEP_MS];
  for (let index = 0; index < EVENTS; index += 1) {
    const slots = customers[index % CUSTOMERS];
    // Another moment each time: what was worked out before is of no use.
    if (slots)
      reader?.(slots, { asOfMs: asOfMs + index, cycleStartMs: T0, knownSinceMs: asOfMs, event: eventAt(index) });
  }
  const read = performance.now();
  const bytes = customers.reduce((total, slots) => total + set.encode(slots).length, 0) / CUSTOMERS;
  return { fold: ((folded - started) * 1_000) / EVENTS, read: ((read - folded) * 1_000) / EVENTS, bytes };
}

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, fastest of ${ROUNDS} rounds`);
for (const [name, feature] of Object.entries(features)) {
  const set = createFeatureSet([feature]);
  const rounds = Array.from({ length: ROUNDS }, () => round(set));
  const [fold, read] = [Math.min(...rounds.map((one) => one.fold)), Math.min(...rounds.map((one) => one.read))];
  const bytes = `${rounds[0]?.bytes.toFixed(0)} bytes (bound ${set.maxBytes})`;
  console.log(`${name.padEnd(16)} fold ${fold.toFixed(2)} us, read ${read.toFixed(2)} us, ${bytes}`);
}
