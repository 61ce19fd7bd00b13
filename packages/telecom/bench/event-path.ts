import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Effects } from '@holdfast/engine';
import { compilePolicy } from '@holdfast/policy';
import { telecomContract } from '../src/attributes.ts';
import type { CustomerState } from '../src/customer-state.ts';
import { START, topologyOf } from '../test/customer-world.ts';
import { createStoredStates, type StoredStates } from './stored-states.ts';
import { arrivals, happenings, type Told, type ToldEvents } from './told-events.ts';

/**
 * CPU time per event of each stage inside the topology, with fifty rules: record decode, state decode, step, due, state
 * encode, in batches as the engine does it; and a floor in the same run: the bytes of the record and the state copied
 * twice. Customers are settled; everything is made up and packed before the clock starts, and each round folds the same
 * events over the same states: the fastest counts, so that a busy machine disturbs little.
 *
 * Without `--skewed`: a customer has one event before and about one is measured. With it: twenty before.
 */
const { values } = parseArgs({
  options: {
    skewed: { type: 'boolean', default: false },
    customers: { type: 'string' },
    /** Measured, in each round. */
    events: { type: 'string', default: '40000' },
    /** Folded once before. */
    before: { type: 'string' },
    rounds: { type: 'string', default: '12' },
    /** Over which all event times are spread; the drains of test/bench are appended within minutes. */
    days: { type: 'string', default: '0.01' },
  },
});
const EVENTS = Number(values.events);
const CUSTOMERS = Number(values.customers ?? (values.skewed ? 10_000 : 40_000));
const BEFORE = Number(values.before ?? (values.skewed ? 20 : 1) * CUSTOMERS);
const ROUNDS = Number(values.rounds);
const BATCH = 1_000;

const FOLDER = fileURLToPath(new URL('../../../test/bench/policy-50/', import.meta.url));
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const files = Object.fromEntries(names.map((name) => [name, readFileSync(FOLDER + name, 'utf8')]));
const answer = compilePolicy(files, telecomContract());
if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.diagnostics, null, 1));
const { policy } = answer;
const topology = topologyOf(policy);

const STAGES = ['record decode', 'state decode', 'step', 'due', 'state encode', 'floor'] as const;
type Stage = (typeof STAGES)[number];
const spent = new Map<Stage, number>();
function timed<T>(stage: Stage, run: () => T): T {
  const start = process.threadCpuUsage();
  const result = run();
  const { user, system } = process.threadCpuUsage(start);
  spent.set(stage, (spent.get(stage) ?? 0) + user + system);
  return result;
}

const outcomes = new Map<string, number>();
let messages = createHash('sha256');
let decisions = 0;

const RECORD = { topic: 'telecom.usage.v1', partition: 0, offset: 0, appendTime: 0, key: null, headers: {} };
/** Numbers and settings of the shard: there are none. */
const SHARD = {
  partition: 0,
  partitionCount: 1,
  watermark: () => undefined,
  tally: () => 0,
  setting: () => undefined,
};

function foldBatch(batch: readonly Told[], store: StoredStates): void {
  const decoded = timed('record decode', () => batch.map(({ value }) => topology.decode({ ...RECORD, value })));
  const stored = new Map(batch.map(({ id, customer }) => [id, store.get(customer)]));
  const opened = timed('state decode', () => {
    const found = new Map<string, ReturnType<typeof topology.create>>();
    for (const [id, bytes] of stored) found.set(id, bytes ? topology.read(id, bytes) : topology.create(id));
    return found;
  });
  const states = batch.map(({ id }) => opened.get(id) as CustomerState);
  const events = decoded.map((one) => {
    if (one instanceof Promise || one.kind !== 'event') throw new Error(JSON.stringify(one));
    return one;
  });
  const effects: Effects[] = [];
  timed('step', () => {
    for (let index = 0; index < batch.length; index++) {
      const { id, atMs } = batch[index] as Told;
      const { event, identity } = events[index] as (typeof events)[number];
      const stimulus = { kind: 'event', event, identity, isLate: false } as const;
      const context = { entityId: id, ...SHARD, nowMs: atMs + 1_000 };
      effects.push(topology.step(states[index] as CustomerState, stimulus, context));
    }
  });
  timed('due', () => {
    for (const state of states) topology.due(state);
  });
  const encoded = timed('state encode', () =>
    [...opened].map(([id, state]) => [id, topology.encode(state, topology.codecVersion)] as const),
  );
  // What is copied is kept until the end, or the compiler might leave the copying out.
  const copied = timed('floor', () =>
    batch.map(({ id, value }) => {
      const state = stored.get(id) ?? value;
      return [Buffer.from(value), Buffer.from(state), Buffer.from(state)];
    }),
  );
  if (copied.length !== batch.length) throw new Error('not all was copied');
  for (const { outcome, outbox } of effects) {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    for (const { value } of outbox) messages.update(value ?? '');
    decisions += outbox.length;
  }
  for (const [id, bytes] of encoded) store.set(Number(id.slice(1)), bytes);
}

function foldAll(events: ToldEvents, range: readonly [from: number, to: number], store: StoredStates): void {
  for (let at = range[0]; at < range[1]; at += BATCH)
    foldBatch(events.slice(at, Math.min(range[1], at + BATCH)), store);
}

const options = {
  customers: CUSTOMERS,
  isUniform: !values.skewed,
  startMs: START,
  spanMs: Number(values.days) * 86_400_000,
  events: BEFORE + EVENTS,
};
const settling = arrivals(options);
const story = happenings(options);
const settled = createStoredStates(CUSTOMERS);
foldAll(settling, [0, settling.count], settled);
foldAll(story, [0, BEFORE], settled);

const rounds: Map<Stage | 'all', number>[] = [];
let result = '';
// The first round warms up.
for (let round = 0; round <= ROUNDS; round++) {
  const store = settled.copy();
  messages = createHash('sha256');
  decisions = 0;
  outcomes.clear();
  spent.clear();
  foldAll(story, [BEFORE, story.count], store);
  const told = `${decisions} messages ${messages.digest('hex').slice(0, 16)}, states ${store.hash()}`;
  if (round > 0 && told !== result) throw new Error(`rounds differ: ${told} and ${result}`);
  result = told;
  if (round === 0) continue;
  const perEvent = new Map<Stage | 'all', number>(STAGES.map((stage) => [stage, (spent.get(stage) ?? 0) / EVENTS]));
  const floor = perEvent.get('floor') ?? 0;
  rounds.push(perEvent.set('all', [...perEvent.values()].reduce((sum, micros) => sum + micros, 0) - floor));
}

function fastest(stage: Stage | 'all'): number {
  return Math.min(...rounds.map((round) => round.get(stage) ?? 0));
}

const load = (loadavg()[0] ?? 0).toFixed(1);
console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${load}`);
console.log(
  `${policy.triggers.size} rules, ${policy.features.definitions.length} features; ${CUSTOMERS} customers ${values.skewed ? 'skewed' : 'uniform'}, ${BEFORE} events before, ${EVENTS} measured ${ROUNDS} times; ${settled.bytes()} bytes a state`,
);
console.log(`${result}, ${JSON.stringify(Object.fromEntries(outcomes))}`);
const floor = fastest('floor');
for (const stage of [...STAGES, 'all'] as const) {
  const micros = fastest(stage);
  console.log(`  ${stage.padEnd(14)} ${micros.toFixed(2)} µs of CPU per event, ${(micros / floor).toFixed(1)} floors`);
}
