import { createEngine } from '@holdfast/engine';
import {
  CUSTOMER_INPUTS,
  CUSTOMER_TOPOLOGY,
  DEAD_LETTER_TOPIC,
  DECISION_TOPIC,
  type DecisionMade,
  type Event,
  schemaEntry,
} from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { createFakeBroker, createFakeContactQueue, createFakeShardStore, createVirtualClock } from '@holdfast/testkit';
import { decodeDecision, encodeEvent, topologyOf } from './customer-world.ts';

export interface EngineRun {
  /** Stored states by customer. */
  readonly states: ReadonlyMap<string, Buffer>;
  /** What is kept of what happened to them, the newest folded first. */
  readonly told: ReadonlyMap<string, readonly Buffer[]>;
  /** In the order of the decision log. */
  readonly decisions: readonly DecisionMade[];
  /** Codes of the dead letters, in order. */
  readonly letters: readonly string[];
  /** Events that came late, by source. */
  readonly late: ReadonlyMap<string, number>;
  /** Reached in event time, by feed. */
  readonly watermarks: Readonly<Record<string, number>>;
}

export interface EngineRunOptions {
  /** When the first record is appended, ms; each later one a millisecond after the one before. */
  readonly appendedAtMs: number;
  readonly batchSize?: number;
  /** How long the engine is left at rest after the last record, so that timers have their turn. Default: not at all. */
  readonly restMs?: number;
}

const SHARD = { topology: CUSTOMER_TOPOLOGY, partition: 0 };

/** Appends the events in this order and lets the real engine fold them, among fakes and under virtual time. */
export async function runEngine(
  policy: CompiledPolicy,
  events: readonly Event[],
  { appendedAtMs, batchSize = 1_000, restMs = 0 }: EngineRunOptions,
): Promise<EngineRun> {
  const clock = createVirtualClock(appendedAtMs);
  const broker = createFakeBroker(clock);
  const topology = topologyOf(policy);
  const store = createFakeShardStore({ codecVersion: topology.codecVersion });
  const late = new Map<string, number>();
  const [positions] = broker.initialise([...CUSTOMER_INPUTS, DECISION_TOPIC], 1);
  const { [DECISION_TOPIC]: relay, ...inputs } = positions ?? {};
  if (!relay) throw new Error('the decision log was not initialised');
  const meta = { clusterId: broker.clusterId, partitionCount: 1, inputs, relay, watermarks: {} };
  await store.initialise(SHARD, { minCodec: topology.codecVersion, ...meta });
  for (const event of events) {
    const topic = schemaEntry(event.type)?.topic ?? '';
    broker.append(topic, 0, { key: Buffer.from(event.customerId), value: encodeEvent(event) });
    await clock.advance(1);
  }
  const engine = createEngine(
    {
      topology,
      log: broker.member('worker'),
      output: broker.output(),
      store,
      queue: createFakeContactQueue(),
      clock,
      observer: {
        phase: () => undefined,
        committed(_, batch) {
          for (const [source, count] of batch.late) late.set(source, (late.get(source) ?? 0) + count);
        },
        trouble(_, code, message) {
          throw new Error(`${code}: ${message}`);
        },
        configured: () => undefined,
        released: () => undefined,
      },
    },
    { partitionCount: 1, deadLetterTopic: DEAD_LETTER_TOPIC, batchSize },
  );
  await engine.start();
  broker.assign({ worker: [0] });
  const ends = new Map(CUSTOMER_INPUTS.map((topic) => [topic, broker.records(topic, 0).length]));
  for (let waitedMs = 0; !(await isFolded()); waitedMs += 100) {
    if (waitedMs > 60_000) throw new Error('the log was not folded within a minute');
    await clock.advance(100);
  }
  for (let restedMs = 0; restedMs < restMs; restedMs += 100) await clock.advance(100);
  const states = new Map<string, Buffer>();
  const told = new Map<string, readonly Buffer[]>();
  for (const id of store.entityIds(SHARD)) {
    const { bytes } = await store.readState(SHARD, id);
    if (bytes) states.set(id, bytes);
    told.set(id, await store.readTold(SHARD, id));
  }
  const watermarks = (await store.readMeta(SHARD))?.watermarks ?? {};
  const letters = broker
    .records(DEAD_LETTER_TOPIC, 0)
    .map(({ headers }) => String(headers['__connect.errors.exception.class.name']));
  // The first record of the log is init's.
  const decisions = broker
    .records(DECISION_TOPIC, 0)
    .slice(1)
    .map(({ value }) => decodeDecision(value));
  const closing = engine.close();
  await clock.advance(5_000);
  await closing;
  return { states, told, decisions, letters, late, watermarks };

  async function isFolded(): Promise<boolean> {
    const found = await store.readMeta(SHARD);
    const isRead = [...ends].every(([topic, end]) => (found?.inputs[topic]?.nextOffset ?? 0) >= end);
    return isRead && store.outboxLength(SHARD) === 0;
  }
}
