import { chosenOf, decide, type ShardStanding, shareOf, UNBOUNDED } from '@holdfast/decisions';
import type { CompiledPolicy, Condition, Exploration, Offer } from '@holdfast/policy';
import { basisOf, DAY_MS, NOON, offer, policyOf, requestOf, SCOPE } from '../../decisions/test/policy-fixture.ts';
import { kpiDay, learningCell } from '../src/kpi-cell.ts';
import { addLearningCells } from '../src/learning.ts';
import { learningRound } from '../src/learning-round.ts';
import { keptPropensities, posteriorOf } from '../src/posteriors.ts';

/** How probably customers of a segment accept an offer, in truth. */
export type Truth = (offer: string, segment: string) => number;

/** Offers with what the policy states of them, and what is true. */
export interface RegretWorld {
  readonly offers: readonly Offer[];
  readonly truth: Truth;
}

const OFFERS: readonly Offer[] = [
  offer('upgrade', { valueMinor: 6_000, costMinor: 400, propensity: 0.2 }),
  offer('discount', { valueMinor: 3_000, costMinor: 300, propensity: 0.3 }),
  offer('gift', { valueMinor: 2_000, costMinor: 200, propensity: 0.3 }),
  offer('call', { valueMinor: 4_000, costMinor: 600, propensity: 0.25 }),
];

const SHARES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  young: { upgrade: 0.19, discount: 0.12, gift: 0.6, call: 0.05 },
  other: { upgrade: 0.05, discount: 0.35, gift: 0.2, call: 0.3 },
};

/** What the policy states of `upgrade` is wrong for most, and of `gift` for the young, who would take it more than all else. */
export const MISJUDGED: RegretWorld = { offers: OFFERS, truth: (id, segment) => SHARES[segment]?.[id] ?? 0 };

const YOUNG: Condition = {
  source: 'age < 30',
  features: [],
  evaluate: (scope) => (Number(scope.attribute('age')) < 30 ? 'true' : 'false'),
  explain: () => [],
};

export interface RegretOptions {
  readonly days: number;
  readonly customersPerDay: number;
  readonly exploration: Exploration;
  /** Otherwise every decision goes by what the policy states. */
  readonly learns: boolean;
  readonly seed: number;
}

/** Expected value that was missed against whoever knows the truth, minor units per customer. */
export interface Regret {
  readonly all: number;
  /** In the last quarter of the days. */
  readonly last: number;
  /** Of whoever knows the truth. */
  readonly best: number;
}

/**
 * Customers of two segments are decided for, day by day, and answer as the truth has it; what was learnt of days whose answers
 * are in decides from the next morning on. The same customers whatever the way of deciding.
 */
export function regretOf({ offers, truth }: RegretWorld, options: RegretOptions): Regret {
  const { days, customersPerDay, exploration, learns, seed } = options;
  const learning = { segments: [{ name: 'young', when: YOUNG }], priorStrength: 20, halfLifeMs: 90 * DAY_MS };
  const policy = policyOf(offers, { exploration, learning });
  const cells = new Map<string, number>();
  const missed: number[] = [];
  let kept: string | undefined;
  let posterior = posteriorOf(undefined);
  let best = 0;
  for (let day = 0; day < days; day++) {
    const nowMs = NOON + day * DAY_MS;
    for (let index = 0; index < customersPerDay; index++) {
      const { chosen, segment, contactId } = decided(policy, `${seed}-${day}-${index}`, nowMs, posterior);
      const optimum = Math.max(0, ...offers.map((one) => worth(one, segment, truth)));
      best += optimum;
      missed.push(optimum - (chosen ? worth(chosen, segment, truth) : 0));
      if (!chosen) continue;
      const at = { day: kpiDay(nowMs), offer: chosen.id, segment };
      const isAccepted = shareOf('truth', contactId) < truth(chosen.id, segment);
      addLearningCells(cells, { [learningCell({ ...at, what: 'treated' })]: 1 });
      if (isAccepted) addLearningCells(cells, { [learningCell({ ...at, what: 'accepted' })]: 1 });
    }
    const { news } = learningRound({ cells, kept: [kept], policy, nowMs: nowMs + DAY_MS / 2 });
    if (!learns || !news) continue;
    kept = keptPropensities(news.posteriors);
    posterior = posteriorOf(kept);
  }
  return {
    all: mean(missed),
    last: mean(missed.slice(-Math.floor(missed.length / 4))),
    best: best / missed.length,
  };
}

function decided(policy: CompiledPolicy, name: string, nowMs: number, posterior: ShardStanding['posterior']) {
  const age = shareOf('age', name) < 0.5 ? 20 : 50;
  const scope = { ...SCOPE, attribute: () => age, asOfMs: nowMs };
  const standing = { ...UNBOUNDED, posterior };
  const request = requestOf({ customerId: name }, { occasion: name, nowMs });
  const decision = decide(request, basisOf(policy, { scope, standing }));
  const { segment, contactId } = decision;
  return { chosen: policy.offers.get(chosenOf(decision.outcome)?.offer ?? ''), segment, contactId };
}

function worth({ id, valueMinor, costMinor }: Offer, segment: string, truth: Truth): number {
  return truth(id, segment) * valueMinor - costMinor;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
