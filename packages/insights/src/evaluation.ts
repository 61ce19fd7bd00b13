import {
  type DecisionPoint,
  type DecisionPolicy,
  doublyRobust,
  ips,
  type LoggedDecision,
  type OffPolicyEstimate,
  snips,
} from './off-policy.ts';

/** The action of a decision that was not carried out: its customer is control. No way of choosing takes it. */
export const NOT_SENT = '';

/** What other ways of choosing among offers would have earned, as reward per decision that is carried out. */
export interface Evaluation {
  readonly decisions: number;
  /** Of them, kept as control. */
  readonly controls: number;
  /** Of them, with more than one offer to choose from: elsewhere all ways are the same. */
  readonly withChoice: number;
  /** Mean reward of what was sent, and its standard error. */
  readonly asDecided: { readonly n: number; readonly value: number; readonly standardError: number };
  readonly ways: readonly WayEstimate[];
}

export interface WayEstimate {
  readonly way: keyof typeof WAYS;
  readonly ips: OffPolicyEstimate;
  readonly snips: OffPolicyEstimate;
  readonly doublyRobust: OffPolicyEstimate;
  /** Against what was decided, by the doubly robust estimate; undecided within 1.96 standard errors of the two. */
  readonly verdict: 'better' | 'worse' | 'undecided';
}

export const WAYS = {
  'always the best': bestAlone,
  'any alike': anyAlike,
} as const satisfies Readonly<Record<string, DecisionPolicy>>;

/** Null where nothing was sent. */
export function evaluate(log: readonly LoggedDecision[]): Evaluation | null {
  const sent = log.filter(({ action }) => action !== NOT_SENT);
  if (sent.length < 2) return null;
  const { value, standardError } = ips(sent.map(asChosen), CHOSEN);
  const asDecided = { n: sent.length, value, standardError };
  return {
    decisions: log.length,
    controls: log.length - sent.length,
    withChoice: log.filter(({ choices }) => (choices?.length ?? 0) > 1).length,
    asDecided,
    ways: (Object.keys(WAYS) as (keyof typeof WAYS)[]).map((way) => estimateOf(way, log, asDecided)),
  };
}

function estimateOf(
  way: keyof typeof WAYS,
  log: readonly LoggedDecision[],
  decided: Evaluation['asDecided'],
): WayEstimate {
  const [policy, robust] = [WAYS[way], doublyRobust(log, WAYS[way])];
  const difference = robust.value - decided.value;
  const isClear = Math.abs(difference) > 1.96 * Math.hypot(robust.standardError, decided.standardError);
  const verdict = isClear ? (difference > 0 ? 'better' : 'worse') : 'undecided';
  return { way, ips: ips(log, policy), snips: snips(log, policy), doublyRobust: robust, verdict };
}

/** As logged: what was chosen is certain, so that every decision has weight 1. */
const CHOSEN: DecisionPolicy = () => new Map([['chosen', 1]]);

function asChosen({ context, reward }: LoggedDecision): LoggedDecision {
  return { context, action: 'chosen', probability: 1, reward };
}

/** No exploration: the highest score; of equals the first. */
function bestAlone({ choices = [] }: DecisionPoint): ReadonlyMap<string, number> {
  const best = choices.reduce<(typeof choices)[number] | undefined>(
    (a, b) => (a && a.score >= b.score ? a : b),
    undefined,
  );
  return new Map(best ? [[best.action, 1]] : []);
}

/** Nothing but exploration. */
function anyAlike({ choices = [] }: DecisionPoint): ReadonlyMap<string, number> {
  return new Map(choices.map(({ action }) => [action, 1 / choices.length]));
}
