import type { OutboundStreams, StreamHeads, SubscriptionStore } from '@holdfast/redis';
import { isSending, type Subscription } from '../subscription.ts';
import type { SubscriptionRegister } from '../subscription-register.ts';
import { createRunner, type Runner, type RunnerDeps, type RunnerOptions } from './runner.ts';
import type { Sender } from './sender.ts';
import { createSignal } from './signal.ts';

export interface DelivererDeps extends Omit<RunnerDeps, 'sender' | 'streams' | 'stop' | 'stale'> {
  readonly store: Pick<SubscriptionStore, 'revision' | 'join' | 'leave' | 'lease' | 'release'>;
  readonly register: Pick<SubscriptionRegister, 'list' | 'stop'>;
  readonly streams: Pick<OutboundStreams, 'read' | 'isTrimmed' | 'watch'>;
  createSender(): Sender;
  /** Nothing more is sent to a subscription, and not because somebody asked for it. */
  stopped(id: string, why: 'gone' | 'undelivered'): void;
}

export interface DelivererOptions extends RunnerOptions {
  /** Of this process, among all that send. */
  readonly member: string;
  readonly leaseMs: number;
  /** How often leases are renewed and changes looked for. */
  readonly tickMs: number;
}

/** Sends for all subscriptions, together with the other gateways: each subscription is under the care of one of them. */
export interface Deliverer {
  start(): void;
  /** Messages that wait, by subscription in this process' care. */
  waiting(): Iterable<readonly [id: string, count: number]>;
  /** Finishes tries under way, for a while, and hands its subscriptions over. */
  close(): Promise<void>;
}

export function createDeliverer(deps: DelivererDeps, options: DelivererOptions): Deliverer {
  const { store, register, streams, now } = deps;
  const { member, leaseMs, tickMs } = options;
  const closing = new AbortController();
  const runners = new Map<string, Runner>();
  /** Not to be opened again before their lease was given back. */
  const dropping = new Set<string>();
  let known: readonly Subscription[] = [];
  let revision = '';
  const due = createSignal();
  let heads: StreamHeads | undefined;
  let loops: Promise<unknown> = Promise.resolve();

  const runnerDeps: Omit<RunnerDeps, 'sender'> = {
    ...deps,
    stale: due.raise,
    async stop(id, why) {
      if ((await register.stop(id, why, now())) && why !== 'asked') deps.stopped(id, why);
    },
  };
  const open = (subscription: Subscription) => {
    const current = { subscription, revision };
    const lease = { id: subscription.id, owner: member };
    const runner = createRunner(current, lease, { ...runnerDeps, sender: deps.createSender() }, options);
    runners.set(subscription.id, runner);
    runner.wake(heads);
  };
  /** In the background: one that waits for its receiver must not keep the others. */
  const drop = async (id: string): Promise<void> => {
    const runner = runners.get(id);
    if (runner === undefined) return;
    runners.delete(id);
    dropping.add(id);
    await runner.close().catch(deps.failed);
    await store.release(id, member).catch(deps.failed);
    dropping.delete(id);
  };

  const tick = async (): Promise<void> => {
    const members = await store.join(member, now(), leaseMs);
    const current = await store.revision();
    if (current !== revision) {
      known = (await register.list()).filter(isSending);
      revision = current;
      const sending = new Map(known.map((subscription) => [subscription.id, subscription]));
      for (const [id, runner] of runners) {
        const subscription = sending.get(id);
        if (subscription === undefined) void drop(id);
        else runner.update({ subscription, revision });
      }
    }
    const share = Math.ceil(known.length / Math.max(1, members));
    for (const id of [...runners.keys()].slice(share)) void drop(id);
    await Promise.all([...runners.keys()].map(renew));
    for (const subscription of inOwnOrder(known, member)) {
      if (runners.size >= share || closing.signal.aborted) return;
      if (runners.has(subscription.id) || dropping.has(subscription.id)) continue;
      if ((await store.lease(subscription.id, member, leaseMs)) === 'leased') open(subscription);
    }
  };
  const renew = async (id: string) => {
    const isHeld = (await store.lease(id, member, leaseMs)) === 'leased';
    if (!isHeld || !runners.get(id)?.isRunning()) void drop(id);
  };

  const keep = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await tick().catch(deps.failed);
      await due.wait(tickMs);
    }
  };
  const follow = async (): Promise<void> => {
    for await (const next of streams.watch(closing.signal)) {
      heads = next;
      for (const runner of runners.values()) runner.wake(next);
    }
  };

  return {
    start() {
      loops = Promise.all([keep(), follow()]);
    },
    waiting: () => [...runners].map(([id, runner]) => [id, runner.waiting()] as const),
    async close() {
      closing.abort();
      due.raise();
      await loops;
      await Promise.all([...runners.keys()].map(drop));
      await store.leave(member).catch(deps.failed);
    },
  };
}

/** Gateways that look for work at the same time begin at different ends. */
function inOwnOrder(all: readonly Subscription[], member: string): readonly Subscription[] {
  const start = [...member].reduce((sum, character) => sum + character.charCodeAt(0), 0) % Math.max(1, all.length);
  return [...all.slice(start), ...all.slice(0, start)];
}
