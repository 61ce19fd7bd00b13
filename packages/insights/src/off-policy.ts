/**
 * What another way of deciding would have earned, from decisions that were logged with the probability of what was chosen.
 * All three take the weight w = π(action | context) ÷ logged probability:
 * - IPS, mean of w·reward: unbiased (Horvitz, Thompson 1952), of high variance where weights are large;
 * - SNIPS, Σ w·reward ÷ Σ w: a bias that vanishes as 1/n, and never outside the rewards seen (Swaminathan, Joachims 2015);
 * - doubly robust: a model of the reward, corrected by what it missed; unbiased if probabilities or model are right
 *   (Dudík, Langford, Li 2011).
 */
export interface LoggedDecision extends DecisionPoint {
  readonly action: string;
  /** Of the action, when it was chosen; above 0. */
  readonly probability: number;
  readonly reward: number;
}

/** What a choice may depend on. */
export interface DecisionPoint {
  /** Rewards of an action are alike within it, such as a segment. */
  readonly context: string;
  /** What there was to choose from, where that differs between decisions of a context. */
  readonly choices?: readonly { readonly action: string; readonly score: number }[];
}

/** Probabilities of actions; they add up to 1. */
export type DecisionPolicy = (point: DecisionPoint) => ReadonlyMap<string, number>;

/** Expected reward of an action in a context. */
export type RewardModel = (context: string, action: string) => number;

export interface OffPolicyEstimate {
  readonly value: number;
  readonly standardError: number;
  readonly n: number;
  /** Decisions that weigh as much as these: (Σw)² ÷ Σw² (Kish). Far below n, few decisions carry the estimate. */
  readonly effectiveN: number;
  /** Decisions whose weight was cut to `maxWeight`: each biases the estimate. */
  readonly clipped: number;
  readonly largestWeight: number;
}

export interface EstimateOptions {
  /** Weights above it are cut. Default none: no bias. */
  readonly maxWeight?: number;
}

export function ips(
  log: readonly LoggedDecision[],
  policy: DecisionPolicy,
  options: EstimateOptions = {},
): OffPolicyEstimate {
  const { weights, ...summary } = weigh(log, policy, options);
  return { ...summary, ...meanOfTerms(log.map(({ reward }, i) => (weights[i] ?? 0) * reward)) };
}

export function snips(
  log: readonly LoggedDecision[],
  policy: DecisionPolicy,
  options: EstimateOptions = {},
): OffPolicyEstimate {
  const { weights, ...summary } = weigh(log, policy, options);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const value = log.reduce((sum, { reward }, i) => sum + (weights[i] ?? 0) * reward, 0) / total;
  // Delta method: the ratio's influence of one decision is w (reward − value) ÷ mean weight.
  const squares = log.reduce((sum, { reward }, i) => sum + ((weights[i] ?? 0) * (reward - value)) ** 2, 0);
  return { ...summary, value, standardError: Math.sqrt(squares) / total };
}

/** Without a model one is fitted on the other half of the log, so that no decision is judged by its own reward. */
export function doublyRobust(
  log: readonly LoggedDecision[],
  policy: DecisionPolicy,
  { model, ...options }: EstimateOptions & { readonly model?: RewardModel } = {},
): OffPolicyEstimate {
  const { weights, ...summary } = weigh(log, policy, options);
  const halves = [0, 1].map((half) => fitMeans(log.filter((_, i) => i % 2 !== half)));
  const terms = log.map((decision, i) => {
    const { context, action, reward } = decision;
    const expected = model ?? halves[i % 2] ?? (() => 0);
    const planned = [...policy(decision)].reduce((sum, [each, share]) => sum + share * expected(context, each), 0);
    return planned + (weights[i] ?? 0) * (reward - expected(context, action));
  });
  return { ...summary, ...meanOfTerms(terms) };
}

/** Mean reward of an action in a context; where it was never tried there, of all decisions. */
export function fitMeans(log: readonly LoggedDecision[]): RewardModel {
  const contexts = new Map<string, Map<string, Mean>>();
  const all: Mean = { n: 0, sum: 0 };
  for (const { context, action, reward } of log) {
    const actions = contexts.get(context) ?? new Map<string, Mean>();
    const own = actions.get(action) ?? { n: 0, sum: 0 };
    for (const mean of [own, all]) {
      mean.n += 1;
      mean.sum += reward;
    }
    contexts.set(context, actions.set(action, own));
  }
  return (context, action) => {
    const { n, sum } = contexts.get(context)?.get(action) ?? all;
    return n === 0 ? 0 : sum / n;
  };
}

interface Mean {
  n: number;
  sum: number;
}

function weigh(
  log: readonly LoggedDecision[],
  policy: DecisionPolicy,
  { maxWeight = Number.POSITIVE_INFINITY }: EstimateOptions,
) {
  const full = log.map((decision) => (policy(decision).get(decision.action) ?? 0) / decision.probability);
  const weights = full.map((weight) => Math.min(weight, maxWeight));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight ** 2, 0);
  return {
    weights,
    n: log.length,
    effectiveN: squares === 0 ? 0 : sum ** 2 / squares,
    clipped: full.filter((weight) => weight > maxWeight).length,
    largestWeight: full.reduce((largest, weight) => Math.max(largest, weight), 0),
  };
}

function meanOfTerms(terms: readonly number[]): { value: number; standardError: number } {
  const n = terms.length;
  const value = terms.reduce((sum, term) => sum + term, 0) / n;
  const squares = terms.reduce((sum, term) => sum + (term - value) ** 2, 0);
  return { value, standardError: Math.sqrt(squares / (n - 1) / n) };
}
