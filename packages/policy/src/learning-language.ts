import { condition, money, share } from './language-words.ts';
import { duration, map, number, optional, record, required, word } from './shape.ts';

/** How it is learnt what customers accept, as `language.ts` puts it into a file. */

const DAY_MS = 86_400_000;

export const EXPLORATION = record('exploration', {
  method: required(word(['none', 'epsilon-greedy', 'softmax']), 'how now and then another offer than the best is made'),
  epsilon: optional(share, 'of decisions that take any offer worth making; of epsilon-greedy'),
  temperature: optional(money, 'difference of values at which the better one is e times as likely; of softmax'),
});

export const LEARNING = record('learning', {
  segments: optional(
    map(condition, 16),
    'groups that are learnt of apart, by name; a customer belongs to the first that is true of him, else to other',
  ),
  priorStrength: optional(
    number({ min: 1, max: 1_000_000 }),
    'contacts that a propensity stated here is worth; 20 when absent',
  ),
  halfLife: optional(duration({ minMs: DAY_MS }), 'after which an outcome counts half; 90d when absent'),
});
