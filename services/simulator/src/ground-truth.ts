import { shareOf, weightedIndex } from './random.ts';

/**
 * How customers really are, which is for Holdfast to find out. Chances are in 0…1; equal arguments give equal answers.
 */
export interface GroundTruth {
  /** That a customer of the segment accepts the offer when he is told of it. */
  acceptance(offer: string, segment: string): number;
  /** That he leaves within 90 days, when nothing was done for him. */
  readonly leaving: number;
  /** Share of those who would leave whom an accepted offer keeps. */
  readonly kept: number;
  /** What he pays a month, and what with an accepted offer, in minor units. */
  readonly monthlyMinor: number;
  readonly monthlyAcceptedMinor: number;
}

/** What becomes of a presentation that is not accepted. */
export type Refusal = 'rejected' | 'deferred' | 'unanswered';

/** Chances of the offers of the default policy. Its priors are guesses and differ from these. */
const ACCEPTANCE: Readonly<Record<string, number>> = {
  data_top_up_2gb: 0.34,
  bigger_plan: 0.12,
  care_offer: 0.22,
  care_call: 0.3,
  save_plan: 0.42,
  service_credit: 0.7,
  broadband_bundle: 0.18,
};

/** Segments make between so much less and so much more of it. */
const SEGMENT_SPREAD = 0.4;
const MOST_LIKELY = 0.95;

export const DEFAULT_TRUTH: GroundTruth = {
  acceptance: (offer, segment) => Math.min(MOST_LIKELY, baseOf(offer) * factorOf(segment)),
  leaving: 0.25,
  kept: 0.6,
  monthlyMinor: 8_000,
  monthlyAcceptedMinor: 8_800,
};

/** An offer that is in no table has a chance between 5 and 45 %, by its name. */
function baseOf(offer: string): number {
  return ACCEPTANCE[offer] ?? 0.05 + 0.4 * shareOf(`acceptance/${offer}`);
}

function factorOf(segment: string): number {
  if (segment === '' || segment === 'other') return 1;
  return 1 - SEGMENT_SPREAD + 2 * SEGMENT_SPREAD * shareOf(`segment/${segment}`);
}

const REFUSALS = { rejected: 0.55, deferred: 0.15, unanswered: 0.3 } as const satisfies Record<Refusal, number>;
const REASONS = { price: 0.5, 'no-need': 0.3, competitor: 0.1, service: 0.1 } as const;

/** By a place on [0, 1). */
export function refusalAt(place: number): Refusal {
  return weighted(REFUSALS, place) as Refusal;
}

/** Why an offer is rejected, by a place on [0, 1). */
export function reasonAt(place: number): string {
  return weighted(REASONS, place);
}

function weighted(weights: Readonly<Record<string, number>>, place: number): string {
  const names = Object.keys(weights);
  return names[weightedIndex(Object.values(weights), place)] ?? '';
}
