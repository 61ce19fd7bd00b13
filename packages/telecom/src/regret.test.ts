import type { Exploration } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import { MISJUDGED, type Regret, regretOf } from '../test/regret-world.ts';

const NONE: Exploration = { method: 'none' };
const GREEDY: Exploration = { method: 'epsilon-greedy', epsilon: 0.1 };
const SOFT: Exploration = { method: 'softmax', temperatureMinor: 100 };
const WORLD = { days: 80, customersPerDay: 60 };

/** Over three runs, so that no single chance decides. */
function regret(exploration: Exploration, learns: boolean): Regret {
  const runs = [1, 2, 3].map((seed) => regretOf(MISJUDGED, { ...WORLD, exploration, learns, seed }));
  const mean = (read: (run: Regret) => number) => runs.reduce((sum, run) => sum + read(run), 0) / runs.length;
  return { all: mean(({ all }) => all), last: mean(({ last }) => last), best: mean(({ best }) => best) };
}

describe('deciding by what was learnt', () => {
  const stated = regret(NONE, false);
  const greedily = regret(NONE, true);

  it('misses less than half of what is missed by what the policy states', () => {
    expect(stated.last).toBeGreaterThan(0.3 * stated.best);
    expect(greedily.all).toBeLessThan(stated.all / 2);
  });

  it.each([
    ['ε-greedy', GREEDY],
    ['softmax', SOFT],
  ])('finds by %s what the policy did not think of, and misses less in the end than without', (_, exploration) => {
    const exploring = regret(exploration, true);
    expect(exploring.all).toBeLessThan(stated.all / 2);
    expect(exploring.last).toBeLessThan(0.8 * greedily.last);
  });

  it('is what brings it: exploring alone misses about as much as before', () => {
    expect(regret(GREEDY, false).all).toBeGreaterThan(0.9 * stated.all);
  });
});
