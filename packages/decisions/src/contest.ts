import { type Campaign, isRunning } from '@holdfast/policy';
import { byValue, type Draft, isPlaced, mostExpectedMinor, noAction } from './arbitration.ts';
import { type Entered, enter, type Judging, judge } from './judging.ts';
import { isPaidFor } from './outcome.ts';
import type { CampaignPlay, OfferPlay, Playbook } from './playbook.ts';
import { remembered } from './remembered.ts';
import type { ShardStanding } from './standing.ts';

/** So many are judged whatever comes of them, and so many are listed. */
export const LISTED = 10;

export interface Contest {
  /** Those that were judged, the most valuable first, with no action among them. */
  readonly ranked: readonly Draft[];
  /** How many were not judged: none of them can have won. */
  readonly unjudged: number;
}

/**
 * Judges the offers of the campaigns, that first which may be worth most, until those left cannot change what comes of the
 * decision: most of what a decision costs is taking offers through the gates. A complete one judges all.
 */
export function contest(campaigns: readonly Campaign[], judging: Judging, isComplete: boolean): Contest {
  const field = fieldOf(campaigns, judging.book);
  const { order, mostMinor } = lineupOf(field, judging);
  const settling = settlingOf(field, judging);
  const entered: Entered[] = [];
  const ranked: Draft[] = [noAction()];
  let unjudged = 0;
  for (let place = 0; place < order.length; place += 1) {
    const { offer, campaign, play } = order[place] as Contender;
    if (!isRunning(play.campaign, judging.request.nowMs)) continue;
    if (!isComplete && ranked.length > LISTED && settling.isOver(mostMinor[place] as number)) {
      unjudged = runningFrom(order, place, judging.request.nowMs);
      break;
    }
    entered[campaign] ??= enter(play, judging);
    const draft = judge(offer, entered[campaign], judging);
    settling.note(draft);
    ranked.push(draft);
  }
  return { ranked: ranked.sort(byValue), unjudged };
}

/** An offer of a campaign that takes part. */
interface Contender {
  readonly play: CampaignPlay;
  readonly offer: OfferPlay;
  /** Place of the campaign among those that take part. */
  readonly campaign: number;
}

interface Field {
  readonly contenders: readonly Contender[];
  readonly hasService: boolean;
  /** By what was learnt, then by segment. */
  readonly lineups: WeakMap<ShardStanding['posterior'], Map<string, Lineup>>;
}

/** Contenders, the one first that may be worth most. */
interface Lineup {
  readonly order: readonly Contender[];
  /** What each of them may be worth at most, minor units. */
  readonly mostMinor: Float64Array;
}

const FIELDS = new WeakMap<readonly Campaign[], Field>();

/** The same campaigns are decided among again and again. */
function fieldOf(campaigns: readonly Campaign[], book: Playbook): Field {
  return remembered(FIELDS, campaigns, () => ({
    contenders: campaigns.flatMap((campaign, index) => {
      const play = book.playsOf(campaign);
      return play.offers.map((offer) => ({ play, offer, campaign: index }));
    }),
    hasService: campaigns.some(({ kind }) => kind === 'service'),
    lineups: new WeakMap(),
  }));
}

/** The order is that of all customers of a segment until something new is learnt. */
function lineupOf({ contenders, lineups }: Field, { segment, basis: { standing } }: Judging): Lineup {
  const bySegment = remembered(lineups, standing.posterior, () => new Map<string, Lineup>());
  return remembered(bySegment, segment, () => {
    const valued = contenders.map((contender) => ({
      contender,
      mostMinor: mostExpectedMinor(contender.offer, segment, standing) - contender.offer.leastCostMinor,
    }));
    valued.sort((left, right) => right.mostMinor - left.mostMinor);
    return {
      order: valued.map(({ contender }) => contender),
      mostMinor: Float64Array.from(valued, ({ mostMinor }) => mostMinor),
    };
  });
}

function runningFrom(order: readonly Contender[], place: number, nowMs: number): number {
  let running = 0;
  for (let at = place; at < order.length; at += 1) {
    if (isRunning((order[at] as Contender).play.campaign, nowMs)) running += 1;
  }
  return running;
}

/** Fractions add up to a little more or less, depending on the order in which they are added. */
const ROUNDING_MINOR = 1e-6;

/** Follows what a decision comes to, and says when those left cannot change it. */
function settlingOf({ hasService }: Field, judging: Judging) {
  let winningMinor = 0;
  let hasPlaced = false;
  return {
    note(draft: Draft): void {
      if (!isPlaced(draft)) return;
      hasPlaced = true;
      if (draft.score <= winningMinor || !isPaidFor(draft, judging)) return;
      // Who is held out still gets what serves him, if it is worth less.
      if (hasService && draft.kind !== 'service' && judging.isKeptOut()) return;
      winningMinor = draft.score;
    },
    /** Whether one that is worth no more than this, and all after it, can neither win nor be why nothing does. */
    isOver(mostMinor: number): boolean {
      if (winningMinor > 0) return mostMinor + ROUNDING_MINOR < winningMinor;
      return hasPlaced && mostMinor + ROUNDING_MINOR < 0;
    },
  };
}
