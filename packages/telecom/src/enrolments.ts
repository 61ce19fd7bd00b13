import type { DecisionMade } from '@holdfast/events';
import { CAPS, type Dealings, type Enrolment, NEWLY_ENROLLED } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { enrolmentKpi, UNIVERSAL } from './kpis.ts';

/**
 * Freezes who is enrolled by a decision, at his first one in the campaign and at his first one of all that is proactive;
 * later ones change nothing. All arms are enrolled alike: by a decision that comes to a contact, or to the ghost of one.
 */
export function enrolBy(dealings: Dealings, decision: DecisionMade, effects: EffectCollector): void {
  if (decision.stage === 'shadow' || !ENROLLING.has(decision.outcome)) return;
  const { arm, campaign } = decision;
  if (arm === 'none' || campaign === '') return;
  enrol(dealings, { ...enrolmentOf(decision), campaign, arm }, effects);
  // The universal holdout bars nobody from service.
  if (decision.kind === 'service') return;
  const universalArm = arm === 'holdout' ? 'holdout' : 'treated';
  enrol(dealings, { ...enrolmentOf(decision), campaign: UNIVERSAL, arm: universalArm, variant: '' }, effects);
}

/** One contact more, or the ghost of one, of whoever is enrolled in the campaign. */
export function countContact({ enrolments }: Dealings, campaign: string): void {
  const enrolment = enrolments.find((known) => known.campaign === campaign);
  if (enrolment) enrolment.contactCount += 1;
}

const ENROLLING: ReadonlySet<DecisionMade['outcome']> = new Set(['contact', 'control']);

function enrolmentOf({
  decidedAt,
  variant,
  offer,
  channel,
  trigger,
}: DecisionMade): Omit<Enrolment, 'campaign' | 'arm'> {
  return { ...NEWLY_ENROLLED, at: decidedAt, variant, offer, channel, trigger, revenueMinor: [] };
}

function enrol(dealings: Dealings, enrolment: Enrolment, effects: EffectCollector): void {
  if (dealings.enrolments.some((known) => known.campaign === enrolment.campaign)) return;
  dealings.enrolments.push(enrolment);
  effects.count(enrolmentKpi(enrolment, 'enrolled', 1));
  if (dealings.enrolments.length > CAPS.enrolments) dealings.enrolments.shift();
}
