import type { DecisionMade } from '@holdfast/events';
import type { Happening } from '@holdfast/rehearsal';
import { FIRST_STEP } from '@holdfast/telecom';
import { cellName } from './cells.ts';
import { createSampleDraw, type SampleOptions } from './sample.ts';
import { createTally, type Totals } from './tally.ts';

/** Decisions are counted from `fromMs` to before `toMs`, by when they were made, ms since the epoch. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one policy would have done in some partitions. */
export interface Observation {
  readonly totals: Totals;
  readonly samples: readonly DecisionMade[];
}

export interface Observer {
  /** `isCounted`: the records folded were of the window; decisions tell for themselves. */
  see(happening: Happening<DecisionMade>, isCounted: boolean): void;
  /** Customers with at least one contact; of a campaign where it is named. */
  contacted(campaign?: string): ReadonlySet<string>;
  observation(): Observation;
}

export function createObserver(window: Window, sample: SampleOptions): Observer {
  const tally = createTally();
  const draw = createSampleDraw(sample);
  const wouldBy = new Map<string, Set<string>>();

  const seeTrigger = ({ trigger, step, outcome, suppressedBy, customerId, decidedAt }: DecisionMade) => {
    tally.add(cellName('decisions', 'all'));
    tally.addCustomer(cellName('decisions', 'all'), customerId);
    // The later steps of a plan are decided for the trigger that began it, which fired once.
    if (step === FIRST_STEP) {
      tally.add(cellName('trigger', trigger, 'fired'));
      tally.addCustomer(cellName('trigger', trigger, 'fired'), customerId);
      tally.add(cellName('trigger-day', trigger, dayOf(decidedAt)));
    }
    tally.add(cellName('trigger', trigger, outcome));
    if (outcome !== 'suppressed' && outcome !== 'no_action') return;
    tally.add(cellName('suppressed', trigger, suppressedBy));
    tally.addCustomer(cellName('suppressed', trigger, suppressedBy), customerId);
  };

  const seeWinner = ({ campaign, offer, outcome, arm, costMinor, customerId, decidedAt }: DecisionMade) => {
    if (outcome !== 'contact' && outcome !== 'control') return;
    const what = outcome === 'contact' ? 'contact' : arm;
    tally.add(cellName('campaign', campaign, what));
    tally.addCustomer(cellName('campaign', campaign, what), customerId);
    if (outcome !== 'contact') return;
    tally.add(cellName('campaign-day', campaign, dayOf(decidedAt)));
    tally.add(cellName('offer', campaign, offer));
    tally.add(cellName('cost', campaign), costMinor);
    tally.addCustomer(cellName('contacted', campaign), customerId);
    tally.addCustomer(cellName('contacted', ''), customerId);
  };

  const seeCampaigns = ({ candidates, customerId }: DecisionMade) => {
    const seen = new Set<string>();
    // Best first: the first word about a campaign is that of its best offer.
    for (const { campaign, lostBecause } of candidates) {
      if (campaign === '' || seen.has(campaign)) continue;
      const stands = candidates.some((other) => other.campaign === campaign && STANDING.has(other.lostBecause));
      seen.add(campaign);
      if (stands) note(wouldBy, customerId, campaign);
      else {
        tally.add(cellName('lost', campaign, lostBecause));
        tally.addCustomer(cellName('lost', campaign, lostBecause), customerId);
      }
    }
  };

  const seeDecision = (decision: DecisionMade) => {
    if (decision.decidedAt < window.fromMs || decision.decidedAt >= window.toMs) return;
    // Beside the decision of the same occasion; who wants a shadow counted names the campaign.
    if (decision.stage === 'shadow') return;
    seeTrigger(decision);
    seeWinner(decision);
    seeCampaigns(decision);
    draw.offer(decision);
  };

  return {
    see(happening, isCounted) {
      if (happening.kind === 'decision') return seeDecision(happening.decision);
      if (!isCounted) return;
      if (happening.kind === 'dead-letter') tally.add(cellName('dead-letter', happening.code));
      if (happening.kind === 'rerouted') tally.add(cellName('rerouted', 'all'));
      if (happening.kind === 'asked-again') tally.add(cellName('asked-again', 'all'));
      if (happening.kind === 'folded') {
        for (const [source, count] of happening.late) tally.add(cellName('late', source), count);
      }
    },
    contacted: (campaign = '') => tally.customersOf(cellName('contacted', campaign)),
    observation() {
      for (const [customerId, campaigns] of wouldBy) {
        for (const [a, b] of pairsOf([...campaigns].sort())) tally.addCustomer(cellName('overlap', a, b), customerId);
        for (const campaign of campaigns) tally.addCustomer(cellName('would', campaign), customerId);
      }
      return { totals: tally.totals(), samples: draw.drawn() };
    },
  };
}

/** Not kept from it by anything but another, better one, or by lot. */
const STANDING: ReadonlySet<string> = new Set(['', 'lower-value', 'explored', 'holdout']);

function note(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}

function pairsOf(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
}

/** UTC day, ISO 8601. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
