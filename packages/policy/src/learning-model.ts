import type { Condition } from './model.ts';

/** How a decision now and then takes another candidate than the best, so that more is learnt of it. */
export type Exploration =
  | { readonly method: 'none' }
  /** With probability `epsilon` any candidate worth sending, each alike. */
  | { readonly method: 'epsilon-greedy'; readonly epsilon: number }
  /** Each with a weight of exp(value / temperature), both in minor units. */
  | { readonly method: 'softmax'; readonly temperatureMinor: number };

/** How propensities are learnt from outcomes. */
export interface Learning {
  /** A customer belongs to the first whose condition is true, else to `OTHER_SEGMENT`. */
  readonly segments: readonly LearningSegment[];
  /** Contacts that the propensity stated in the policy is worth. */
  readonly priorStrength: number;
  /** After so long an outcome counts half. */
  readonly halfLifeMs: number;
}

export interface LearningSegment {
  readonly name: string;
  readonly when: Condition;
}

export const OTHER_SEGMENT = 'other';

export const NO_EXPLORATION: Exploration = { method: 'none' };

export const DEFAULT_LEARNING: Learning = { segments: [], priorStrength: 20, halfLifeMs: 90 * 86_400_000 };
