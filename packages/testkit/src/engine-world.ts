import {
  type Configuration,
  createEngine,
  decodeJournal,
  type Engine,
  type EngineOptions,
  type JournalLine,
  partitionOf,
  type Rules,
  type StepContext,
  type StopReason,
  type Topology,
} from '@holdfast/engine';
import { createFakeBroker, type FakeBroker } from './fake-log.ts';
import { createFakeContactQueue, type FakeContactQueue } from './fake-queue.ts';
import { createFakeShardStore, type FakeShardStore, type FakeStoreOptions } from './fake-store.ts';
import { createShardMemory, type ShardMemory } from './shard-memory.ts';
import {
  createTallyTopology,
  TALLY_DECISIONS,
  TALLY_INPUTS,
  type Tally,
  type TallyEvent,
  tallyMessage,
} from './tally-topology.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export const WORLD_START_MS = 1_700_000_000_000;
export const WORLD_DEAD_LETTERS = 'out.dead-letter';

/** The real engine among fakes, under virtual time. */
export interface EngineWorld {
  readonly clock: VirtualClock;
  readonly broker: FakeBroker;
  readonly store: FakeShardStore;
  readonly queue: FakeContactQueue;
  readonly partitions: number;
  /** Reasons shards stopped for, and codes of troubles, in order. */
  readonly stops: { readonly partition: number; readonly reason: StopReason }[];
  readonly troubles: string[];
  /** Starts a worker; it serves what `broker.assign` gives it. */
  worker(name: string, topology?: Topology<Tally, TallyEvent>): Promise<Engine>;
  /** Appends an event to a topic, at the partition of its customer unless told otherwise. */
  send(
    event: Partial<TallyEvent> & { readonly id: string },
    place?: { topic?: string; partition?: number; key?: Buffer | null },
  ): void;
  state(customerId: string): Promise<Tally | null>;
  /** Every record of the inputs is folded, no effect is waiting. */
  settled(): Promise<boolean>;
  /** Runs until settled. */
  settle(withinMs?: number): Promise<void>;
  /** States, by customer, of a clean fold of the journal. */
  cleanFold(): Map<string, Tally>;
  /** What a clean fold of the journal makes a shard keep beside its customers. */
  cleanMemory(partition: number): ShardMemory;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly partitions?: number;
  readonly store?: FakeStoreOptions;
  readonly engine?: Partial<EngineOptions>;
}

export function createEngineWorld(options: WorldOptions = {}): EngineWorld {
  const partitions = options.partitions ?? 2;
  const clock = createVirtualClock(WORLD_START_MS);
  const broker = createFakeBroker(clock);
  const store = createFakeShardStore(options.store);
  const queue = createFakeContactQueue();
  const stops: EngineWorld['stops'] = [];
  const troubles: string[] = [];
  const engines: Engine[] = [];
  const topology = createTallyTopology();

  broker.initialise([...TALLY_INPUTS, TALLY_DECISIONS], partitions).forEach((positions, partition) => {
    const { [TALLY_DECISIONS]: relay, ...inputs } = positions;
    if (!relay) throw new Error('the decision log was not initialised');
    const meta = {
      minCodec: 1,
      clusterId: broker.clusterId,
      partitionCount: partitions,
      inputs,
      relay,
      watermarks: {},
    };
    void store.initialise({ topology: 'tally', partition }, meta);
  });

  const shardOf = (customerId: string) => ({
    topology: 'tally',
    partition: partitionOf(Buffer.from(customerId), partitions),
  });

  const settled = async () => {
    for (let partition = 0; partition < partitions; partition++) {
      const meta = await store.readMeta({ topology: 'tally', partition });
      if (!meta || store.outboxLength({ topology: 'tally', partition }) > 0) return false;
      for (const topic of TALLY_INPUTS) {
        const last = broker.records(topic, partition).at(-1);
        if (last && (meta.inputs[topic]?.nextOffset ?? 0) <= last.offset) return false;
      }
    }
    return true;
  };

  return {
    clock,
    broker,
    store,
    queue,
    partitions,
    stops,
    troubles,
    settled,
    async worker(name, rules = topology) {
      const engine = createEngine(
        {
          topology: rules,
          log: broker.member(name),
          output: broker.output(),
          store: store.withCodecVersion(rules.codecVersion),
          queue,
          clock,
          observer: {
            phase(shard, phase, detail) {
              if (phase === 'stopped') stops.push({ partition: shard.partition, reason: detail?.reason as StopReason });
            },
            committed: () => undefined,
            trouble: (_, code) => void troubles.push(code),
            configured: () => undefined,
            released: () => undefined,
          },
        },
        {
          partitionCount: partitions,
          deadLetterTopic: WORLD_DEAD_LETTERS,
          graceMs: 0,
          journal: true,
          ...options.engine,
        },
      );
      engines.push(engine);
      await engine.start();
      return engine;
    },
    send(given, place = {}) {
      const event: TallyEvent = { customerId: 'alice', occurredAt: clock.now(), ...given };
      const message = tallyMessage(event);
      const partition = place.partition ?? partitionOf(message.key, partitions);
      broker.append(place.topic ?? 'in.a', partition, { ...message, ...('key' in place ? { key: place.key } : {}) });
    },
    async state(customerId) {
      const { bytes } = await store.readState(shardOf(customerId), customerId);
      return bytes ? topology.read(customerId, bytes) : null;
    },
    async settle(withinMs = 120_000) {
      let isSettled = await settled();
      const endMs = clock.now() + withinMs;
      while (!isSettled) {
        if (clock.now() > endMs)
          throw new Error(`not settled within ${withinMs} ms; troubles: ${troubles.slice(-5).join(', ')}`);
        await clock.advance(100);
        isSettled = await settled();
      }
    },
    cleanFold() {
      const states = new Map<string, Tally>();
      for (let partition = 0; partition < partitions; partition++) {
        const lines = store.journal({ topology: 'tally', partition }).flatMap(decodeJournal);
        foldLines(lines, partition, states);
      }
      return states;
    },
    cleanMemory(partition) {
      const lines = store.journal({ topology: 'tally', partition }).flatMap(decodeJournal);
      return foldLines(lines, partition, new Map());
    },
    async close() {
      const closing = Promise.all(engines.map((engine) => engine.close()));
      await clock.advance(5_000);
      await closing;
    },
  };

  function foldLines(lines: readonly JournalLine[], partition: number, states: Map<string, Tally>): ShardMemory {
    const open = (id: string) => {
      const state = states.get(id) ?? topology.create(id);
      states.set(id, state);
      return state;
    };
    const memory = createShardMemory();
    let watermark: number | undefined;
    let rules: Rules<Tally, TallyEvent> = topology;
    let inForce: Configuration | undefined;
    const contextOf = (entityId: string, nowMs: number): StepContext => ({
      entityId,
      partition,
      partitionCount: partitions,
      nowMs,
      watermark: () => watermark,
      tally: (name) => memory.tally(name, nowMs),
      setting: memory.setting,
    });
    for (const line of lines) {
      if ('timer' in line) {
        const effects = rules.step(open(line.timer), { kind: 'timer' }, contextOf(line.timer, line.nowMs));
        memory.change(effects.tallies);
      } else if ('topic' in line) {
        const record = broker.records(line.topic, partition).find((candidate) => candidate.offset === line.offset);
        const decoded = record ? topology.decode(record) : undefined;
        if (record && decoded && 'kind' in decoded && decoded.kind === 'configuration') {
          const place = { atMs: record.appendTime, watermarks: new Map<string, number>() };
          const taken = topology.configuration?.take(decoded, inForce, place);
          if (taken?.kind === 'taken') [rules, inForce] = [taken.rules, taken.kept];
          continue;
        }
        if (!record || !decoded || decoded instanceof Promise) continue;
        if (decoded.kind === 'setting') memory.set(decoded.name, decoded.text);
        if (decoded.kind === 'shard-event' && !decoded.event.bomb) {
          const told = rules.stepShard?.(decoded.event, contextOf('', record.appendTime));
          if (told && !('refused' in told)) memory.change(told.tallies);
        }
        if (decoded.kind !== 'event' || decoded.event.bomb) continue;
        const { entityId, event, identity } = decoded;
        watermark = Math.max(watermark ?? 0, Math.min(identity.occurredAt, record.appendTime));
        const stimulus = { kind: 'event', event, identity, isLate: false } as const;
        memory.change(rules.step(open(entityId), stimulus, contextOf(entityId, record.appendTime)).tallies);
      }
    }
    return memory;
  }
}
