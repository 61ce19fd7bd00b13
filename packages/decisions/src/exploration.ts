import type { Exploration } from '@holdfast/policy';

/** Which of several is taken, and how probable exactly that was. */
export interface Choice {
  readonly index: number;
  readonly probability: number;
}

/**
 * Probabilities with which each of these values is chosen; the values are in minor units, the highest first, at least one.
 * ε-greedy takes any alike with probability ε, the best included; softmax weighs with exp(value / temperature).
 */
export function probabilitiesOf(values: readonly number[], exploration: Exploration): readonly number[] {
  switch (exploration.method) {
    case 'none':
      return values.map((_, index) => (index === 0 ? 1 : 0));
    case 'epsilon-greedy': {
      const each = exploration.epsilon / values.length;
      return values.map((_, index) => (index === 0 ? 1 - exploration.epsilon + each : each));
    }
    case 'softmax':
      return softmax(values, exploration.temperatureMinor);
  }
}

/** Chooses by `share`, evenly spread over [0, 1): the same share chooses the same. */
export function choose(values: readonly number[], exploration: Exploration, share: number): Choice {
  const probabilities = probabilitiesOf(values, exploration);
  let upTo = 0;
  for (const [index, probability] of probabilities.entries()) {
    upTo += probability;
    if (share < upTo) return { index, probability };
  }
  // Sums of fractions may end a little below 1. The best is always probable.
  return { index: 0, probability: probabilities[0] ?? 1 };
}

/** Less the highest value, so that no weight is infinite. */
function softmax(values: readonly number[], temperatureMinor: number): readonly number[] {
  const highest = Math.max(...values);
  const weights = values.map((value) => Math.exp((value - highest) / temperatureMinor));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
