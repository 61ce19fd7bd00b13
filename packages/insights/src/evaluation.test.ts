import { describe, expect, it } from 'vitest';
import { binomial, type Random, seededRandom } from '../test/random.ts';
import { describeEvaluation } from './describe-evaluation.ts';
import { evaluate, NOT_SENT } from './evaluation.ts';
import type { LoggedDecision } from './off-policy.ts';

const TRUE_SHARE: Readonly<Record<string, number>> = { a: 0.3, b: 0.1 };
const CHOICES = ['a', 'b'].map((action) => ({ action, score: (TRUE_SHARE[action] ?? 0) * 100 }));
const CONTROL_SHARE = 0.2;

/** ε-greedy with ε 0.4 between two offers, a fifth of the customers kept as control. */
function logged(random: Random, n: number): readonly LoggedDecision[] {
  return Array.from({ length: n }, () => {
    const isBest = random() < 0.8;
    const action = isBest ? 'a' : 'b';
    const point = { context: 'other', choices: CHOICES };
    if (random() < CONTROL_SHARE) return { ...point, action: NOT_SENT, probability: 1, reward: 0 };
    const probability = (isBest ? 0.8 : 0.2) * (1 - CONTROL_SHARE);
    return { ...point, action, probability, reward: binomial(random, 1, TRUE_SHARE[action] ?? 0) };
  });
}

describe('other ways of choosing', () => {
  const evaluation = evaluate(logged(seededRandom(1), 20_000));

  it('are estimated as what they would have earned, controls or not', () => {
    const [best, alike] = evaluation?.ways ?? [];
    for (const [estimates, truth] of [
      [best, 0.3],
      [alike, 0.2],
    ] as const) {
      for (const estimate of [estimates?.ips, estimates?.snips, estimates?.doublyRobust]) {
        expect(Math.abs((estimate?.value ?? 0) - truth)).toBeLessThan(4 * (estimate?.standardError ?? 0));
      }
    }
    expect(Math.abs((evaluation?.asDecided.value ?? 0) - 0.26)).toBeLessThan(
      4 * (evaluation?.asDecided.standardError ?? 0),
    );
  });

  it('are called better or worse only where that is more than chance', () => {
    expect(evaluation?.ways.map(({ way, verdict }) => [way, verdict])).toEqual([
      ['always the best', 'better'],
      ['any alike', 'worse'],
    ]);
    const few = evaluate(logged(seededRandom(2), 60));
    expect(few?.ways.map(({ verdict }) => verdict)).toEqual(['undecided', 'undecided']);
  });

  it('are the same where there is nothing to choose from', () => {
    const alone = [0, 1, 1, 0].map((reward) => ({
      context: 'other',
      action: 'a',
      probability: 1,
      reward,
      choices: CHOICES.slice(0, 1),
    }));
    expect(evaluate(alone)).toMatchObject({
      withChoice: 0,
      asDecided: { value: 0.5 },
      ways: [{ ips: { value: 0.5 } }, { snips: { value: 0.5 } }],
    });
  });

  it('are not told of where nothing was sent', () => {
    expect(evaluate([])).toBeNull();
  });

  it('are printed with their errors and how many decisions carry them', () => {
    expect(evaluation && describeEvaluation(evaluation)).toMatch(
      /^always the best +0\.\d{4} ± 0\.\d{4} .* [\d,]+ +1\.6 +better$/m,
    );
  });
});
