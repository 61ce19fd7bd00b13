import type { Campaign } from '@holdfast/policy';
import type { CampaignPlan, Dealings, Enrolment, PlanTurn } from './customer-state.ts';
import { isUnderWay } from './plan-life.ts';

/** What was frozen at the first enrolment, and what came of it so far. */
export interface EnrolmentStanding {
  readonly arm: Enrolment['arm'];
  /** Empty where all treated customers get the same. */
  readonly variant: string;
  readonly atMs: number;
  /** Contacts, or ghosts of them. */
  readonly contactCount: number;
}

/** The customer's latest plan in a campaign. */
export interface PlanStanding {
  readonly trigger: string;
  readonly occasion: string;
  readonly offer: string;
  readonly startedAtMs: number;
  /** Place of the step that was taken last, from 1, and how many the campaign has; 0 for one without steps. */
  readonly step: number;
  readonly stepCount: number;
  /** What is done next; null once it has ended. */
  readonly next: {
    readonly turn: PlanTurn;
    readonly atMs: number;
    /** Of a step, as the campaign has it; empty for another turn. */
    readonly channel: string;
    readonly unless: 'responded' | 'accepted' | null;
  } | null;
  /** Null while it is under way. */
  readonly ended: { readonly reason: string; readonly atMs: number } | null;
}

export function explainEnrolment({ enrolments }: Dealings, campaign: string): EnrolmentStanding | null {
  const found = enrolments.find((known) => known.campaign === campaign);
  if (!found) return null;
  const { arm, variant, at, contactCount } = found;
  return { arm, variant, atMs: at, contactCount };
}

export function explainPlan({ plans }: Dealings, campaign: Campaign): PlanStanding | null {
  const own = plans.filter((plan) => plan.campaign === campaign.id);
  const plan = own.find(isUnderWay) ?? own.reduce<CampaignPlan | undefined>(later, undefined);
  if (!plan) return null;
  const { trigger, occasion, offer, startedAt, stepIndex, endedAt, endReason } = plan;
  const stepCount = campaign.steps.length;
  return {
    ...{ trigger, occasion, offer, startedAtMs: startedAt, step: stepIndex + 1, stepCount },
    next: isUnderWay(plan) ? nextOf(plan, campaign) : null,
    ended: isUnderWay(plan) ? null : { reason: endReason, atMs: endedAt },
  };
}

function later(a: CampaignPlan | undefined, b: CampaignPlan): CampaignPlan {
  return a && a.endedAt > b.endedAt ? a : b;
}

function nextOf({ next, dueAt, stepIndex }: CampaignPlan, { steps }: Campaign): PlanStanding['next'] {
  const step = next === 'step' ? steps[stepIndex + 1] : undefined;
  return { turn: next, atMs: dueAt, channel: step?.channel ?? '', unless: step?.unless ?? null };
}
