import type { DecisionPolicy, LoggedDecision } from '../src/off-policy.ts';
import type { Random } from './random.ts';

/** A world whose acceptance rates are known, and two ways of deciding in it. */
const ACCEPTANCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  young: { call: 0.05, sms: 0.2, no_action: 0.02 },
  old: { call: 0.35, sms: 0.1, no_action: 0.04 },
};
const CONTEXTS = Object.keys(ACCEPTANCE);

/** How decisions were made: mostly by the same channel, the rest explored. */
export const LOGGING: DecisionPolicy = () =>
  new Map([
    ['call', 0.15],
    ['sms', 0.7],
    ['no_action', 0.15],
  ]);

/** How they might be made: to each context mostly what suits it. */
export const BETTER: DecisionPolicy = ({ context }) =>
  new Map(
    context === 'old'
      ? [
          ['call', 0.9],
          ['sms', 0.1],
        ]
      : [
          ['sms', 0.8],
          ['no_action', 0.2],
        ],
  );

export function trueValue(policy: DecisionPolicy): number {
  const values = CONTEXTS.map((context) =>
    [...policy({ context })].reduce((sum, [action, share]) => sum + share * acceptance(context, action), 0),
  );
  return values.reduce((sum, value) => sum + value, 0) / CONTEXTS.length;
}

export function logDecisions(random: Random, n: number): readonly LoggedDecision[] {
  return Array.from({ length: n }, () => {
    const context = CONTEXTS[Math.floor(random() * CONTEXTS.length)] ?? '';
    const { action, probability } = draw(LOGGING({ context }), random);
    return { context, action, probability, reward: random() < acceptance(context, action) ? 1 : 0 };
  });
}

export function acceptance(context: string, action: string): number {
  return ACCEPTANCE[context]?.[action] ?? 0;
}

function draw(shares: ReadonlyMap<string, number>, random: Random): { action: string; probability: number } {
  let left = random();
  const all = [...shares].map(([action, probability]) => ({ action, probability }));
  for (const each of all) {
    left -= each.probability;
    if (left < 0) return each;
  }
  return all.at(-1) ?? { action: '', probability: 1 };
}
