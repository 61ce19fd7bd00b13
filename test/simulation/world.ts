import { createEngine, type Engine, type ShardPhase, type StopReason } from '@holdfast/engine';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { assertDrains } from './drain.ts';
import {
  type CHANNEL_OF,
  CONFIGURATIONS,
  configurationMessage,
  DECISIONS,
  INPUTS,
  LEDGER,
  type LedgerEvent,
  type LedgerEventKind,
  ledgerMessage,
  settingMessage,
  toldMessage,
} from './ledger.ts';
import { createSimClock, type SimClock } from './sim-clock.ts';
import { createSimLog, type Member, type SimLog } from './sim-log.ts';
import { createSimQueue, type SimQueue } from './sim-queue.ts';
import { createSimStore, type SimStore, type StoreImage } from './sim-store.ts';
import { type Actor, createWire, type Wire } from './wire.ts';
import { createWitness, type Witness } from './witness.ts';

/** One life of a worker process in one of the two places for workers. */
export interface Worker {
  readonly actor: Actor;
  readonly slot: number;
  readonly member: Member;
  /** How far its clock is ahead, ms. */
  skewMs: number;
  phase: ShardPhase;
  stopReason: StopReason | undefined;
}

/** The real engine and the real delivery among parts that do nothing until the scheduler says so. */
export interface World {
  readonly wire: Wire;
  readonly clock: SimClock;
  readonly log: SimLog;
  readonly store: SimStore;
  readonly queue: SimQueue;
  readonly dispatch: Dispatch;
  readonly witness: Witness;
  /** Present life per slot; undefined while it is down. */
  readonly workers: (Worker | undefined)[];
  /** Slot to which the group gives the partition. */
  owner: number;
  /** Connections survive what happens to the store behind them. */
  readonly isProxied: boolean;
  /** What was done to the log or the store that must stop the shard. */
  readonly wounds: Set<'wiped' | 'recreated' | 'truncated'>;
  /** What a failover would go back to, and what the operator would restore. */
  replica: StoreImage | undefined;
  backup: StoreImage | undefined;
  start(slot: number): void;
  crash(slot: number): void;
  /** Appends a setting to an input, or a question to the shard itself. */
  set(topic: number): void;
  ask(topic: number): void;
  /** Appends a configuration of the list to an input. */
  configure(which: number, topic: number): void;
  send(event: { kind: LedgerEventKind; customerId: keyof typeof CHANNEL_OF; topic: number }): void;
}

export const START_MS = 1_700_000_000_000;
const ENGINE_OPTIONS = {
  partitionCount: 1,
  deadLetterTopic: 'out.dead',
  graceMs: 0,
  journal: true,
  // Workers come and go here for no fault of a record.
  quarantineAfter: Number.MAX_SAFE_INTEGER,
  cacheBytes: 4_096,
  // One customer after the other.
  sweepSlice: 1,
};

export function createWorld({ isProxied = false }: { readonly isProxied?: boolean } = {}): World {
  assertDrains();
  const witness = createWitness();
  const clock = createSimClock(START_MS);
  const wire = createWire((call) => witness.violated(`a ${call.label} was executed twice`));
  const workers: (Worker | undefined)[] = [undefined, undefined];
  const log = createSimLog({
    wire,
    clock,
    appended: witness.appended,
    isOwner: (actor) => workers[world.owner]?.actor === actor,
  });
  const { [DECISIONS]: relay, ...inputs } = log.initialise([...INPUTS, DECISIONS]);
  if (!relay) throw new Error('the decision log was not initialised');
  const store = createSimStore(
    {
      minCodec: 1,
      clusterId: log.clusterId,
      partitionCount: 1,
      inputs,
      relay,
      watermarks: {},
    },
    { wire, committed: witness.committed, violated: witness.violated },
  );
  const empty = store.image();
  const queue = createSimQueue(wire);
  let actors = 0;
  let events = 0;

  const newActor = (name: string): Actor => {
    actors += 1;
    return { id: actors, name, isAlive: true, isPaused: false, calls: 0 };
  };
  const dispatch = createDispatch({ wire, clock, log, store, queue, newActor, contacted: witness.contacted });

  const world: World = {
    wire,
    clock,
    log,
    store,
    queue,
    dispatch,
    witness,
    workers,
    owner: 0,
    isProxied,
    wounds: new Set(),
    replica: empty,
    backup: empty,
    start(slot) {
      const actor = newActor(`w${slot}`);
      const member = log.join(actor);
      const worker: Worker = { actor, slot, member, skewMs: 0, phase: 'closed', stopReason: undefined };
      workers[slot] = worker;
      void engineOf(worker).start();
    },
    crash(slot) {
      const worker = workers[slot];
      if (!worker) return;
      worker.actor.isAlive = false;
      wire.orphan(worker.actor);
      clock.forget(worker.actor);
      workers[slot] = undefined;
    },
    set(topic) {
      events += 1;
      log.append(INPUTS[topic] ?? INPUTS[0], settingMessage(`t${events}`));
    },
    ask(topic) {
      events += 1;
      const event = {
        kind: 'ask',
        id: `q${events}`,
        customerId: '',
        occurredAt: clock.nowMs(),
        contactId: '',
        detail: '',
      };
      log.append(INPUTS[topic] ?? INPUTS[0], toldMessage(event as LedgerEvent));
    },
    configure(which, topic) {
      const chosen = CONFIGURATIONS[which];
      if (!chosen) return;
      events += 1;
      log.append(INPUTS[topic] ?? INPUTS[0], configurationMessage({ ...chosen, name: `n${events}` }));
    },
    send({ kind, customerId, topic }) {
      events += 1;
      const event = { kind, id: `e${events}`, customerId, occurredAt: clock.nowMs(), contactId: '', detail: '' };
      log.append(INPUTS[topic] ?? INPUTS[0], ledgerMessage(event));
    },
  };

  const engineOf = (worker: Worker): Engine =>
    createEngine(
      {
        topology: LEDGER,
        log: worker.member.input,
        output: log.output(worker.actor),
        store: store.of(worker.actor),
        queue: queue.of(worker.actor),
        clock: clock.of(worker.actor, () => worker.skewMs),
        observer: {
          phase(_, phase, detail) {
            worker.phase = phase;
            if (phase === 'stopped') worker.stopReason = detail?.reason as StopReason;
          },
          committed: () => undefined,
          trouble: () => undefined,
          configured: () => undefined,
          released: () => undefined,
        },
      },
      ENGINE_OPTIONS,
    );

  return world;
}
