import { count, decimal, percent, tableLines } from './figure-text.ts';
import type { OfferEstimate, PresentedEvaluation, ShareEstimate } from './presented-offers.ts';

/** The evaluation of what agents presented in lines, for people. */
export function describePresented({ presented, accepted, asPresented, offers }: PresentedEvaluation): string {
  const head = [
    'offer',
    'presented',
    'accepted',
    'share',
    'always first',
    '95 % interval',
    'effective',
    'largest weight',
  ];
  const all = row({ offer: 'as presented', presented, accepted, always: asPresented, largestWeight: 1 });
  return `${[
    'acceptances per offer an agent presented, of those that were drawn to be recommended first',
    'share as it was; always first: had the offer come first wherever it could be drawn',
    '',
    ...tableLines([head, all, ...offers.map(row)]),
  ].join('\n')}\n`;
}

function row({ offer, presented, accepted, always, largestWeight }: OfferEstimate): string[] {
  const numbers = [count(presented), count(accepted), percent(accepted / presented), percent(always.value)];
  return [offer, ...numbers, between(always), count(Math.round(always.effectiveN)), decimal(largestWeight)];
}

function between({ lower, upper }: ShareEstimate): string {
  return `${percent(lower)} to ${percent(upper)}`;
}
