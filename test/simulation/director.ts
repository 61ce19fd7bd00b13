import { type Action, canFetch, TOPICS } from './actions.ts';
import { INPUTS } from './ledger.ts';
import type { Random } from './random.ts';
import { enabled, play } from './schedule.ts';
import type { Call } from './wire.ts';
import type { World } from './world.ts';

/** Leads a world along a written story: single actions, and one worker at a time up to a certain point. */
export interface Director {
  act(...action: Action): void;
  /**
   * Lets only the worker of the slot move until the condition holds. `hold` names what is not to happen meanwhile: calls
   * by their label, inputs by their topic (they are verified, but nothing new is read), `tell` for the group's word.
   */
  drive(slot: number, until: (world: World) => boolean, hold?: readonly string[]): void;
  /** The job whose contact ends so is taken and handled to its end. */
  deliver(suffix: string): void;
}

export interface Bend {
  readonly random: Random;
  /** How likely an action is left out, or one put in that is not in the story. */
  readonly looseness: number;
  /** The story is left after so many actions. */
  readonly cut: number;
}

const MOST_MOVES = 120;

/** Unbent, a story that does not get where it wants to is an error. */
export function createDirector(world: World, trace: Action[], bend?: Bend): Director {
  let told = 0;
  const isOver = () => world.witness.violation() !== undefined || (bend !== undefined && told >= bend.cut);

  const stray = () => {
    if (!bend?.random.chance(bend.looseness)) return;
    const actions = enabled(world, bend.random);
    if (actions.length > 0) play(world, bend.random.pick(actions), trace);
  };

  const act = (...action: Action) => {
    if (isOver()) return;
    told += 1;
    stray();
    if (bend?.random.chance(bend.looseness / 2)) return;
    if (!play(world, action, trace) && !bend) throw new Error(`the story cannot go on with ${action.join(' ')}`);
  };

  const drive: Director['drive'] = (slot, until, given = []) => {
    if (isOver()) return;
    stray();
    const hold = bend?.random.chance(bend.looseness) ? [] : given;
    for (let moves = 0; moves < MOST_MOVES && !isOver() && !until(world); moves++) {
      const action = nextOf(world, slot, hold);
      if (action === undefined || !play(world, action, trace)) break;
      told += 0.25;
    }
    if (!bend && !isOver() && !until(world)) throw new Error(`the story does not get on after ${trace.length} actions`);
  };

  return {
    act,
    drive,
    deliver(suffix) {
      const index = [...world.queue.jobs.keys()].findIndex((id) => id.endsWith(suffix));
      if (index < 0) {
        if (!bend) throw new Error(`no job of ${suffix}`);
        return;
      }
      act('take', index);
      const actor = world.dispatch.handlers.at(-1)?.actor;
      for (let moves = 0; moves < 20 && actor && !isOver(); moves++) {
        const call = world.wire.calls.find((one) => one.actor === actor);
        if (!call) return;
        play(world, [call.isExecuted ? 'answer' : 'run', actor.id, call.number], trace);
      }
    },
  };
}

/** The next move of one worker; time passes when it waits for nothing else. */
function nextOf(world: World, slot: number, hold: readonly string[]): Action | undefined {
  const worker = world.workers[slot];
  if (!worker || worker.actor.isPaused) return undefined;
  const { actor, member } = worker;
  if (member.isAssigned !== (world.owner === slot) && !hold.includes('tell')) return ['tell', slot];
  for (const call of world.wire.calls) {
    if (call.actor !== actor || call.isOrphan) continue;
    if (world.wire.canReply(call)) return ['answer', actor.id, call.number];
    if (world.wire.canExecute(call) && !hold.includes(call.label)) return ['run', actor.id, call.number];
  }
  if (world.clock.due().some((sleeper) => sleeper.actor === actor)) return ['wake', actor.id, 0];
  for (const [index, topic] of TOPICS.entries()) {
    if (member.disturbed.has(topic)) return ['disturb', slot, index];
    if (!canFetch(world, worker, index)) continue;
    const known = world.store.shard()?.meta().inputs[topic]?.nextOffset ?? 0;
    const isNew = INPUTS.includes(topic as (typeof INPUTS)[number]) && (member.cursor(topic) ?? 0) >= known;
    if (!isNew || !hold.includes(topic)) return ['fetch', slot, index, 1];
  }
  const nextMs = world.clock.nextMs();
  return nextMs === undefined ? undefined : ['time', Math.max(1, nextMs - world.clock.nowMs())];
}

/** The worker serves the shard. */
export function runs(slot: number): (world: World) => boolean {
  return (world) => world.workers[slot]?.phase === 'running';
}

/** The worker has sent a call of that label, and it was not executed yet. */
export function sends(slot: number, label: string): (world: World) => boolean {
  return (world) => callsOf(world, slot).some((call) => call.label === label && !call.isExecuted);
}

/** So many records are folded, the first ones written by init aside. */
export function folded(count: number): (world: World) => boolean {
  return ({ store }) => {
    const positions = Object.values(store.shard()?.meta().inputs ?? {});
    return positions.reduce((sum, { nextOffset }) => sum + nextOffset - 1, 0) >= count;
  };
}

/** Nothing waits in the outbox. */
export function released(world: World): boolean {
  return world.store.shard()?.outboxLength() === 0;
}

function callsOf(world: World, slot: number): readonly Call[] {
  const actor = world.workers[slot]?.actor;
  return world.wire.calls.filter((call) => call.actor === actor && !call.isOrphan);
}
