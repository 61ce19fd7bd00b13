import type { CompiledPolicy, Offer } from '@holdfast/policy';
import { OTHER_SEGMENT } from '@holdfast/policy';
import { parseLearningCell } from './kpi-cell.ts';
import { type Beta, keptPropensities, type Posterior, type Posteriors } from './posteriors.ts';

const DAY_MS = 86_400_000;

/** Answers that come later than this change what is learnt only when they come. */
const LONGEST_WAIT_MS = 7 * DAY_MS;

/** Below what a shard keeps under one name, in bytes, so that what is added to texts later still fits. */
const MOST_BYTES = 200 * 1024;

/** A mean that differs by less of its own uncertainty decides the same. */
const NOTICEABLE_DEVIATIONS = 0.1;

/** Cells of the hash `learning`, added up over shards. */
export type LearningCells = ReadonlyMap<string, number>;

/** Adds what one shard has stored. */
export function addLearningCells(sums: Map<string, number>, stored: Readonly<Record<string, number>>): void {
  for (const [cell, count] of Object.entries(stored)) sums.set(cell, (sums.get(cell) ?? 0) + count);
}

/** A posterior with the counts behind it. */
export interface Learnt extends Posterior {
  /** Contacts whose time to be answered is over, and acceptances of them, as they happened. */
  readonly treated: number;
  readonly accepted: number;
}

/**
 * What was learnt of each offer in each segment: a Beta distribution that begins with what the policy states, at its
 * `priorStrength`, and takes every contact as one trial, which counts half after each `halfLife`.
 *
 * The contacts of a day are taken together once the offer can be accepted no more, at most seven days later: a contact
 * still open is neither accepted nor refused. To count it as not accepted would push the mean of every new offer down; to
 * wait for the answer alone would push it up, as silence is told by nobody. Ages are whole days, so that within a day only
 * outcomes change the answer.
 *
 * A segment whose condition was changed under its name keeps what was counted: it is forgotten with time.
 */
export function learn(cells: LearningCells, policy: CompiledPolicy, nowMs: number): readonly Learnt[] {
  const segments = new Set([...policy.learning.segments.map(({ name }) => name), OTHER_SEGMENT]);
  const trials = new Map<string, Trials>();
  for (const [text, count] of cells) {
    const cell = parseLearningCell(text);
    const offer = cell && policy.offers.get(cell.offer);
    if (!cell || !offer || !segments.has(cell.segment)) continue;
    const ageDays = Math.floor((nowMs - waitMs(offer) - Date.parse(cell.day)) / DAY_MS) - 1;
    if (ageDays < 0) continue;
    const key = `${cell.offer}|${cell.segment}`;
    const known = trials.get(key) ?? { offer, segment: cell.segment, days: [] };
    trials.set(key, known);
    known.days.push({ what: cell.what, count, weight: 0.5 ** ((ageDays * DAY_MS) / policy.learning.halfLifeMs) });
  }
  return [...trials.values()].map((known) => learntOf(known, policy)).filter(({ treated }) => treated > 0);
}

interface Trials {
  readonly offer: Offer;
  readonly segment: string;
  readonly days: { readonly what: 'treated' | 'accepted'; readonly count: number; readonly weight: number }[];
}

function waitMs({ validForMs }: Offer): number {
  return Math.min(validForMs, LONGEST_WAIT_MS);
}

function learntOf({ offer, segment, days }: Trials, { learning }: CompiledPolicy): Learnt {
  const sum = (what: 'treated' | 'accepted', weigh: boolean) =>
    days.reduce((total, day) => (day.what === what ? total + day.count * (weigh ? day.weight : 1) : total), 0);
  const prior = priorOf(offer, learning.priorStrength);
  const accepted = sum('accepted', true);
  return {
    offer: offer.id,
    segment,
    alpha: rounded(prior.alpha + accepted),
    beta: rounded(prior.beta + Math.max(0, sum('treated', true) - accepted)),
    treated: sum('treated', false),
    accepted: sum('accepted', false),
  };
}

/** What the policy states, as if so many contacts had told it. */
export function priorOf({ propensity }: Pick<Offer, 'propensity'>, priorStrength: number): Beta {
  return { alpha: propensity * priorStrength, beta: (1 - propensity) * priorStrength };
}

/** To a thousandth of a contact: sums of the same cells in another order are the same then, and shorter. */
function rounded(contacts: number): number {
  return Math.round(contacts * 1_000) / 1_000;
}

export function meanOf({ alpha, beta }: Beta): number {
  return alpha / (alpha + beta);
}

export function deviationOf({ alpha, beta }: Beta): number {
  const total = alpha + beta;
  return Math.sqrt((alpha * beta) / (total * total * (total + 1)));
}

/** As many as a shard keeps, those with the most contacts first, then by name. */
export function keepable(learnt: readonly Learnt[]): readonly Posterior[] {
  const ordered = [...learnt].sort(
    (a, b) => b.treated - a.treated || compare(a.offer, b.offer) || compare(a.segment, b.segment),
  );
  const kept: Posterior[] = [];
  let bytes = 0;
  for (const { offer, segment, alpha, beta } of ordered) {
    const posterior = { offer, segment, alpha, beta };
    bytes += Buffer.byteLength(keptPropensities([posterior]));
    if (bytes > MOST_BYTES) break;
    kept.push(posterior);
  }
  return kept;
}

/** Whether what was learnt would decide otherwise than what a shard keeps, or than the prior where it keeps nothing. */
export function isNews(posteriors: readonly Posterior[], kept: Posteriors, policy: CompiledPolicy): boolean {
  const learnt = new Map(posteriors.map((posterior) => [`${posterior.offer}|${posterior.segment}`, posterior]));
  const pairs = [...kept].flatMap(([offer, segments]) => [...segments.keys()].map((segment) => ({ offer, segment })));
  return [...posteriors, ...pairs].some(({ offer, segment }) => {
    const stated = policy.offers.get(offer);
    if (!stated) return false;
    const prior = priorOf(stated, policy.learning.priorStrength);
    const now = learnt.get(`${offer}|${segment}`) ?? prior;
    const before = kept.get(offer)?.get(segment) ?? prior;
    return Math.abs(meanOf(now) - meanOf(before)) > NOTICEABLE_DEVIATIONS * deviationOf(now);
  });
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
