import type { Action, ActionName } from './actions.ts';
import { createDirector } from './director.ts';
import { createRandom, type Random } from './random.ts';
import { settle } from './rest.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { type Profile, play, wander } from './schedule.ts';
import { createWorld, type World } from './world.ts';

export interface Run {
  readonly seed: number;
  /** Undefined when every promise was kept. */
  readonly violation: string | undefined;
  readonly trace: readonly Action[];
  readonly isProxied: boolean;
}

/** Share of schedules that begin as a story, bent: steps left out, others put in. */
const BENT_SHARE = 0.4;

const COMMON: readonly ActionName[] = ['!crash', '!pause', '!rebalance', '!rejoin', '!lose', '!lose', '!disconnect'];
const ROLLBACKS: readonly ActionName[] = ['!failover', '!restore'];
const OTHERS: readonly ActionName[] = [
  '!drop',
  '!fetch-error',
  '!rewind',
  '!stale',
  '!clock',
  '!dispatcher-crash',
  '!stall',
];
const WOUNDS: readonly ActionName[] = ['!wipe', '!recreate', '!truncate'];

function profileOf(random: Random): Profile {
  const kinds = [...COMMON, ...OTHERS];
  if (random.chance(0.5)) kinds.push(...ROLLBACKS, ...ROLLBACKS);
  if (random.chance(0.12)) kinds.push(...WOUNDS);
  return {
    steps: 20 + random.below(random.chance(0.2) ? 120 : 45),
    faults: random.below(5),
    faultiness: 0.03 + random.below(20) / 100,
    kinds,
    events: 1 + random.below(5),
  };
}

/** One schedule from its seed: the same seed gives the same run. */
export function explore(seed: number): Run {
  const random = createRandom(seed);
  const scenario = random.chance(BENT_SHARE) ? random.pick(SCENARIOS) : undefined;
  const isProxied = random.chance(0.25) || (scenario?.isProxied ?? false);
  const world = createWorld({ isProxied });
  const trace: Action[] = [];
  const profile = profileOf(random);
  play(world, ['up', 0], trace);
  if (scenario) {
    play(world, ['up', 1], trace);
    const cut = random.chance(0.5) ? Number.POSITIVE_INFINITY : 5 + random.below(50);
    scenario.tell(createDirector(world, trace, { random, looseness: random.below(12) / 100, cut }), world);
    wander(world, random, { ...profile, steps: profile.steps >> 1, events: random.below(3) }, trace);
  } else wander(world, random, profile, trace);
  return finish(world, seed, isProxied, trace);
}

/** One story told to its end, and nothing else. */
export function stage(scenario: Scenario): Run {
  const isProxied = scenario.isProxied ?? false;
  const world = createWorld({ isProxied });
  const trace: Action[] = [];
  play(world, ['up', 0], trace);
  play(world, ['up', 1], trace);
  scenario.tell(createDirector(world, trace), world);
  return finish(world, 0, isProxied, trace);
}

function finish(world: World, seed: number, isProxied: boolean, trace: readonly Action[]): Run {
  if (!world.witness.violation()) settle(world);
  return { seed, violation: world.witness.violation(), trace, isProxied };
}

/** Plays a list of actions instead of a seed. */
export function replay(run: Pick<Run, 'seed' | 'isProxied'>, actions: readonly Action[]): Run {
  const world = createWorld({ isProxied: run.isProxied });
  const trace: Action[] = [];
  for (const action of actions) {
    if (world.witness.violation()) break;
    play(world, action, trace);
  }
  return finish(world, run.seed, run.isProxied, trace);
}

/** Leaves out actions as long as the same promise is still broken. */
export function shrink(run: Run): Run {
  let shortest = run;
  for (let size = Math.ceil(run.trace.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let from = 0; from < shortest.trace.length; ) {
      const shorter = [...shortest.trace.slice(0, from), ...shortest.trace.slice(from + size)];
      const again = replay(run, shorter);
      if (again.violation === run.violation) shortest = again;
      else from += size;
    }
  }
  return shortest;
}
