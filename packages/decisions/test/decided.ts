import type { Campaign, ChannelPlan, CompiledPolicy, Offer } from '@holdfast/policy';
import { decide } from '../src/decide.ts';
import type { CustomerFacts, Decision, DecisionBasis, DecisionRequest } from '../src/model.ts';
import { UNBOUNDED } from '../src/standing.ts';
import { basisOf, campaign, HOUR_MS, NOON, offer, policyOf, requestOf } from './policy-fixture.ts';

/** What a decision is about: one campaign with all offers, where nothing else is said. */
export interface Case {
  readonly offers?: readonly Offer[];
  readonly campaign?: Partial<Campaign>;
  readonly policy?: Partial<CompiledPolicy>;
  readonly basis?: Partial<DecisionBasis>;
  readonly customer?: Partial<CustomerFacts>;
  readonly request?: Partial<DecisionRequest>;
}

export function decided({ offers = [offer('gift')], campaign: fields, policy = {}, ...given }: Case): Decision {
  const names = offers.map(({ id }) => id);
  const campaigns = new Map([['keep', campaign('keep', names, fields)]]);
  return decide(
    requestOf(given.customer, given.request),
    basisOf(policyOf(offers, { campaigns, ...policy }), given.basis),
  );
}

/** Offer, channel and time in hours from now; or what else it came to. */
export function said({ outcome }: Decision): string {
  if (outcome.kind === 'suppressed') return outcome.reason;
  if (outcome.kind === 'no-action') return outcome.kind;
  return `${outcome.winner.offer} by ${outcome.winner.channel} in ${(outcome.winner.sendAt - NOON) / HOUR_MS}`;
}

/** A policy's section of channels. */
export const channels = (...plans: readonly Partial<ChannelPlan>[]) => ({
  channels: new Map(plans.map((plan) => [plan.id ?? '', { id: '', costMinor: 0, isPerson: false, ...plan }])),
});
/** One contact an hour. */
export const hourly = { max: 1, perMs: HOUR_MS };
/** No slot of the channel is free for so many hours from noon on. */
export const fullFor = (hours: number, channel = 'call-centre') => ({
  standing: {
    ...UNBOUNDED,
    slotsLeft: (asked: string, slotMs: number) => (asked === channel && slotMs < NOON + hours * HOUR_MS ? 0 : 1),
  },
});
