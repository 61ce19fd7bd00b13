import type { ContactCap, Offer } from '@holdfast/policy';
import { fullUntil } from './capacity.ts';
import type { ContactLimit } from './contact-policy.ts';
import type { ContactKind } from './ledger.ts';
import { explainLimit } from './limit-explanation.ts';
import type { ConsentPurpose, CustomerFacts, DecisionBasis, DecisionRequest } from './model.ts';
import { channelOf } from './playbook.ts';
import { type Stopped, sendingOf } from './sending.ts';

/** What one channel of an offer would do with it now. Times in ms since the epoch. */
export type ChannelExplanation = { readonly channel: string } & (
  | { readonly kind: 'open'; readonly sendAt: number; readonly sendBy: number }
  | { readonly kind: 'no-consent'; readonly withdrawn: readonly ConsentPurpose[] }
  /** No person speaks on it. */
  | { readonly kind: 'vulnerable' }
  /** Quiet until the offer is no longer valid, or what is quiet is dropped. */
  | { readonly kind: 'quiet-hours' }
  /** Full at the time that was planned first. */
  | { readonly kind: 'capacity'; readonly untilMs: number }
  | { readonly kind: ContactLimit; readonly cap: ContactCap | undefined; readonly untilMs: number }
);

export interface ChannelQuestion {
  readonly offer: Offer;
  readonly kind: ContactKind;
  readonly request: DecisionRequest;
  readonly basis: DecisionBasis;
}

/** The gates that `decide` takes an offer's channel through, in its order, with what it keeps to itself. */
export function explainChannel(channel: string, question: ChannelQuestion): ChannelExplanation {
  const { offer, kind, request, basis } = question;
  const { vulnerable } = basis.policy.contactPolicy;
  const isVulnerable = vulnerable?.when.evaluate(basis.scope) === 'true';
  const wish = { offer, contactKind: kind, waitsForSlot: true };
  const trial = sendingOf(request, basis, isVulnerable).attempt(channel, wish);
  if (trial.kind === 'stopped') return { channel, ...explainStop(channel, trial, question) };
  return { channel, kind: 'open', sendAt: trial.sendAt, sendBy: trial.sendBy };
}

type WithoutChannel<T> = T extends unknown ? Omit<T, 'channel'> : never;

function explainStop(
  channel: string,
  { because, atMs }: Stopped,
  { offer, kind, request, basis }: ChannelQuestion,
): WithoutChannel<ChannelExplanation> {
  const { policy, ledger, standing } = basis;
  switch (because) {
    case 'no-consent':
      return { kind: because, withdrawn: withdrawnFor(request.customer, channel, kind) };
    case 'vulnerable':
    case 'quiet-hours':
      return { kind: because };
    case 'capacity':
      return { kind: because, untilMs: fullUntil(channelOf(policy, channel), atMs, standing) ?? atMs };
    default: {
      const planned = { offer: offer.id, category: offer.category, channel, kind, sendAt: atMs };
      const limit = explainLimit(planned, ledger, policy.contactPolicy);
      return { kind: because, cap: limit?.cap, untilMs: limit?.untilMs ?? atMs };
    }
  }
}

function withdrawnFor(customer: CustomerFacts, channel: string, kind: ContactKind): readonly ConsentPurpose[] {
  const purposes: readonly ConsentPurpose[] = kind === 'service' ? ['SERVICE'] : ['MARKETING', 'PROFILING'];
  return purposes.filter((purpose) => customer.consent(channel, purpose) === 'withdrawn');
}
