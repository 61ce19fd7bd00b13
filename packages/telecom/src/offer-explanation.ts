import {
  type Candidate,
  type ChannelExplanation,
  channelsTried,
  type Decision,
  decide,
  explainChannel,
  type LostBecause,
  type ShardStanding,
} from '@holdfast/decisions';
import type { CompiledTrigger, EvidenceItem, Scope } from '@holdfast/policy';
import type { CustomerState } from './customer-state.ts';
import { dealingsForDeciding, factsForDeciding } from './facts-for-deciding.ts';
import type { Surroundings } from './scope.ts';

/** What an offer would come to if its trigger fired now. */
export interface OfferStanding {
  readonly offer: string;
  readonly campaign: string;
  /** The channel it would take. */
  readonly channel: string;
  /** Expected value in minor units. */
  readonly score: number;
  /** How likely a customer of his segment takes it, as stated and learnt. */
  readonly propensity: number;
  /** What his shard may still spend of the campaign's budget; null where it has none. */
  readonly budgetLeft: BudgetLeft | null;
  /** The first thing that stops it; null for the winner. */
  readonly lostBecause: LostBecause | null;
  /** Conjuncts of its eligibility that are not true. */
  readonly unmet: readonly EvidenceItem[];
  /** Each channel on which the campaign would make it, by itself; empty where the offer does not come so far. */
  readonly channels: readonly ChannelExplanation[];
}

/** Null where the budget has no bound of the kind. */
export interface BudgetLeft {
  readonly minor: number | null;
  readonly pieces: number | null;
}

/** What would be decided. */
export interface DecisionStanding {
  /** `contact`, `control` (a control customer: nothing is sent), `suppressed` with its reason, `no-action`. */
  readonly outcome: Decision['outcome']['kind'];
  readonly suppressedBy: string;
  /** Of the customer in the winner's campaign: `treated`, `control` or `holdout`; empty without a winner. */
  readonly arm: string;
  /** Of the customer, under which propensities are learnt. */
  readonly segment: string;
  /** Ids of the exclusions that hold. */
  readonly exclusions: readonly string[];
  /** In order of their value; *no action* is left out. */
  readonly offers: readonly OfferStanding[];
}

/** Names an occasion that no ledger knows: what was decided before must not answer for now. */
const PRESENT = 'present';
/** These come before any channel is looked at. */
const BEFORE_CHANNELS: readonly (LostBecause | undefined)[] = [
  'outside-canary',
  're-entry',
  'not-targeted',
  'other-variant',
  'not-in-step',
  'not-eligible',
  'do-not-contact',
  'excluded',
  'complaint-open',
];

interface Asked {
  readonly trigger: CompiledTrigger;
  readonly scope: Scope;
  readonly nowMs: number;
  readonly shard: ShardStanding;
}

/** Decides as if the trigger fired now, without anything coming of it, and says of every offer what stops it. */
export function explainOffers(
  state: CustomerState,
  { trigger, scope, nowMs, shard }: Asked,
  { policy }: Surroundings,
): DecisionStanding {
  const customer = factsForDeciding(state);
  const dealings = state.dealings.read();
  const ledger = dealings.contacts;
  const request = {
    origin: 'trigger',
    trigger,
    occasion: PRESENT,
    step: 'first',
    nowMs,
    evidence: [],
    customer,
    isComplete: true,
  } as const;
  const basis = { ledger, policy, scope, standing: shard, history: dealingsForDeciding(dealings) };
  const { outcome, candidates, exclusions, segment } = decide(request, basis);
  const offers = candidates.flatMap((candidate) => {
    const offer = policy.offers.get(candidate.offer);
    const campaign = policy.campaigns.get(candidate.campaign);
    if (offer === undefined || campaign === undefined) return [];
    const channels = channelsTried({ campaign, offer }, request, policy);
    const question = { offer, kind: candidate.kind, request, basis };
    const left = campaign.budget ? leftOf(shard.budgetLeft(campaign.id)) : null;
    return [
      standingOf(candidate, offer.eligible.explain(scope), left, () =>
        channels.map((channel) => explainChannel(channel, question)),
      ),
    ];
  });
  return {
    outcome: outcome.kind,
    suppressedBy: outcome.kind === 'suppressed' ? outcome.reason : '',
    arm: 'arm' in outcome ? outcome.arm : '',
    segment,
    exclusions,
    offers,
  };
}

/** JSON knows no infinity. */
function leftOf({ minor, pieces }: ReturnType<ShardStanding['budgetLeft']>): BudgetLeft {
  return { minor: Number.isFinite(minor) ? minor : null, pieces: Number.isFinite(pieces) ? pieces : null };
}

function standingOf(
  { offer, campaign, channel, score, propensity, lostBecause }: Candidate,
  eligibility: readonly EvidenceItem[],
  budgetLeft: BudgetLeft | null,
  channels: () => readonly ChannelExplanation[],
): OfferStanding {
  return {
    offer,
    campaign,
    channel,
    score,
    propensity,
    budgetLeft,
    lostBecause: lostBecause ?? null,
    unmet: eligibility.filter(({ truth }) => truth !== 'true'),
    channels: BEFORE_CHANNELS.includes(lostBecause) ? [] : channels(),
  };
}
