import type { ExplainedTrigger, OfferStanding } from '@holdfast/telecom';
import { isoOf, lengthOf, valuesText, valueText } from './why-text.ts';

/** What an offer is worth, and the first thing that stops it. */
export function offerText(offer: OfferStanding, decision: ExplainedTrigger['decision']): string {
  const { lostBecause, score, propensity } = offer;
  const fate = lostBecause === null ? 'would win' : `stopped: ${lostBecause}`;
  const why = reasonText(offer, decision?.exclusions ?? []);
  const likely = `taken by ${valueText(propensity * 100)} % of segment ${decision?.segment ?? ''}`;
  return `    offer    ${offer.offer}, worth ${valueText(score / 100)}, ${likely}: ${fate}${why === '' ? '' : ` (${why})`}`;
}

function reasonText(
  { lostBecause, unmet, channels, budgetLeft }: OfferStanding,
  exclusions: readonly string[],
): string {
  if (lostBecause === 'not-eligible') {
    return unmet.map(({ condition, truth, values }) => `${condition} is ${truth}${valuesText(values)}`).join('; ');
  }
  if (lostBecause === 'excluded' || lostBecause === 'do-not-contact') return exclusions.join(', ');
  if (lostBecause === 'budget') return budgetText(budgetLeft);
  return channels.map(channelText).join('; ');
}

function budgetText(left: OfferStanding['budgetLeft']): string {
  const { minor = null, pieces = null } = left ?? {};
  const told = [
    ...(minor === null ? [] : [valueText(minor / 100)]),
    ...(pieces === null ? [] : [`${pieces} contacts`]),
  ];
  return `left in the shard: ${told.join(' and ')}`;
}

type ChannelStanding = OfferStanding['channels'][number];

function channelText(channel: ChannelStanding): string {
  switch (channel.kind) {
    case 'open':
      return `${channel.channel} from ${isoOf(channel.sendAt)}`;
    case 'no-consent':
      return `${channel.channel}: ${channel.withdrawn.join(', ')} withdrawn`;
    case 'quiet-hours':
      return `${channel.channel}: quiet until the offer ends`;
    case 'vulnerable':
      return `${channel.channel}: no person speaks on it`;
    case 'capacity':
      return `${channel.channel}: full until ${isoOf(channel.untilMs)}`;
    case 'cap':
      return `${channel.channel}: ${capText(channel.cap)}, until ${isoOf(channel.untilMs)}`;
    default:
      return `${channel.channel}: ${channel.kind} until ${isoOf(channel.untilMs)}`;
  }
}

function capText(cap: Extract<ChannelStanding, { cap: unknown }>['cap']): string {
  if (cap === undefined) return 'a cap is full';
  const of = [cap.category, cap.offer, cap.channel].filter((word) => word !== undefined).join(' by ');
  return `at most ${cap.max}${of === '' ? '' : ` ${of}`} in ${lengthOf(cap.perMs)}`;
}
