/**
 * What is missed, per customer, against whoever knew how probably offers are accepted: by what the policy states, by what was
 * learnt, and by learning with exploration. In a world whose policy misjudges its offers, and for the offers of the default
 * pack that nobody has to ask for, under the truth of the simulator.
 * Run: `node test/bench/regret.ts [--days 120] [--customers 100] [--runs 5]`. Needs no stack.
 */
import { parseArgs } from 'node:util';
import type { Exploration } from '@holdfast/policy';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { always } from '../../packages/decisions/test/policy-fixture.ts';
import { MISJUDGED, type Regret, type RegretWorld, regretOf } from '../../packages/telecom/test/regret-world.ts';
import { DEFAULT_TRUTH } from '../../services/simulator/src/ground-truth.ts';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '120' },
    customers: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
  },
});
const DAYS = Number(values.days);
const CUSTOMERS = Number(values.customers);
const RUNS = Number(values.runs);

interface Way {
  readonly name: string;
  readonly learns: boolean;
  readonly exploration: Exploration;
}

const WAYS: readonly Way[] = [
  { name: 'as stated', learns: false, exploration: { method: 'none' } },
  { name: 'learnt', learns: true, exploration: { method: 'none' } },
  { name: 'learnt, ε-greedy 5 %', learns: true, exploration: { method: 'epsilon-greedy', epsilon: 0.05 } },
  { name: 'learnt, ε-greedy 10 %', learns: true, exploration: { method: 'epsilon-greedy', epsilon: 0.1 } },
  { name: 'learnt, softmax 0.50', learns: true, exploration: { method: 'softmax', temperatureMinor: 50 } },
  { name: 'learnt, softmax 1.00', learns: true, exploration: { method: 'softmax', temperatureMinor: 100 } },
];

function defaultPack(): RegretWorld {
  const folder = loadPolicyFolder();
  if (folder.kind === 'invalid') throw new Error(folder.text);
  const answers = new Set(['save_plan', 'service_credit']);
  const offers = [...folder.policy.offers.values()].filter(({ id }) => !answers.has(id));
  return {
    offers: offers.map((offer) => ({ ...offer, eligible: always('true'), context: [] })),
    truth: DEFAULT_TRUTH.acceptance,
  };
}

function runsOf(world: RegretWorld, { learns, exploration }: Way): readonly Regret[] {
  return Array.from({ length: RUNS }, (_, seed) =>
    regretOf(world, { days: DAYS, customersPerDay: CUSTOMERS, exploration, learns, seed }),
  );
}

function units(runs: readonly Regret[], read: (regret: Regret) => number): string {
  const sum = runs.reduce((total, run) => total + read(run), 0);
  return (sum / runs.length / 100).toFixed(2).padStart(10);
}

function print(title: string, world: RegretWorld): void {
  process.stdout.write(`\n${title.padEnd(44)}  missed, all  last quarter  best possible\n`);
  for (const way of WAYS) {
    const runs = runsOf(world, way);
    const columns = [units(runs, ({ all }) => all), units(runs, ({ last }) => last), units(runs, ({ best }) => best)];
    process.stdout.write(`${way.name.padEnd(44)}   ${columns.join('    ')}\n`);
  }
}

process.stdout.write(`${DAYS} days, ${CUSTOMERS} customers a day, mean of ${RUNS} runs; currency units per customer\n`);
print('a policy that misjudges its offers', MISJUDGED);
print('offers of the default pack, true as simulated', defaultPack());
