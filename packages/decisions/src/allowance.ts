import type { ContactKind } from './ledger.ts';
import type { CustomerFacts, DecisionRequest } from './model.ts';
import type { Playbook } from './playbook.ts';
import type { LostBecause } from './reason.ts';
import type { Holds } from './shared-condition.ts';

/** Exclusions that hold for a customer at a time. */
export interface Silence {
  /** Ids, the customer's own first. */
  readonly exclusions: readonly string[];
  /** Why nothing of this kind may be offered; undefined when it may. */
  reasonFor(kind: ContactKind): LostBecause | undefined;
}

const DO_NOT_CONTACT = 'do-not-contact';

/**
 * Reads what silences the customer: exclusions set on him silence everything, declared ones what they say. Who is not to be
 * contacted and comes himself is served, and sold nothing.
 */
export function silenceOf(
  { customer, isReactive = false }: Pick<DecisionRequest, 'customer' | 'isReactive'>,
  declared: Playbook['exclusions'],
  holds: Holds,
): Silence {
  const isUncontacted = customer.exclusions.includes(DO_NOT_CONTACT);
  const isSetApart = customer.exclusions.some((exclusion) => exclusion !== DO_NOT_CONTACT);
  const holding = declared.filter(({ when }) => holds(when));
  const forAll = holding.some((exclusion) => exclusion.forAll);
  return {
    exclusions: [...customer.exclusions, ...holding.map((exclusion) => exclusion.id)],
    reasonFor(kind) {
      if (isUncontacted && !(isReactive && kind === 'service')) return DO_NOT_CONTACT;
      if (isSetApart || forAll) return 'excluded';
      if (kind === 'service') return undefined;
      if (customer.isComplaintOpen) return 'complaint-open';
      return holding.length > 0 ? 'excluded' : undefined;
    },
  };
}

/** Whether consent stands in the way of a contact of this kind on this channel. */
export function isRefused(customer: Pick<CustomerFacts, 'consent'>, channel: string, kind: ContactKind): boolean {
  if (kind === 'service') return customer.consent(channel, 'SERVICE') === 'withdrawn';
  return (
    customer.consent(channel, 'MARKETING') === 'withdrawn' || customer.consent(channel, 'PROFILING') === 'withdrawn'
  );
}
