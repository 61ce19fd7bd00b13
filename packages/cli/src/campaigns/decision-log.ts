import type { DecisionMade, LogEvent } from '@holdfast/events';
import { type LoggedDecision, NOT_SENT } from '@holdfast/insights';

/** Decisions with what came of them, gathered from the events of one partition after another. */
export interface DecisionLog {
  add(event: LogEvent): void;
  /** Decisions whose offer has ended, in order of their contact ids, so that equal archives give equal logs. */
  rows(): readonly LoggedDecision[];
  /** Decisions whose offer still stands: what comes of them is not known. */
  open(): number;
}

/** Of one campaign, or of all; an offer has ended when it did so before `untilMs`. */
export function createDecisionLog({
  campaign,
  untilMs,
}: {
  readonly campaign?: string;
  readonly untilMs: number;
}): DecisionLog {
  // A decision may be told twice; it is the same one.
  const decisions = new Map<string, DecisionMade>();
  const accepted = new Set<string>();
  const hasEnded = ({ validUntil, sendBy }: DecisionMade) => (validUntil ?? sendBy ?? 0) < untilMs;
  return {
    add(event) {
      if (event.type === 'OfferAccepted') accepted.add(event.contactId);
      if (event.type !== 'DecisionMade' || !isChoice(event)) return;
      if (campaign === undefined || event.campaign === campaign) decisions.set(event.contactId, event);
    },
    rows() {
      const ended = [...decisions.values()].filter(hasEnded).sort(byContact);
      const treated = treatedShares(ended);
      return ended.map((decision) => rowOf(decision, { treated, isAccepted: accepted.has(decision.contactId) }));
    },
    open: () => [...decisions.values()].filter((decision) => !hasEnded(decision)).length,
  };
}

/** Drawn among offers, then sent or kept as control. The universal holdout is kept whatever would be chosen: it says nothing of the choice. */
function isChoice({ outcome, arm, stage }: DecisionMade): boolean {
  return stage !== 'shadow' && (outcome === 'contact' || (outcome === 'control' && arm === 'control'));
}

/** Part of a campaign's decisions that was carried out: being sent takes being chosen and being treated. */
function treatedShares(decisions: readonly DecisionMade[]): ReadonlyMap<string, number> {
  const campaigns = Map.groupBy(decisions, ({ campaign }) => campaign);
  return new Map([...campaigns].map(([id, own]) => [id, own.filter(isSent).length / own.length]));
}

interface Known {
  readonly treated: ReadonlyMap<string, number>;
  readonly isAccepted: boolean;
}

function rowOf(decision: DecisionMade, { treated, isAccepted }: Known): LoggedDecision {
  const { segment, campaign, probability } = decision;
  const point = { context: segment, choices: choicesOf(decision) };
  if (!isSent(decision)) return { ...point, action: NOT_SENT, probability: 1, reward: 0 };
  return {
    ...point,
    action: actionOf(decision),
    probability: probability * (treated.get(campaign) ?? 1),
    reward: isAccepted ? 1 : 0,
  };
}

function isSent({ outcome }: DecisionMade): boolean {
  return outcome === 'contact';
}

/** What nothing but another choice kept back: the winner, what was passed over, and what is worth less. */
const CHOOSABLE: ReadonlySet<string> = new Set(['', 'explored', 'lower-value']);

function choicesOf({ candidates }: DecisionMade): NonNullable<LoggedDecision['choices']> {
  const choosable = candidates.filter(({ campaign, lostBecause }) => campaign !== '' && CHOOSABLE.has(lostBecause));
  return choosable.map((candidate) => ({ action: actionOf(candidate), score: candidate.score }));
}

function actionOf({ campaign, offer }: { readonly campaign: string; readonly offer: string }): string {
  return `${campaign}/${offer}`;
}

function byContact(a: DecisionMade, b: DecisionMade): number {
  return a.contactId < b.contactId ? -1 : 1;
}
