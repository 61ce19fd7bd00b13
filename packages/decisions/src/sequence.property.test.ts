import { type CompiledPolicy, type ContactPolicy, UNLIMITED } from '@holdfast/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenPromises } from '../test/contact-oracle.ts';
import { worlds } from '../test/random-world.ts';
import { type Neglect, simulate } from '../test/simulated-shard.ts';

describe('whatever happens to whomever under whatever policy', () => {
  it('no contact breaks a cap, the gap, a silence, quiet hours, consent, the holdout, a budget or a slot', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        expect([...brokenPromises(world, simulate(world))]).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('each decision says why each candidate lost, but for the one that won', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { decision } of simulate(world)) {
          const unlost = decision.candidates.filter(({ lostBecause }) => lostBecause === undefined);
          const { outcome } = decision;
          if (outcome.kind === 'contact' || outcome.kind === 'control') expect(unlost).toEqual([outcome.winner]);
          expect(decision.probability).toBeGreaterThan(0);
          expect(decision.probability).toBeLessThanOrEqual(1);
          if (outcome.kind !== 'contact') expect([decision.costMinor, decision.slotAt]).toEqual([0, undefined]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('who judges the contacts', () => {
  const loosened = (fields: Partial<ContactPolicy>): Neglect => ({
    policy: (policy): CompiledPolicy => ({ ...policy, contactPolicy: { ...policy.contactPolicy, ...fields } }),
  });

  it.each<[string, Neglect]>([
    ['cap', loosened({ caps: [] })],
    ['gap', loosened({ minimumGapMs: 0 })],
    ['quiet', loosened({ quietHours: [] })],
    ['cool-down', loosened({ cooldownMs: 0 })],
    ['acceptance', loosened({ acceptanceCooldownMs: 0 })],
    ['rejections', { policy: withoutRejections }],
    ['vulnerable', { policy: (policy) => ({ ...policy, contactPolicy: { ...UNLIMITED } }) }],
    ['consent', { consent: true }],
    ['holdout', { policy: (policy) => ({ ...policy, holdout: { share: 0, salt: '' } }) }],
    ['budget', { standing: true }],
    ['capacity', { standing: true }],
  ])('notices when %s is neglected', (promise, neglect) => {
    const sample = fc.sample(worlds, { numRuns: 80, seed: 7 });
    expect(sample.some((world) => brokenPromises(world, simulate(world, neglect)).has(promise))).toBe(true);
  });
});

function withoutRejections(policy: CompiledPolicy): CompiledPolicy {
  const { rejections: _, ...contactPolicy } = policy.contactPolicy;
  return { ...policy, contactPolicy };
}
