import type { CompiledPolicy } from '@holdfast/policy';
import { silenceOf } from './allowance.ts';
import { type Draft, expectedMinor, propensityOf, segmentOf } from './arbitration.ts';
import { beginsPlan, type Entrance, shutCampaign, shutOffer } from './eligibility.ts';
import { isHeldOut, variantOf } from './experiment.ts';
import type { DecisionBasis, DecisionRequest } from './model.ts';
import { type CampaignPlay, type OfferPlay, type Playbook, playbookOf } from './playbook.ts';
import type { LostBecause } from './reason.ts';
import { type Placed, type Sending, sendingOf } from './sending.ts';
import type { Holds } from './shared-condition.ts';

/** All that candidates of one decision are judged with. */
export interface Judging extends Entrance {
  readonly basis: DecisionBasis;
  readonly book: Playbook;
  readonly sending: Sending;
  readonly segment: string;
  /** Whether the customer is contacted by nobody unasked. Who comes himself is not. */
  isKeptOut(): boolean;
}

export function judgingOf(request: DecisionRequest, basis: DecisionBasis): Judging {
  const book = playbookOf(basis.policy);
  const holds = book.places.holdsIn(basis.scope);
  let keptOut: boolean | undefined;
  return {
    request,
    basis,
    book,
    holds,
    history: basis.history,
    silence: silenceOf(request, book.exclusions, holds),
    sending: sendingOf(request, basis, isVulnerable(book, holds)),
    segment: segmentOf(book.segments, holds),
    isKeptOut() {
      keptOut ??= request.isReactive !== true && isHeldOut(basis.policy.holdout, request.customer.customerId);
      return keptOut;
    },
  };
}

const isVulnerable = ({ vulnerable }: Playbook, holds: Holds): boolean => vulnerable !== undefined && holds(vulnerable);

/** How a campaign takes the customer. */
export interface Entered {
  /** Why it is not for him now; undefined when it is. */
  readonly shut: LostBecause | undefined;
  readonly variant: string;
}

export function enter(play: CampaignPlay, judging: Judging): Entered {
  return {
    shut: shutCampaign(play, judging),
    variant: variantOf(play.campaign, judging.request.customer.customerId, judging.history),
  };
}

/** Takes an offer through the gates, in order; the first that is shut is why it lost. */
export function judge(offer: OfferPlay, { shut, variant }: Entered, judging: Judging): Draft {
  const channels = channelsFor(offer, judging.request);
  const candidate = draftOf(offer, { channel: channels[0] ?? '', variant }, judging);
  candidate.isEligible = shut !== 'not-targeted' && judging.holds(offer.eligible);
  candidate.lostBecause = shut ?? shutOffer(offer, variant, judging);
  if (candidate.lostBecause === undefined) send(candidate, offer, channels, judging);
  return candidate;
}

function draftOf(
  play: OfferPlay,
  { channel, variant }: { readonly channel: string; readonly variant: string },
  { segment, basis, holds, book }: Judging,
): Draft {
  const { campaign, offer } = play;
  const propensity = propensityOf(play, segment, basis.standing);
  const costMinor = offer.costMinor + (channel === '' ? 0 : book.channelCostMinor(channel));
  return {
    campaign: campaign.id,
    offer: offer.id,
    category: offer.category,
    kind: campaign.kind,
    channel,
    score: expectedMinor(play, propensity, holds) - costMinor,
    propensity,
    costMinor,
    variant,
    isEligible: false,
    lostBecause: undefined,
    sendAt: undefined,
    sendBy: undefined,
    slotAt: undefined,
  };
}

/** The channels on which a campaign would make an offer, in the order in which they are tried. */
export function channelsTried(
  { campaign, offer }: Pick<OfferPlay, 'campaign' | 'offer'>,
  request: DecisionRequest,
  policy: CompiledPolicy,
): readonly string[] {
  const play = playbookOf(policy)
    .playsOf(campaign)
    .offers.find((one) => one.offer.id === offer.id);
  return play === undefined ? [] : channelsFor(play, request);
}

function channelsFor(play: OfferPlay, request: DecisionRequest): readonly string[] {
  const { channels } = request;
  if (channels !== undefined) return channels.filter((channel) => play.offer.channels.includes(channel));
  return beginsPlan(request) ? play.firstChannels : play.channels;
}

/** Gives the candidate the first channel that can be had, or says why the one asked first cannot. */
function send(candidate: Draft, play: OfferPlay, channels: readonly string[], judging: Judging): void {
  const isFree = judging.request.channels === undefined && channels === play.channels;
  // Of channels that are a free choice a full one is waited for only where no other has room.
  const hasOthers = isFree && channels.length > 1;
  const because = tryChannels(candidate, play, { channels, waitsForSlot: !hasOthers }, judging);
  if (because === undefined) return;
  candidate.lostBecause = because;
  if (hasOthers && judging.basis.policy.channels.size > 0) {
    candidate.lostBecause = tryChannels(candidate, play, { channels, waitsForSlot: true }, judging);
  }
}

interface Attempt {
  readonly channels: readonly string[];
  readonly waitsForSlot: boolean;
}

function tryChannels(
  candidate: Draft,
  { offer, campaign }: OfferPlay,
  { channels, waitsForSlot }: Attempt,
  judging: Judging,
): LostBecause | undefined {
  const wish = { offer, contactKind: campaign.kind, waitsForSlot };
  let because: LostBecause = 'no-channel';
  for (const channel of channels) {
    const trial = judging.sending.attempt(channel, wish);
    if (trial.kind === 'placed') return take(candidate, channel, trial, judging);
    if (channel === channels[0]) because = trial.because;
  }
  return because;
}

function take(candidate: Draft, channel: string, { sendAt, sendBy, slotAt }: Placed, { book }: Judging): undefined {
  const dearer = book.channelCostMinor(channel) - book.channelCostMinor(candidate.channel);
  candidate.channel = channel;
  candidate.costMinor += dearer;
  candidate.score -= dearer;
  candidate.sendAt = sendAt;
  candidate.sendBy = sendBy;
  candidate.slotAt = slotAt;
}
