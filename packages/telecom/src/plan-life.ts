import type { CampaignStep } from '@holdfast/policy';
import { isPutOff } from './contact-outcomes.ts';
import { isOfPlan } from './contacts.ts';
import { CAPS, type CampaignPlan, type Contact, type Dealings } from './customer-state.ts';
import { FIRST_STEP, parseStep } from './step-name.ts';

/** Why a plan ended: all steps were taken and no answer is waited for; what the customer did; or the reason of a decision. */
export type PlanEnd = 'completed' | 'accepted' | 'rejected' | 'terminated' | StopReason;

/** With these a decision on a step ends the plan. For any other reason the step is left out and the plan goes on. */
const STOPS = ['no-campaign', 'outside-canary', 'not-targeted', 'not-eligible', 'do-not-contact'] as const;
export type StopReason = (typeof STOPS)[number];

export function stopReason(reason: string | undefined): StopReason | undefined {
  return STOPS.find((stop) => stop === reason);
}

export function isUnderWay(plan: CampaignPlan): boolean {
  return plan.endedAt === 0;
}

/** Whether it ended before its steps were through. */
export function isStopped(plan: CampaignPlan): boolean {
  return !isUnderWay(plan) && plan.endReason !== ('completed' satisfies PlanEnd);
}

const BY_CUSTOMER: readonly string[] = ['accepted', 'rejected', 'terminated', 'do-not-contact'] satisfies PlanEnd[];

/** Whether the customer ended it: what of it is on its way must not be sent. For any other reason it is finished. */
export function isVoid(plan: CampaignPlan): boolean {
  return !isUnderWay(plan) && BY_CUSTOMER.includes(plan.endReason);
}

/** The plan in which this is the last contact, or its ghost. */
export function planFrom(contact: Contact): CampaignPlan {
  const { campaign, trigger, occasion, offer, variant, contactId, sendAt, decidedAt } = contact;
  const arm = contact.arm === 'control' || contact.arm === 'holdout' ? contact.arm : 'treated';
  return {
    ...{ campaign, trigger, occasion, offer, arm, variant, startedAt: decidedAt },
    ...(parseStep(contact.step) ?? { stepIndex: 0, attempt: 1 }),
    ...{ lastContactId: contactId, lastSendAt: sendAt, next: 'end', dueAt: contact.validUntil },
    ...{ endedAt: 0, endReason: '' },
  };
}

/**
 * Begins the plan of a campaign whose first step was decided; that of a control customer takes the same steps as a ghost. A
 * campaign without steps is over with its one contact. Answers whether one that is under way had to be forgotten.
 */
export function beginPlan(dealings: Dealings, contact: Contact, steps: readonly CampaignStep[]): boolean {
  if (steps.length === 0 && contact.step === FIRST_STEP) {
    noteEnd(dealings, contact.campaign, contact.decidedAt);
    return false;
  }
  const plan = planFrom(contact);
  waitForNext(dealings, plan, steps);
  return addPlan(dealings, plan);
}

/** For one too many, the one that ended first is forgotten, or else the one that began first. */
export function addPlan(dealings: Dealings, plan: CampaignPlan): boolean {
  dealings.plans.push(plan);
  if (dealings.plans.length <= CAPS.plans) return false;
  const oldest = dealings.plans.reduce((a, b) => (isForgottenBefore(b, a) ? b : a));
  dealings.plans.splice(dealings.plans.indexOf(oldest), 1);
  return isUnderWay(oldest);
}

function isForgottenBefore(a: CampaignPlan, b: CampaignPlan): boolean {
  if (isUnderWay(a) !== isUnderWay(b)) return isUnderWay(b);
  return isUnderWay(a) ? a.startedAt < b.startedAt : a.endedAt < b.endedAt;
}

/** The contact, or the ghost of one, is what the plan made last. */
export function moveOn(plan: CampaignPlan, { offer, contactId, sendAt }: Contact): void {
  plan.offer = offer;
  plan.lastContactId = contactId;
  plan.lastSendAt = sendAt;
}

/** Waits for the step after this one, counted from the last sending, or until the last contact is answered no more. */
export function waitForNext({ contacts }: Dealings, plan: CampaignPlan, steps: readonly CampaignStep[]): void {
  const step = steps[plan.stepIndex + 1];
  const last = contacts.find(({ contactId }) => contactId === plan.lastContactId);
  plan.next = step ? 'step' : 'end';
  plan.dueAt = step ? plan.lastSendAt + step.afterMs : Math.max(plan.lastSendAt, last?.validUntil ?? 0);
}

/** Ends a plan that is under way. */
export function endPlan(dealings: Dealings, plan: CampaignPlan, reason: PlanEnd, atMs: number): void {
  if (!isUnderWay(plan)) return;
  plan.endedAt = Math.max(plan.startedAt, atMs);
  plan.endReason = reason;
  plan.next = 'end';
  plan.dueAt = 0;
  noteEnd(dealings, plan.campaign, plan.endedAt);
}

/** Re-entry counts from here. */
export function noteEnd({ enrolments }: Dealings, campaign: string, atMs: number): void {
  const enrolment = enrolments.find((known) => known.campaign === campaign);
  if (enrolment) enrolment.planEndedAt = Math.max(enrolment.planEndedAt, atMs);
}

/** Whether the customer did so since the step before: took the offer, or reacted in any way. */
export function hasDone(
  deed: NonNullable<CampaignStep['unless']>,
  { contacts }: Dealings,
  plan: CampaignPlan,
): boolean {
  return contacts.some((contact) => {
    if (!isOfPlan(contact, plan)) return false;
    const isLast = contact.contactId === plan.lastContactId;
    return deedAt(deed, contact, isLast) >= (isLast ? 1 : plan.lastSendAt);
  });
}

function deedAt(deed: 'responded' | 'accepted', contact: Contact, isLast: boolean): number {
  const { acceptedAt, rejectedAt, presentedAt, seenAt, deferredUntil } = contact;
  if (deed === 'accepted') return acceptedAt;
  // When it was put off is not known, only until when: of an earlier contact it says nothing.
  return Math.max(acceptedAt, rejectedAt, presentedAt, seenAt, isLast && isPutOff(contact) ? deferredUntil : 0);
}
