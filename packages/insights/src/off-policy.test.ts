import { describe, expect, it } from 'vitest';
import { acceptance, BETTER, LOGGING, logDecisions, trueValue } from '../test/logged-world.ts';
import { seededRandom } from '../test/random.ts';
import { doublyRobust, ips, type LoggedDecision, type OffPolicyEstimate, snips } from './off-policy.ts';

const LOGS = 300;
const DECISIONS = 500;

/** Over many logs: mean error in standard errors of that mean, and how often truth ± 1.96 standard errors holds. */
function judged(estimate: (log: readonly LoggedDecision[]) => OffPolicyEstimate, truth: number) {
  const random = seededRandom(11);
  const estimates = Array.from({ length: LOGS }, () => estimate(logDecisions(random, DECISIONS)));
  const errors = estimates.map(({ value }) => value - truth);
  const bias = errors.reduce((sum, error) => sum + error, 0) / LOGS;
  const spread = Math.sqrt(errors.reduce((sum, error) => sum + (error - bias) ** 2, 0) / (LOGS - 1));
  const covered = estimates.filter(
    ({ value, standardError }) => Math.abs(value - truth) <= 1.96 * standardError,
  ).length;
  return { biasInErrors: bias / (spread / Math.sqrt(LOGS)), coverage: covered / LOGS, spread };
}

describe('off-policy estimates over logs with known probabilities', () => {
  const truth = trueValue(BETTER);

  it.each([
    ['IPS', (log: readonly LoggedDecision[]) => ips(log, BETTER)],
    ['SNIPS', (log: readonly LoggedDecision[]) => snips(log, BETTER)],
    ['doubly robust', (log: readonly LoggedDecision[]) => doublyRobust(log, BETTER)],
    [
      'doubly robust with a model that is wrong',
      (log: readonly LoggedDecision[]) => doublyRobust(log, BETTER, { model: () => 0.5 }),
    ],
  ])('%s has no bias to be seen, and its standard error covers', (_, estimate) => {
    const { biasInErrors, coverage } = judged(estimate, truth);
    expect(Math.abs(biasInErrors)).toBeLessThan(3.5);
    expect(coverage).toBeGreaterThan(0.9);
  });

  it('doubly robust with the true model stays right when the logged probabilities are wrong, IPS does not', () => {
    const log = logDecisions(seededRandom(5), 20_000).map((decision) => ({ ...decision, probability: 0.5 }));
    const robust = doublyRobust(log, BETTER, { model: acceptance });
    expect(Math.abs(robust.value - truth)).toBeLessThan(4 * robust.standardError);
    const plain = ips(log, BETTER);
    expect(Math.abs(plain.value - truth)).toBeGreaterThan(4 * plain.standardError);
  });

  it('doubly robust varies less than IPS', () => {
    const spreadOf = (estimate: typeof ips) => judged((log) => estimate(log, BETTER), truth).spread;
    expect(spreadOf(doublyRobust)).toBeLessThan(spreadOf(ips));
  });

  it('the way decisions were made is estimated by what came of them, with every decision at full weight', () => {
    const log = logDecisions(seededRandom(6), 1_000);
    const mean = log.reduce((sum, { reward }) => sum + reward, 0) / log.length;
    for (const estimate of [ips, snips, doublyRobust]) {
      const { value, effectiveN, clipped } = estimate(log, LOGGING);
      expect(value).toBeCloseTo(mean, estimate === doublyRobust ? 2 : 9);
      expect(effectiveN).toBeCloseTo(1_000, 6);
      expect(clipped).toBe(0);
    }
  });

  it('a cut weight is counted, and lowers the estimate of what rarely was tried', () => {
    const log = logDecisions(seededRandom(7), 2_000);
    const cut = ips(log, BETTER, { maxWeight: 3 });
    expect(cut.clipped).toBe(log.filter(({ context, action }) => context === 'old' && action === 'call').length);
    expect(cut.largestWeight).toBeCloseTo(6, 9);
    expect(cut.value).toBeLessThan(ips(log, BETTER).value);
    expect(cut.effectiveN).toBeGreaterThan(ips(log, BETTER).effectiveN);
  });
});
