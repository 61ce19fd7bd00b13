import { type Action, type ActionName, apply, canFetch, EVENT_KINDS, TOPICS } from './actions.ts';
import { drain } from './drain.ts';
import { CONFIGURATIONS } from './ledger.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What the random part of a schedule does. */
export interface Profile {
  readonly steps: number;
  /** Faults at the most. */
  readonly faults: number;
  /** How likely a step is a fault while some are left. */
  readonly faultiness: number;
  readonly kinds: readonly ActionName[];
  /** Events sent at the most. */
  readonly events: number;
}

/** How soon a request that nobody waits for arrives, per step. */
const LATENESS = 0.1;
/** Of what is appended so much is about the shard and nobody: it configures it, or is kept by it, or asks it. */
const SHARD_SHARE = 0.4;
/** What counts as an event. */
const APPENDING: readonly ActionName[] = ['send', 'configure', 'set', 'ask'];
const TIMES_MS = [1, 40, 210, 310, 520, 1_100, 5_100];

/** Plays an action and lets everybody react to it; answers whether it applied. */
export function play(world: World, action: Action, trace: Action[]): boolean {
  if (!apply(world, action)) return false;
  trace.push(action);
  drain();
  return true;
}

/** The random part: one action after the other among those that apply. */
export function wander(world: World, random: Random, profile: Profile, trace: Action[]): void {
  const left = { faults: profile.faults, events: profile.events };
  for (let step = 0; step < profile.steps && !world.witness.violation(); step++) {
    const action = choose(world, random, profile, left);
    if (!play(world, action, trace)) continue;
    if (action[0].startsWith('!')) left.faults -= 1;
    if (APPENDING.includes(action[0])) left.events -= 1;
  }
}

function choose(
  world: World,
  random: Random,
  profile: Profile,
  left: { readonly faults: number; readonly events: number },
): Action {
  if (left.faults > 0 && random.chance(profile.faultiness)) return fault(world, random, random.pick(profile.kinds));
  const candidates = enabled(world, random);
  if (left.events > 0) candidates.push(event(random));
  if (candidates.length === 0 || random.chance(0.06)) return ['time', random.pick(TIMES_MS)];
  return random.pick(candidates);
}

export function event(random: Random): Action {
  if (random.chance(SHARD_SHARE)) return shardRecord(random);
  return ['send', random.below(EVENT_KINDS.length), random.below(3), random.below(2)];
}

function shardRecord(random: Random): Action {
  const topic = random.below(2);
  if (random.chance(0.6)) return ['configure', random.below(CONFIGURATIONS.length), topic];
  return [random.chance(0.5) ? 'set' : 'ask', topic];
}

/** What may happen next without a fault. */
export function enabled(world: World, random: Random): Action[] {
  const actions: Action[] = [];
  for (const call of world.wire.calls) {
    if (call.isOrphan) {
      if (random.chance(LATENESS)) actions.push(['run', call.actor.id, call.number]);
    } else if (world.wire.canExecute(call)) actions.push(['run', call.actor.id, call.number]);
    else if (world.wire.canReply(call)) actions.push(['answer', call.actor.id, call.number]);
  }
  const woken = new Map<number, number>();
  for (const { actor } of world.clock.due()) {
    const which = woken.get(actor.id) ?? 0;
    woken.set(actor.id, which + 1);
    actions.push(['wake', actor.id, which]);
  }
  for (const [slot, worker] of world.workers.entries()) {
    if (!worker) {
      if (slot === world.owner || random.chance(0.1)) actions.push(['up', slot]);
    } else if (worker.actor.isPaused) {
      if (random.chance(0.1)) actions.push(['resume', slot]);
    } else {
      if (worker.member.isAssigned !== (world.owner === slot)) actions.push(['tell', slot]);
      for (let topic = 0; topic < TOPICS.length; topic++) {
        if (worker.member.disturbed.has(TOPICS[topic] ?? '')) actions.push(['disturb', slot, topic]);
        else if (canFetch(world, worker, topic)) actions.push(['fetch', slot, topic, 1 + random.below(3)]);
      }
    }
  }
  let index = 0;
  for (const { status, atMs } of world.queue.jobs.values()) {
    if (status === 'waiting' && atMs <= world.clock.nowMs()) actions.push(['take', index]);
    if (status === 'done' && random.chance(0.3)) actions.push(['expire', index]);
    index += 1;
  }
  if (random.chance(0.1)) actions.push([random.chance(0.7) ? 'replicate' : 'backup']);
  return actions;
}

function fault(world: World, random: Random, name: ActionName): Action {
  switch (name) {
    case '!lose': {
      const { calls } = world.wire;
      const call = calls[random.below(calls.length)];
      return call ? [name, call.actor.id, call.number, random.below(3)] : ['time', 1];
    }
    case '!recreate':
      return [name, random.below(2), random.below(6)];
    case '!clock':
      return [name, random.below(2), random.pick([-4_000, -300, 300, 4_000])];
    case '!rewind':
      return [name, random.below(2), random.below(2), 1 + random.below(3)];
    case '!dispatcher-crash':
    case '!stall':
      return [name, 0];
    default:
      return [name, random.below(2), random.below(2)];
  }
}
