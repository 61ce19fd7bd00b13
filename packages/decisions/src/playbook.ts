import { type Campaign, type ChannelPlan, type CompiledPolicy, type Offer, plainChannel } from '@holdfast/policy';
import { remembered } from './remembered.ts';
import { type ConditionPlaces, createConditionPlaces, type SharedCondition } from './shared-condition.ts';

/** What deciding looks up in a policy again and again, worked out once. */
export interface Playbook {
  readonly places: ConditionPlaces;
  readonly exclusions: readonly { readonly id: string; readonly when: SharedCondition; readonly forAll: boolean }[];
  readonly segments: readonly { readonly name: string; readonly when: SharedCondition }[];
  readonly vulnerable: SharedCondition | undefined;
  /** Offers of a campaign as it may make them; those of campaigns in the shadow as well. */
  playsOf(campaign: Campaign): CampaignPlay;
  channelCostMinor(channel: string): number;
}

export interface CampaignPlay {
  readonly campaign: Campaign;
  readonly target: SharedCondition | undefined;
  readonly offers: readonly OfferPlay[];
}

/** An offer in a campaign. */
export interface OfferPlay {
  readonly campaign: Campaign;
  readonly offer: Offer;
  readonly eligible: SharedCondition;
  readonly context: readonly { readonly when: SharedCondition; readonly factor: number }[];
  /** What an acceptance is worth: value and levers. */
  readonly worthMinor: number;
  /** Of the offer and the cheapest of its channels. */
  readonly leastCostMinor: number;
  /** The cheapest first: whatever the channel, the value is the same. Of equal ones the offer's order. */
  readonly channels: readonly string[];
  /** Where a plan of steps begins: its first channel, then those it falls back on. As `channels` without steps. */
  readonly firstChannels: readonly string[];
  readonly isInFirstStep: boolean;
  /** Variants that make it; undefined: all. */
  readonly variants: ReadonlySet<string> | undefined;
}

/** What the policy says of a channel, which may be nothing. */
export function channelOf(policy: Pick<CompiledPolicy, 'channels'>, channel: string): ChannelPlan {
  return policy.channels.get(channel) ?? plainChannel(channel);
}

const PLAYBOOKS = new WeakMap<CompiledPolicy, Playbook>();

export function playbookOf(policy: CompiledPolicy): Playbook {
  return remembered(PLAYBOOKS, policy, () => createPlaybook(policy));
}

function createPlaybook(policy: CompiledPolicy): Playbook {
  const places = createConditionPlaces();
  const plays = new WeakMap<Campaign, CampaignPlay>();
  const { vulnerable } = policy.contactPolicy;
  const channelCostMinor = (channel: string): number => channelOf(policy, channel).costMinor;

  function campaignPlay(campaign: Campaign): CampaignPlay {
    const offers = campaign.offers.flatMap((id) => policy.offers.get(id) ?? []);
    return {
      campaign,
      target: campaign.target && places.of(campaign.target.when),
      offers: offers.map((offer) => offerPlay(campaign, offer)),
    };
  }

  function offerPlay(campaign: Campaign, offer: Offer): OfferPlay {
    const channels = offer.channels.toSorted((a, b) => channelCostMinor(a) - channelCostMinor(b));
    const step = campaign.steps[0];
    return {
      campaign,
      offer,
      eligible: places.of(offer.eligible),
      context: offer.context.map(({ when, factor }) => ({ when: places.of(when), factor })),
      worthMinor: offer.valueMinor * offer.lever * campaign.lever,
      leastCostMinor: offer.costMinor + (channels[0] === undefined ? 0 : channelCostMinor(channels[0])),
      channels,
      firstChannels: step === undefined ? channels : [step.channel, ...step.fallback].filter(isOneOf(offer.channels)),
      isInFirstStep: step?.offers?.includes(offer.id) ?? true,
      variants: variantsWith(campaign, offer.id),
    };
  }

  return {
    places,
    exclusions: policy.exclusions.map(({ id, when, scope }) => ({
      ...{ id, when: places.of(when), forAll: scope === 'all' },
    })),
    segments: policy.learning.segments.map(({ name, when }) => ({ name, when: places.of(when) })),
    vulnerable: vulnerable && places.of(vulnerable.when),
    playsOf: (campaign) => remembered(plays, campaign, () => campaignPlay(campaign)),
    channelCostMinor,
  };
}

const isOneOf =
  (names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

/** An arm that lists no offers makes all of the campaign's. */
function variantsWith({ arms }: Campaign, offer: string): ReadonlySet<string> | undefined {
  const making = arms.filter(({ offers }) => offers.length === 0 || offers.includes(offer));
  return making.length === arms.length ? undefined : new Set(making.map(({ id }) => id));
}
