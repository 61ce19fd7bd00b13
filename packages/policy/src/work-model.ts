import type { Offer } from './campaign-model.ts';

/** How long people have for what they are to do, counted from when the contact may be made. */
export interface WorkRules {
  readonly deadlines: ReadonlyMap<string, TierDeadlines>;
  /** 0: the pool has it at once. */
  readonly managerFirstMs: number;
  readonly teamFirstMs: number;
}

/** By category, ms. */
export type TierDeadlines = Readonly<Record<Offer['category'], number>>;

/** Of whoever is in no tier that is listed. */
export const OTHER_TIER = 'other';

const HOUR_MS = 3_600_000;

export const DEFAULT_DEADLINES: TierDeadlines = {
  service: 4 * HOUR_MS,
  retention: 24 * HOUR_MS,
  'cross-sell': 72 * HOUR_MS,
};

export const DEFAULT_WORK: WorkRules = { deadlines: new Map(), managerFirstMs: 0, teamFirstMs: 0 };

/** How long there is for an offer of this category to a customer of this tier, ms. */
export function workDeadlineMs({ deadlines }: WorkRules, tier: string, category: string): number {
  const table = deadlines.get(tier) ?? deadlines.get(OTHER_TIER) ?? DEFAULT_DEADLINES;
  return isCategory(category) ? table[category] : table.retention;
}

function isCategory(text: string): text is Offer['category'] {
  return Object.hasOwn(DEFAULT_DEADLINES, text);
}
