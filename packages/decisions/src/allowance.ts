import type { Exclusion, Scope } from '@holdfast/policy';
import type { ContactKind } from './ledger.ts';
import type { CustomerFacts, LostBecause } from './model.ts';

/** Exclusions that hold for a customer at a time. */
export interface Silence {
  /** Ids, the customer's own first. */
  readonly exclusions: readonly string[];
  /** Why nothing of this kind may be offered; undefined when it may. */
  reasonFor(kind: ContactKind): LostBecause | undefined;
}

/** Reads what silences the customer: exclusions set on him silence everything, declared ones what they say. */
export function silenceOf(customer: CustomerFacts, declared: readonly Exclusion[], scope: Scope): Silence {
  const holding = declared.filter((exclusion) => exclusion.when.evaluate(scope) === 'true');
  const forAll = holding.some((exclusion) => exclusion.scope === 'all');
  return {
    exclusions: [...customer.exclusions, ...holding.map((exclusion) => exclusion.id)],
    reasonFor(kind) {
      if (customer.exclusions.includes('do-not-contact')) return 'do-not-contact';
      if (customer.exclusions.length > 0 || forAll) return 'excluded';
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
