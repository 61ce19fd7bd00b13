import type { KpiIncrement } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import type { Contact, Enrolment } from './customer-state.ts';
import { isArm, type KpiArm, kpiCell, kpiDay, type LearningCell, learningCell } from './kpi-cell.ts';

/** KPI hash of decisions by play: cells `trigger|outcome|why`. */
export const PLAYS_KPI = 'plays';

/**
 * KPI hash of all campaigns together against the universal holdout, as if everything proactive were one campaign. Whoever
 * would have been contacted is enrolled in it.
 */
export const UNIVERSAL = 'universal';

/** KPI hash of what is learnt from: how often an offer reached customers of a segment, and how often they accepted it. */
export const LEARNING_KPI = 'learning';

/** KPI hash of follow-ups, which belong to no campaign. */
export const FOLLOW_UPS = 'follow-ups';

/** One decision: once by play, and once in its campaign. A shadow only in its campaign, as an arm of its own. */
export function decisionKpis(decision: DecisionMade): readonly KpiIncrement[] {
  if (decision.stage === 'shadow') return [campaignKpi(decision, 'shadow', shadowWhat(decision))];
  const play = { campaign: PLAYS_KPI, cell: `${decision.trigger}|${decision.outcome}|${decision.suppressedBy}`, by: 1 };
  if (decision.campaign === '') return [play];
  const arm = decision.arm === 'none' ? '' : decision.arm;
  return [play, campaignKpi(decision, arm, decidedWhat(decision))];
}

function campaignKpi(decision: DecisionMade, arm: KpiArm, what: string): KpiIncrement {
  const { campaign, offer, variant, channel, decidedAt } = decision;
  return { campaign, cell: kpiCell({ day: kpiDay(decidedAt), offer, arm, variant, channel, what }), by: 1 };
}

function decidedWhat({ outcome, arm, suppressedBy }: DecisionMade): string {
  if (outcome === 'suppressed') return `suppressed:${suppressedBy}`;
  return outcome === 'control' && arm === 'holdout' ? 'holdout' : outcome;
}

/** What it would have been, so that a campaign is seen before anybody is contacted. */
function shadowWhat({ wouldBe, suppressedBy }: DecisionMade): string {
  return wouldBe === 'suppressed' ? `suppressed:${suppressedBy}` : wouldBe;
}

/** What became of a contact, on the day it became so. */
export function contactKpi(
  { campaign, offer, arm, variant, channel }: Contact,
  what: string,
  atMs: number,
): KpiIncrement {
  const cell = { day: kpiDay(atMs), offer, arm: isArm(arm) ? arm : 'treated', variant, channel, what } as const;
  return { campaign: campaign || PLAYS_KPI, cell: kpiCell(cell), by: 1 };
}

/** What is learnt from a contact, on the day for which it was planned. */
export function learningKpi({ offer, segment, sendAt }: Contact, what: LearningCell['what'], by: number): KpiIncrement {
  return { campaign: LEARNING_KPI, cell: learningCell({ day: kpiDay(sendAt), offer, segment, what }), by };
}

/** Of somebody enrolled, on the day of his enrolment: whatever he was offered since, through whatever channel. */
export function enrolmentKpi({ campaign, offer, arm, variant, at }: Enrolment, what: string, by: number): KpiIncrement {
  return { campaign, cell: kpiCell({ day: kpiDay(at), offer, arm, variant, channel: '', what }), by };
}
