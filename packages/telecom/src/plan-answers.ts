import type { Event } from '@holdfast/events';
import type { CampaignStep, CompiledPolicy } from '@holdfast/policy';
import { activeExclusions } from './attributes.ts';
import type { OutcomeEvent } from './contact-life.ts';
import { isCounted, isPutOff } from './contact-outcomes.ts';
import { isOfPlan } from './contacts.ts';
import {
  CAPS,
  type CampaignPlan,
  type Contact,
  type CustomerState,
  type Dealings,
  type Facts,
} from './customer-state.ts';
import { addPlan, endPlan, isStopped, isUnderWay, noteEnd, planFrom, waitForNext } from './plan-life.ts';

/** What a report or an answer changed, and when it was taken in. */
export interface TakenIn {
  readonly event: OutcomeEvent;
  readonly before: Contact;
  readonly contact: Contact;
  readonly nowMs: number;
  readonly policy: CompiledPolicy;
}

/** Lets plans follow what became of a contact. Told again, or in another order, it leads to the same plans. */
export function followContact(dealings: Dealings, taken: TakenIn): void {
  const { event, before, contact } = taken;
  if (event.type === 'OfferAccepted' || event.type === 'OfferRejected') {
    endAnswered(dealings, taken);
    return;
  }
  if (contact.deferredUntil > before.deferredUntil) {
    // Behind that number is somebody else: it is not tried again for this contact.
    if (event.type !== 'ContactAttempted' || !isCounted(before, 'wrong_person')) {
      remind(dealings, contact, taken.nowMs);
    }
    return;
  }
  for (const plan of dealings.plans) {
    if (isUnderWay(plan) && plan.lastContactId === contact.contactId) followDelivery(dealings, plan, taken);
  }
}

/** He has it, or does not want it: nothing more is said of it, on whichever occasion. */
function endAnswered(dealings: Dealings, { event, contact }: TakenIn): void {
  const reason = event.type === 'OfferAccepted' ? 'accepted' : 'rejected';
  for (const plan of dealings.plans) {
    if (!isAbout(plan, contact)) continue;
    if (isUnderWay(plan)) {
      // A no to an earlier occasion that is told late: this plan began with it known, or with a cool-down that was over.
      if (reason === 'accepted' || event.occurredAt >= plan.startedAt)
        endPlan(dealings, plan, reason, event.occurredAt);
    } else if (isOfPlan(contact, plan)) correctEnd(dealings, plan, reason, event.occurredAt);
  }
}

function isAbout(plan: CampaignPlan, { campaign, offer }: Contact): boolean {
  return (campaign !== '' && campaign === plan.campaign) || (offer !== '' && offer === plan.offer);
}

/**
 * An answer to a plan that is through closes it for reminders too. Of two answers the first ended the plan, and a yes counts
 * more than a no, in whichever order they are told.
 */
function correctEnd(dealings: Dealings, plan: CampaignPlan, reason: 'accepted' | 'rejected', atMs: number): void {
  if (plan.endReason === 'completed') plan.endReason = reason;
  if (plan.endReason !== 'accepted' && plan.endReason !== 'rejected') return;
  if (reason === 'accepted') plan.endReason = reason;
  const at = Math.max(plan.startedAt, atMs);
  plan.endedAt = Math.min(plan.endedAt, at);
  noteEnd(dealings, plan.campaign, at);
}

/** Brings the offer up again when he wants it; a campaign without steps has a plan from then on. */
function remind(dealings: Dealings, contact: Contact, nowMs: number): void {
  if (contact.trigger === '' || isAnswered(dealings, contact)) return;
  const known = dealings.plans.find((plan) => isOfPlan(contact, plan));
  const plan = known ?? planFrom(contact);
  if (isStopped(plan) || plan.attempt >= CAPS.attempts) return;
  const untilMs = Math.max(nowMs, contact.deferredUntil);
  plan.dueAt = isUnderWay(plan) && plan.next === 'reminder' ? Math.max(plan.dueAt, untilMs) : untilMs;
  plan.next = 'reminder';
  plan.endedAt = 0;
  plan.endReason = '';
  if (!known) addPlan(dealings, plan);
}

function isAnswered({ contacts }: Dealings, { offer, decidedAt }: Contact): boolean {
  return contacts.some((other) => {
    const answeredAt = Math.max(other.acceptedAt, other.rejectedAt);
    return other.offer === offer && answeredAt > 0 && answeredAt >= decidedAt;
  });
}

function followDelivery(dealings: Dealings, plan: CampaignPlan, taken: TakenIn): void {
  const { event, contact, nowMs, policy } = taken;
  const steps = policy.campaigns.get(plan.campaign)?.steps ?? [];
  if (event.type === 'ContactAttempted') {
    if (event.result === 'WRONG_PERSON') followWrongPerson(dealings, plan, taken);
    return;
  }
  if (plan.next === 'reminder') return;
  if (contact.status !== 'released') {
    // It arrived after all.
    if (plan.next === 'fallback') waitForNext(dealings, plan, steps);
    return;
  }
  if (!isUndeliverable(event) || plan.attempt >= CAPS.attempts || nowMs >= contact.validUntil) return;
  if (fallbackChannels(steps[plan.stepIndex], contact.channel).length === 0) return;
  plan.next = 'fallback';
  plan.dueAt = nowMs;
}

/** The step's next channel may reach him; this one is not tried again unless he himself asked for it. */
function followWrongPerson(dealings: Dealings, plan: CampaignPlan, { contact, nowMs, policy }: TakenIn): void {
  const steps = policy.campaigns.get(plan.campaign)?.steps ?? [];
  if (plan.next === 'reminder' && isPutOff(contact)) return;
  const isOver = plan.attempt >= CAPS.attempts || nowMs >= contact.validUntil;
  if (isOver || fallbackChannels(steps[plan.stepIndex], contact.channel).length === 0) {
    if (plan.next === 'reminder') waitForNext(dealings, plan, steps);
    return;
  }
  plan.next = 'fallback';
  plan.dueAt = nowMs;
}

/** Another channel may reach him; what was refused for what he said must not be tried on another one. */
function isUndeliverable(event: OutcomeEvent): boolean {
  if (event.type !== 'DeliveryReported') return false;
  if (event.status === 'REFUSED') return event.detail === 'no-address';
  return event.status === 'FAILED' || event.status === 'EXPIRED';
}

/** The step's channels behind the one that failed. */
export function fallbackChannels(step: CampaignStep | undefined, failed: string): readonly string[] {
  if (!step) return [];
  const channels = [step.channel, ...step.fallback];
  return channels.slice(channels.indexOf(failed) + 1).filter((channel) => channel !== failed);
}

/** Ends all plans of a customer who is to be left alone, or has left. */
export function stopPlans(state: CustomerState, event: Event): void {
  if (event.type !== 'ExclusionSet' && event.type !== 'SubscriptionTerminated') return;
  if (!state.dealings.read().plans.some(isUnderWay)) return;
  const facts = state.facts.read();
  const reason = hasLeft(facts) ? 'terminated' : isLeftAlone(facts) ? 'do-not-contact' : undefined;
  if (!reason) return;
  const dealings = state.dealings.change();
  for (const plan of dealings.plans) endPlan(dealings, plan, reason, event.occurredAt);
}

function hasLeft({ lines }: Facts): boolean {
  return lines.length > 0 && lines.every(({ status }) => status === 'TERMINATED');
}

function isLeftAlone(facts: Facts): boolean {
  return activeExclusions(facts).includes('do-not-contact');
}
