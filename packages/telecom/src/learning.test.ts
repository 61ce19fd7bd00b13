import type { CompiledPolicy } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePack, DAY_MS } from '../test/customer-world.ts';
import { kpiDay, type LearningCell, learningCell } from './kpi-cell.ts';
import { addLearningCells, isNews, keepable, type Learnt, learn, meanOf, priorOf } from './learning.ts';
import { learningRound } from './learning-round.ts';
import { keptPropensities, readPosteriors } from './posteriors.ts';

const POLICY = compilePack();
const NOW = Date.UTC(2026, 5, 1, 12);
const OFFER = offerNamed('save_plan');
const { priorStrength, halfLifeMs } = POLICY.learning;
const PRIOR = priorOf(OFFER, priorStrength);
/** Days ago of the latest day whose contacts of the offer can be answered no more. */
const RIPE = Math.ceil(OFFER.validForMs / DAY_MS) + 1;

function offerNamed(id: string) {
  const offer = POLICY.offers.get(id);
  if (!offer) throw new Error(`the pack has no ${id}`);
  return offer;
}

type Counts = readonly [daysAgo: number, treated: number, accepted: number, segment?: string, offer?: string];

function cellsOf(...counts: readonly Counts[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [daysAgo, treated, accepted, segment = 'other', offer = OFFER.id] of counts) {
    const at = { day: kpiDay(NOW - daysAgo * DAY_MS), offer, segment };
    const cell = (what: LearningCell['what']) => learningCell({ ...at, what });
    addLearningCells(sums, { [cell('treated')]: treated, [cell('accepted')]: accepted });
  }
  return sums;
}

const learntOf = (policy: CompiledPolicy, ...counts: readonly Counts[]) => learn(cellsOf(...counts), policy, NOW);

describe('what is learnt of an offer', () => {
  it('is its prior and a trial for each contact', () => {
    expect(learntOf(POLICY, [RIPE, 100, 30])).toEqual([
      {
        ...{ offer: OFFER.id, segment: 'other', treated: 100, accepted: 30 },
        alpha: PRIOR.alpha + 30,
        beta: PRIOR.beta + 70,
      },
    ]);
  });

  it('is nothing while its contacts may still be answered', () => {
    expect(learntOf(POLICY, [RIPE - 1, 100, 30])).toEqual([]);
    expect(learntOf(POLICY, [0, 100, 30])).toEqual([]);
  });

  it('waits a week at most for an offer that holds for longer', () => {
    const long = offerNamed('broadband_bundle');
    expect(long.validForMs).toBeGreaterThan(8 * DAY_MS);
    expect(learntOf(POLICY, [7, 10, 1, 'other', long.id])).toEqual([]);
    expect(learntOf(POLICY, [8, 10, 1, 'other', long.id])).toHaveLength(1);
  });

  it('counts half after the half-life', () => {
    const halfLifeDays = halfLifeMs / DAY_MS;
    const [learnt] = learntOf(POLICY, [RIPE + halfLifeDays, 100, 30]);
    expect(learnt).toMatchObject({ alpha: PRIOR.alpha + 15, beta: PRIOR.beta + 35, treated: 100, accepted: 30 });
  });

  it('is forgotten in the end', () => {
    const [learnt] = learntOf(POLICY, [30 * (halfLifeMs / DAY_MS), 1_000, 900]);
    expect(learnt).toMatchObject(PRIOR);
  });

  it('is apart for each segment, and nothing for a segment or an offer that the policy does not have', () => {
    const learnt = learntOf(
      POLICY,
      [RIPE, 10, 1, 'young'],
      [RIPE, 20, 2],
      [RIPE, 5, 1, 'gone'],
      [RIPE, 5, 1, 'other', 'gone'],
    );
    expect(learnt.map(({ segment, treated }) => [segment, treated])).toEqual([
      ['young', 10],
      ['other', 20],
    ]);
  });

  it('is the same however cells are split over shards, and always a distribution', () => {
    const counts = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 400 }), fc.nat(50), fc.nat(50), fc.constantFrom('young', 'other')),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(counts, fc.nat(1_000), (told, seed) => {
        const shards = [0, 1, 2].map((shard) => cellsOf(...told.filter((_, i) => (i * seed) % 3 === shard)));
        const sums = new Map<string, number>();
        for (const cells of shards) addLearningCells(sums, Object.fromEntries(cells));
        const learnt = byName(learn(sums, POLICY, NOW));
        expect(learnt).toEqual(byName(learntOf(POLICY, ...told)));
        for (const { alpha, beta } of learnt) {
          expect(alpha).toBeGreaterThanOrEqual(PRIOR.alpha);
          expect(beta).toBeGreaterThanOrEqual(PRIOR.beta);
        }
      }),
    );
  });

  it('comes to the true share as contacts are many', () => {
    const [learnt] = learntOf(POLICY, [RIPE, 50_000, 1_500]);
    expect(learnt && meanOf(learnt)).toBeCloseTo(0.03, 3);
  });
});

function byName(learnt: readonly Learnt[]) {
  return [...learnt].sort((a, b) => (a.segment < b.segment ? -1 : 1));
}

describe('what shards are told', () => {
  const round = (cells: ReadonlyMap<string, number>, ...kept: readonly (string | undefined)[]) =>
    learningRound({ cells, kept, policy: POLICY, nowMs: NOW });

  it('is nothing while nothing was learnt', () => {
    expect(round(new Map(), undefined, undefined)).toEqual({ learnt: [], behind: [], news: undefined });
  });

  it('is everything that was learnt, as long as one shard does not keep it', () => {
    const cells = cellsOf([RIPE, 400, 10]);
    const { news } = round(cells, undefined, undefined);
    expect(news?.posteriors).toMatchObject([{ offer: OFFER.id, segment: 'other' }]);
    const text = keptPropensities(news?.posteriors ?? []);
    expect(round(cells, text, undefined)).toMatchObject({ behind: [1], news });
    expect(round(cells, text, text).news).toBeUndefined();
  });

  it('is no difference far below its uncertainty', () => {
    const kept = readPosteriors(keptPropensities(keepable(learntOf(POLICY, [RIPE, 4_000, 400]))));
    const again = (accepted: number) => isNews(keepable(learntOf(POLICY, [RIPE, 4_000, accepted])), kept, POLICY);
    expect([400, 401, 600, 200].map((accepted) => again(accepted) && accepted)).toEqual([false, false, 600, 200]);
  });

  it('leaves out what was forgotten', () => {
    const kept = keptPropensities([{ offer: OFFER.id, segment: 'other', alpha: 1, beta: 500 }]);
    expect(round(new Map(), kept).news?.posteriors).toEqual([]);
  });

  it('is as much as a shard keeps, what most contacts are behind first', () => {
    const learnt = Array.from({ length: 20_000 }, (_, treated) => ({
      ...{ offer: `offer_${treated}`, segment: 'other', alpha: 1.5, beta: 2, treated, accepted: 0 },
    }));
    const kept = keepable(learnt);
    expect(kept[0]?.offer).toBe('offer_19999');
    expect(Buffer.byteLength(keptPropensities(kept))).toBeLessThan(256 * 1024);
    expect(kept.length).toBeGreaterThan(4_000);
  });
});
