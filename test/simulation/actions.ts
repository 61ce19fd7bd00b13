import { CUSTOMERS, DECISIONS, INPUTS, type LedgerEventKind } from './ledger.ts';
import type { Call, Loss } from './wire.ts';
import type { Worker, World } from './world.ts';

/**
 * One step of a schedule: a name and numbers. A name with `!` is a fault. An action that does not apply where it is met
 * does nothing, so that a schedule stays playable when some of its actions are left out.
 */
export type Action = readonly [name: ActionName, a?: number, b?: number, c?: number];
export type ActionName = keyof typeof ACTIONS;

export const TOPICS = [...INPUTS, DECISIONS] as const;
export const EVENT_KINDS: readonly LedgerEventKind[] = ['plain', 'decide', 'wall', 'absence', 'bomb'];
export const LOSSES: readonly Loss[] = ['request', 'reply', 'late'];
/** Calls a story may name. */
export const LABELS = ['produce', 'commit', 'queue'];
const STORE_CALLS = new Set(['claim', 'read', 'commit', 'poll', 'sweep', 'outbox', 'trim', 'durable']);

/** Answers whether the action applied. */
export function apply(world: World, [name, a = 0, b = 0, c = 0]: Action): boolean {
  return ACTIONS[name](world, a, b, c);
}

type Apply = (world: World, a: number, b: number, c: number) => boolean;

const ACTIONS = {
  /** Actor, number of the call: it is executed. */
  run: (world, actor, number) => {
    const call = callOf(world, actor, number);
    if (!call || !world.wire.canExecute(call)) return false;
    world.wire.execute(call);
    return true;
  },
  /** The oldest request that nobody waits for any more arrives. */
  'run-late': (world) => {
    const call = world.wire.calls.find((one) => one.isOrphan);
    if (!call) return false;
    world.wire.execute(call);
    return true;
  },
  /** Actor, number of the call: its caller hears the answer. */
  answer: (world, actor, number) => {
    const call = callOf(world, actor, number);
    if (!call || !world.wire.canReply(call)) return false;
    world.wire.reply(call);
    return true;
  },
  /** Actor, which of its sleepers whose time has come. */
  wake: (world, actor, which) => {
    const sleeper = world.clock.due().filter((one) => one.actor.id === actor)[which];
    if (!sleeper) return false;
    world.clock.wake(sleeper);
    return true;
  },
  /** Slot, topic, most records. */
  fetch: (world, slot, topic, limit) => {
    const worker = hearing(world, slot);
    if (!worker || !canFetch(world, worker, topic)) return false;
    worker.member.fetch(TOPICS[topic] ?? '', limit);
    return true;
  },
  /** Slot: the group tells it what it has. */
  tell: (world, slot) => {
    const worker = hearing(world, slot);
    if (!worker || worker.member.isAssigned === (world.owner === slot)) return false;
    tell(world, worker);
    return true;
  },
  /** Slot, topic: its consumer learns that fetches failed. */
  disturb: (world, slot, topic) => {
    const worker = hearing(world, slot);
    const name = TOPICS[topic] ?? '';
    if (!worker?.member.disturbed.delete(name)) return false;
    worker.member.handler()?.disturbed(name, 0, 'fetch failed');
    return true;
  },
  /** Ms. */
  time: (world, ms) => {
    world.clock.advance(ms);
    return true;
  },
  /** Kind, customer, topic: somebody produces an event. */
  send: (world, kind, customer, topic) => {
    world.send({ kind: EVENT_KINDS[kind] ?? 'plain', customerId: CUSTOMERS[customer] ?? 'ida', topic });
    return true;
  },
  /** Topic: the shard is to keep something. */
  set: (world, topic) => {
    world.set(topic);
    return true;
  },
  /** Topic: the shard is asked for something. */
  ask: (world, topic) => {
    world.ask(topic);
    return true;
  },
  /** Which, topic: the operator configures the shard. */
  configure: (world, which, topic) => {
    world.configure(which, topic);
    return true;
  },
  /** The job of that number is handed to a dispatcher. */
  take: (world, index) => {
    const entry = [...world.queue.jobs.values()][index];
    if (entry?.status !== 'waiting' || entry.atMs > world.clock.nowMs()) return false;
    world.dispatch.take(entry);
    return true;
  },
  /** The queue forgets a finished job. */
  expire: (world, index) => {
    const entry = [...world.queue.jobs.values()][index];
    if (entry?.status !== 'done') return false;
    world.queue.expire(entry.job.contactId);
    return true;
  },
  up: (world, slot) => {
    if (world.workers[slot]) return false;
    world.start(slot);
    return true;
  },
  resume: (world, slot) => {
    const worker = world.workers[slot];
    if (!worker?.actor.isPaused) return false;
    worker.actor.isPaused = false;
    return true;
  },
  /** The replica has everything up to here. */
  replicate: (world) => {
    world.replica = world.store.image();
    return true;
  },
  backup: (world) => {
    world.backup = world.store.image();
    return true;
  },

  '!crash': (world, slot) => {
    if (!world.workers[slot]) return false;
    world.crash(slot);
    return true;
  },
  '!pause': (world, slot) => {
    const worker = hearing(world, slot);
    if (!worker) return false;
    worker.actor.isPaused = true;
    return true;
  },
  '!rebalance': (world) => {
    world.owner = 1 - world.owner;
    return true;
  },
  /** Slot: the group is formed anew, with the same assignment. */
  '!rejoin': (world, slot) => {
    const worker = hearing(world, slot);
    if (!worker?.member.isAssigned || world.owner !== slot) return false;
    tell(world, worker);
    return true;
  },
  /** Actor, number of the call, how. */
  '!lose': (world, actor, number, how) => {
    const call = callOf(world, actor, number);
    if (!call || call.isOrphan || call.actor.isPaused) return false;
    if (LOSSES[how] === 'request' && call.isExecuted) return false;
    if (call.actor.name === 'dispatcher') world.witness.dispatcherFaulted();
    world.wire.lose(call, LOSSES[how] ?? 'reply');
    return true;
  },
  /** Slot, which label, how: the worker's call of that label. */
  '!lose-of': (world, slot, label, how) => {
    const actor = world.workers[slot]?.actor;
    const call = world.wire.calls.find((one) => one.actor === actor && !one.isOrphan && one.label === LABELS[label]);
    if (!call) return false;
    world.wire.lose(call, LOSSES[how] ?? 'reply');
    return true;
  },
  /** Slot, whether what is under way still arrives. */
  '!disconnect': (world, slot, isLate) => {
    const worker = hearing(world, slot);
    if (!worker) return false;
    world.store.disconnect(worker.actor, isLate === 1);
    return true;
  },
  /** What nobody waits for never arrives. */
  '!drop': (world) => {
    const call = world.wire.calls.find((one) => one.isOrphan);
    if (!call) return false;
    world.wire.drop(call);
    return true;
  },
  '!failover': (world) => {
    if (!world.replica || !world.store.shard()) return false;
    breakConnections(world);
    world.witness.rolledBack();
    world.store.rollBack(world.replica);
    return true;
  },
  '!restore': (world) => {
    if (!world.backup || !world.store.shard()) return false;
    breakConnections(world);
    world.witness.rolledBack();
    world.store.restore(world.backup);
    world.replica = world.store.image();
    return true;
  },
  /** Slot, topic: the fetch fails. */
  '!fetch-error': (world, slot, topic) => {
    const worker = hearing(world, slot);
    if (!worker?.member.isAssigned) return false;
    worker.member.handler()?.disturbed(TOPICS[topic] ?? '', 0, 'fetch failed');
    return true;
  },
  /** Slot, topic, how many records come again. */
  '!rewind': (world, slot, topic, by) => {
    const worker = hearing(world, slot);
    if (!worker || !canFetch(world, worker, topic, true)) return false;
    worker.member.rewind(TOPICS[topic] ?? '', by);
    return true;
  },
  /** Slot: the broker that answers next is behind. */
  '!stale': (world, slot) => {
    const worker = hearing(world, slot);
    // Once: what two answers in a row say is believed.
    if (worker?.member.staleBounds !== 'never') return false;
    worker.member.staleBounds = 'next';
    return true;
  },
  /** Slot, ms by which its clock jumps. */
  '!clock': (world, slot, ms) => {
    const worker = hearing(world, slot);
    if (!worker) return false;
    worker.skewMs += ms;
    return true;
  },
  /** Which handler. */
  '!dispatcher-crash': (world, which) => {
    const handler = world.dispatch.handlers[which];
    if (!handler) return false;
    world.witness.dispatcherFaulted();
    world.dispatch.crash(handler);
    return true;
  },
  '!stall': (world, which) => {
    const handler = world.dispatch.handlers[which];
    if (handler?.entry.status !== 'active') return false;
    world.witness.dispatcherFaulted();
    world.dispatch.stall(handler);
    return true;
  },
  '!wipe': (world) => {
    if (!world.store.shard()) return false;
    breakConnections(world);
    world.store.wipe();
    world.wounds.add('wiped');
    return true;
  },
  /** Topic, records of somebody else in the new log. */
  '!recreate': (world, topic, count) => {
    const values = Array.from({ length: count }, (_, i) => ({
      key: Buffer.from('ida'),
      value: Buffer.from(`plain|other${i}|ida|${world.clock.nowMs()}||`),
      headers: {},
    }));
    world.log.recreate(INPUTS[topic] ?? INPUTS[0], values);
    world.wounds.add('recreated');
    return true;
  },
  /** Topic: everything in it is gone. */
  '!truncate': (world, topic) => {
    // A recreated log that begins exactly at the expected offset is the one no fingerprint sees.
    if (world.wounds.has('recreated')) return false;
    const name = INPUTS[topic] ?? INPUTS[0];
    world.log.truncate(name, world.log.records(name).length);
    world.wounds.add('truncated');
    return true;
  },
} as const satisfies Record<string, Apply>;

/** Whether a fetch of this worker would bring something. */
export function canFetch(world: World, { member }: Worker, topic: number, evenNothing = false): boolean {
  const name = TOPICS[topic] ?? '';
  if (!member.isAssigned) return false;
  const offset = member.cursor(name);
  return offset !== undefined && (evenNothing || offset !== world.log.records(name).length);
}

function hearing(world: World, slot: number): Worker | undefined {
  const worker = world.workers[slot];
  return worker?.actor.isPaused ? undefined : worker;
}

function tell(world: World, { member, slot }: Worker): void {
  member.isAssigned = world.owner === slot;
  member.handler()?.assigned(member.isAssigned ? [0] : []);
}

function callOf(world: World, actor: number, number: number): Call | undefined {
  return world.wire.calls.find((call) => call.actor.id === actor && call.number === number);
}

/** The server is another one now. Behind a proxy only what was under way is lost, and not even that is certain. */
function breakConnections(world: World): void {
  if (world.isProxied) return;
  for (const worker of world.workers) if (worker) world.store.disconnect(worker.actor, false);
  for (const call of world.wire.calls.filter((one) => one.isOrphan && STORE_CALLS.has(one.label))) {
    world.wire.drop(call);
  }
}
