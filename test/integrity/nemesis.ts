import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '@holdfast/cli';
import { eventually } from '@holdfast/testkit';
import type { Stack } from '@holdfast/testkit/stack';
import type { Chance } from './chance.ts';
import { type Supervised, supervise } from './supervised.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** What the nemesis may lay hands on. */
export interface Battlefield {
  readonly stack: Stack;
  readonly workers: readonly WiredWorker[];
  readonly dispatcher: Supervised;
  /** Between the services and Redis, all there are. */
  readonly wires: readonly TcpProxy[];
  startWorker(label: string): Promise<ServiceProcess>;
}

/** A worker with a wire to Redis of its own. */
export interface WiredWorker extends Supervised {
  readonly wire: TcpProxy;
}

/** One misfortune from its beginning until what it took away was given back. */
export interface Fault<Field = Battlefield> {
  readonly name: string;
  strike(field: Field, chance: Chance): Promise<void>;
}

export interface Strike {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The group takes a worker's partitions away when it was silent for this long, ms (the default of the worker's log). */
const SESSION_TIMEOUT_MS = 10_000;
/** A reply that takes longer counts as lost (the default of the worker's store), ms. */
const REPLY_TIMEOUT_MS = 5_000;

/** Of all requests only commits name the journal. */
const COMMIT_MARK = ':journal';

const killAndAwait = async (victim: Supervised) => {
  const process = await victim.running();
  process.signal('SIGKILL');
  await process.ended;
  await victim.running();
};

export const ZOMBIE: Fault = {
  name: 'worker stopped past its session, then woken (zombie)',
  async strike({ workers }, chance) {
    const process = await chance.of(workers).running();
    process.signal('SIGSTOP');
    await pause(SESSION_TIMEOUT_MS + chance.between(1_500, 4_000));
    process.signal('SIGCONT');
  },
};

/** The worst of them: commits that were on their way when he fell asleep arrive after another owner went on. */
export const LATE_ZOMBIE: Fault = {
  name: 'zombie whose last commits arrive when he wakes',
  async strike({ workers }, chance) {
    const worker = chance.of(workers);
    const process = await worker.running();
    worker.wire.holdFrom(COMMIT_MARK);
    const isHeld = () => {
      if (!worker.wire.isHolding) throw new Error('nothing was committed');
    };
    await eventually('a commit on its way', isHeld, { withinMs: SESSION_TIMEOUT_MS, everyMs: 5 }).catch(
      () => undefined,
    );
    // Other shards of his may send theirs, and none has time to give it up.
    await pause(chance.between(0, 1_000));
    process.signal('SIGSTOP');
    await pause(SESSION_TIMEOUT_MS + chance.between(1_500, 4_000));
    worker.wire.pass();
    process.signal('SIGCONT');
  },
};

/** What befalls processes of ours. */
export const PROCESS_FAULTS: readonly Fault[] = [
  ZOMBIE,
  LATE_ZOMBIE,
  { name: 'worker killed', strike: async ({ workers }, chance) => killAndAwait(chance.of(workers)) },
  { name: 'dispatcher killed', strike: async ({ dispatcher }) => killAndAwait(dispatcher) },
  {
    name: 'rolling restart of all workers',
    async strike({ workers }) {
      for (const worker of workers) {
        const process = await worker.running();
        process.signal('SIGTERM');
        await process.ended;
        await worker.running();
      }
    },
  },
  {
    name: 'worker joins and leaves',
    async strike({ startWorker }, chance) {
      const guest = supervise('guest', () => startWorker('guest'));
      await guest.running();
      await pause(chance.between(1_000, 5_000));
      await guest.retire();
    },
  },
];

/** What befalls the servers, and the wires to them. */
export const SERVER_FAULTS: readonly Fault<Pick<Battlefield, 'stack' | 'wires'>>[] = [
  {
    name: 'Redis restarted',
    async strike({ stack }) {
      await stack.redis.stop();
      await stack.redis.start();
    },
  },
  {
    name: 'Redis killed and started',
    async strike({ stack }) {
      await stack.redis.kill();
      await stack.redis.start();
    },
  },
  {
    name: 'Redis frozen',
    async strike({ stack }, chance) {
      await stack.redis.freeze();
      await pause(chance.between(1_000, REPLY_TIMEOUT_MS + 2_000));
      await stack.redis.thaw();
    },
  },
  {
    name: 'broker restarted',
    async strike({ stack }) {
      await stack.broker.stop();
      await stack.broker.start();
    },
  },
  {
    name: 'connections to Redis cut in the middle of a reply',
    async strike({ wires }, chance) {
      for (let i = 0; i < 4; i++) {
        for (const wire of wires) wire.cutReplyAfter(chance.between(0, 600));
        await pause(chance.between(100, 1_200));
      }
    },
  },
  {
    name: 'connections to Redis half open, then all of it arrives late',
    async strike({ wires }, chance) {
      for (const wire of wires) wire.hold();
      await pause(REPLY_TIMEOUT_MS + chance.between(500, 2_500));
      for (const wire of wires) wire.pass();
    },
  },
  {
    name: 'Redis slow',
    async strike({ wires }, chance) {
      const delayMs = chance.between(20, 250);
      for (const wire of wires) wire.delay(delayMs);
      await pause(chance.between(2_000, 5_000));
      for (const wire of wires) wire.delay(0);
    },
  },
];

export interface RageOptions<Field = Battlefield> {
  readonly seconds: number;
  readonly chance: Chance;
  readonly faults: readonly Fault<Field>[];
}

/** Strikes until the time is over: every fault once in random order, then again. One fault at a time per call. */
export async function rage<Field>(
  field: Field,
  { seconds, chance, faults }: RageOptions<Field>,
): Promise<readonly Strike[]> {
  const endMs = Date.now() + seconds * 1_000;
  const strikes: Strike[] = [];
  let deck: Fault<Field>[] = [];
  while (Date.now() < endMs) {
    if (deck.length === 0) deck = chance.shuffled(faults);
    const fault = deck.pop();
    if (!fault) break;
    const fromMs = Date.now();
    await fault.strike(field, chance);
    strikes.push({ name: fault.name, fromMs, toMs: Date.now() });
    await pause(chance.between(300, 2_500));
  }
  return strikes;
}

/** How often each fault struck. */
export function countStrikes(strikes: readonly Strike[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of strikes) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
