import type { CustomerDealings, CustomerFacts } from '@holdfast/decisions';
import { activeExclusions, isComplaintOpen } from './attributes.ts';
import { consentTo } from './consent.ts';
import type { CustomerState, Dealings } from './customer-state.ts';
import { textOf } from './lines.ts';
import { isUnderWay } from './plan-life.ts';

/** What `decide` has to know of the customer. */
export function factsForDeciding(state: CustomerState): CustomerFacts {
  const facts = state.facts.read();
  return {
    customerId: state.customerId,
    timeZone: textOf(facts, 'timeZone'),
    exclusions: activeExclusions(facts),
    isComplaintOpen: isComplaintOpen(facts),
    consent: (channel, purpose) => consentTo(facts, channel, purpose),
  };
}

/** What `decide` has to know of the customer's campaigns. */
export function dealingsForDeciding({ enrolments, plans }: Pick<Dealings, 'enrolments' | 'plans'>): CustomerDealings {
  const of = (campaign: string) => enrolments.find((enrolment) => enrolment.campaign === campaign);
  return {
    enrolment(campaign) {
      const found = of(campaign);
      return found && found.arm !== 'holdout' ? { arm: found.arm, variant: found.variant } : undefined;
    },
    lastPlan(campaign) {
      const isInPlan = plans.some((plan) => plan.campaign === campaign && isUnderWay(plan));
      if (isInPlan) return { endedAt: undefined };
      const endedAt = of(campaign)?.planEndedAt ?? 0;
      return endedAt > 0 ? { endedAt } : undefined;
    },
  };
}
