import type { DecisionMade } from '@holdfast/events';
import { type WorkRules, workDeadlineMs } from '@holdfast/policy';

export type WorkTimes = Pick<DecisionMade, 'workDueAt' | 'managerUntil' | 'teamUntil'>;

export const NO_WORK: WorkTimes = { workDueAt: null, managerUntil: null, teamUntil: null };

export interface Work {
  readonly tier: string;
  /** Of the offer. */
  readonly category: string;
  /** When the contact may be made, ms since the epoch. */
  readonly fromMs: number;
  readonly hasManager: boolean;
}

/** By when a person is to have done it, and whose turn it is before the pool: the manager's, then the team's. */
export function workTimes(rules: WorkRules, { tier, category, fromMs, hasManager }: Work): WorkTimes {
  const managerUntil = hasManager && rules.managerFirstMs > 0 ? fromMs + rules.managerFirstMs : null;
  const teamUntil = rules.teamFirstMs > 0 ? (managerUntil ?? fromMs) + rules.teamFirstMs : null;
  return { workDueAt: fromMs + workDeadlineMs(rules, tier, category), managerUntil, teamUntil };
}
