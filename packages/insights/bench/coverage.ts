/**
 * How often the intervals, the verdicts and the alarm are wrong, over simulated campaigns that are looked at every day, and what
 * off-policy estimates are worth. `node packages/insights/bench/coverage.ts [campaigns]`
 */
import { checkRatio, customersToShow, doublyRobust, ips, snips } from '../src/index.ts';
import { everMisses } from '../test/amount-campaign.ts';
import { type Experiment, timesExcluded } from '../test/coverage.ts';
import { BETTER, logDecisions, trueValue } from '../test/logged-world.ts';
import { binomial, seededRandom } from '../test/random.ts';

const CAMPAIGNS = Number(process.argv[2] ?? 1_000);
const ALPHA = 0.05;
const DAYS = 90;
const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (part: number) => `${((part / CAMPAIGNS) * 100).toFixed(1)} %`.padStart(7);

const worlds: readonly (readonly [string, Pick<Experiment, 'share' | 'controlShare' | 'customersPerDay'>])[] = [
  ['10 a day, 90/10, base 10 %', { share: () => 0.1, controlShare: 0.1, customersPerDay: 10 }],
  ['100 a day, 90/10, base 10 %', { share: () => 0.1, controlShare: 0.1, customersPerDay: 100 }],
  ['100 a day, 90/10, base 2 %', { share: () => 0.02, controlShare: 0.1, customersPerDay: 100 }],
  ['100 a day, 50/50, base 80 %', { share: () => 0.8, controlShare: 0.5, customersPerDay: 100 }],
  [
    '100 a day, 95/5, base 5 to 55 %',
    { share: (day) => 0.3 + 0.25 * Math.sin(day), controlShare: 0.05, customersPerDay: 100 },
  ],
];

say(`${CAMPAIGNS} campaigns of each kind, ${DAYS} daily looks, 95 % intervals`);
say('\nshares                            no effect, ever called one   5 points, ever outside   5 points, found');
for (const [name, world] of worlds) {
  const none = { ...world, campaigns: CAMPAIGNS, days: DAYS, effect: 0 };
  const five = { ...none, effect: 0.05 };
  const [called, outside, found] = [
    timesExcluded(none, 0, ALPHA, 1),
    timesExcluded(five, 0.05, ALPHA, 2),
    timesExcluded(five, 0, ALPHA, 3),
  ].map(percent);
  say(`${name.padEnd(34)}${called?.padStart(26)}${outside?.padStart(25)}${found?.padStart(18)}`);
}

say('\ncustomers said to be needed for 80 %, and found with them');
for (const { baseline, controlShare, effect } of [
  { baseline: 0.1, controlShare: 0.1, effect: 0.04 },
  { baseline: 0.1, controlShare: 0.5, effect: 0.04 },
  { baseline: 0.8, controlShare: 0.1, effect: 0.04 },
  { baseline: 0.04, controlShare: 0.1, effect: 0.02 },
  { baseline: 0.8, controlShare: 0.1, effect: -0.04 },
]) {
  const needed = customersToShow(effect, { baseline, controlShare, alpha: ALPHA });
  const customersPerDay = Math.round(needed / DAYS);
  const plan = { campaigns: CAMPAIGNS, days: DAYS, customersPerDay, controlShare, share: () => baseline, effect };
  const kind = `${(effect * 100).toFixed(0)} points on ${baseline * 100} %, ${controlShare * 100} % control`;
  say(`${kind.padEnd(34)}${needed.toLocaleString('en').padStart(8)}${percent(timesExcluded(plan, 0, ALPHA, 4))}`);
}

say('\namounts, 90/10, 40 a day             true difference ever outside');
for (const skew of [0.6, 1]) {
  const random = seededRandom(5);
  const campaign = { days: DAYS, customersPerDay: 40, skew, effect: 0.2 };
  const missed = Array.from({ length: CAMPAIGNS }, () => everMisses(campaign, ALPHA, random)).filter(Boolean).length;
  say(`${`log-normal, deviation of the log ${skew}`.padEnd(37)}${percent(missed).padStart(28)}`);
}

say('\nsample-ratio alarm (p below 0.001), 50 a day, due 10 % control     ever raised');
for (const drawn of [0.1, 0.09, 0.08]) {
  const random = seededRandom(6);
  const raised = Array.from({ length: CAMPAIGNS }, () => {
    let [treated, control] = [0, 0];
    return Array.from({ length: DAYS }, () => {
      const more = binomial(random, 50, drawn);
      [treated, control] = [treated + 50 - more, control + more];
      const arms = [
        { arm: 'treated', n: treated, share: 0.9 },
        { arm: 'control', n: control, share: 0.1 },
      ];
      return checkRatio('arms', arms).isAlarm;
    }).some(Boolean);
  }).filter(Boolean).length;
  say(`${`drawn ${drawn * 100} %`.padEnd(66)}${percent(raised).padStart(12)}`);
}

const truth = trueValue(BETTER);
say(
  `\noff-policy, logs of 1,000 decisions, true value ${truth.toFixed(4)}   mean      bias/its error   truth within ±1.96 errors`,
);
for (const [name, estimate] of Object.entries({ ips, snips, doublyRobust })) {
  const random = seededRandom(7);
  const all = Array.from({ length: CAMPAIGNS }, () => estimate(logDecisions(random, 1_000), BETTER));
  const mean = all.reduce((sum, { value }) => sum + value, 0) / CAMPAIGNS;
  const variance = all.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (CAMPAIGNS - 1);
  const within = all.filter(({ value, standardError }) => Math.abs(value - truth) <= 1.96 * standardError).length;
  const errors = ((mean - truth) / Math.sqrt(variance / CAMPAIGNS)).toFixed(2);
  say(`${name.padEnd(57)}${mean.toFixed(4)}${errors.padStart(18)}${percent(within).padStart(28)}`);
}
