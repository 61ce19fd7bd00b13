/**
 * Time to evaluate every trigger condition of a policy on one usage event, scope included, against the same conditions
 * as one hand-written function. Run: `node packages/policy/bench/conditions.ts`.
 */
import { cpus } from 'node:os';
import { scopeOf } from '@holdfast/policy';
import { compiled } from '../test/pack.ts';

const T0 = 20_000 * 86_400_000;
const RUNS = 500_000;
const ROUNDS = 3;

const policy = compiled();
const slots = policy.features.create();
const event = { kind: 'DATA', quantityMb: 3, failed: false, localHour: 20 };
for (let day = 0; day < 40; day += 1) {
  policy.features.fold(slots, 'UsageRecorded', event, { atMs: T0 + day * 86_400_000, cycleStartMs: T0 });
}
const attributes: Readonly<Record<string, string | number>> = {
  tier: 'key',
  data_allowance_mb: 500,
  days_left_in_cycle: 12,
};
const input = {
  slots,
  attribute: (name: string) => attributes[name],
  event,
  asOfMs: T0 + 39 * 86_400_000,
  cycleStartMs: T0,
  latched: () => true,
};
const triggers = [...policy.triggers.values()];

function compiledRound(): number {
  let fired = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const scope = scopeOf(policy, input);
    for (const trigger of triggers) if (trigger.when.evaluate(scope) === 'true') fired += 1;
  }
  return fired;
}

function plainRound(): number {
  let fired = 0;
  const read = (name: string): number | undefined =>
    policy.features.value(slots, name, input.asOfMs, input.cycleStartMs, undefined);
  for (let run = 0; run < RUNS; run += 1) {
    const [mb, week, past, failed] = ['data_mb_cycle', 'uses_7d', 'uses_past', 'failed_calls_7d'].map(read);
    if (mb !== undefined && mb / 500 >= 0.8) fired += 1;
    if (week !== undefined && past !== undefined && week * 3 < past / 2 && past > 21) fired += 1;
    if (failed !== undefined && failed >= 5) fired += 1;
    if (attributes.tier === 'key') fired += 1;
    fired += 1;
  }
  return fired;
}

function microsPerTrigger(round: () => number): string {
  const started = performance.now();
  round();
  return (((performance.now() - started) * 1000) / RUNS / triggers.length).toFixed(3);
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${triggers.length} triggers, ${RUNS} events`,
);
for (let round = 1; round <= ROUNDS; round += 1) {
  console.log(
    `round ${round}: ${microsPerTrigger(compiledRound)} us per trigger, hand-written ${microsPerTrigger(plainRound)} us`,
  );
}
