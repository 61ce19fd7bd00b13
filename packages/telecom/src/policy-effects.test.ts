import { describe, expect, it } from 'vitest';
import { compilePack, DAY_MS } from '../test/customer-world.ts';
import { policyEffects } from './policy-effects.ts';

const PACK = compilePack();
const edited = (file: string, from: RegExp, to: string) =>
  compilePack({
    [file]: (text) => {
      if (!from.test(text)) throw new Error(`${file} has no ${from}`);
      return text.replace(from, to);
    },
  });

describe('the effects of a switch', () => {
  it('to the same policy are none', () => {
    expect(policyEffects(PACK, compilePack())).toEqual({
      features: [],
      droppedFeatures: [],
      triggers: [],
      bytesBefore: PACK.features.maxBytes,
      bytesAfter: PACK.features.maxBytes,
    });
  });

  it('to a feature with another window are an empty one, and the latch on it primed', () => {
    const after = edited('features.yaml', /(failed_calls_7d:[\s\S]*?window: )7d/, '$1 14d');
    const { features, droppedFeatures, triggers } = policyEffects(PACK, after);
    expect(features).toEqual([{ feature: 'failed_calls_7d', knownAfterMs: 14 * DAY_MS }]);
    expect(droppedFeatures).toEqual([]);
    expect(triggers).toEqual([{ trigger: 'failed_calls', start: 'primed' }]);
  });

  it('to a longer silence are that it is counted anew', () => {
    const after = edited('triggers.yaml', /for: \d+d/, 'for: 30d');
    expect(policyEffects(PACK, after).triggers).toEqual([{ trigger: 'gone_quiet', start: 'armed' }]);
  });

  it('to a new schedule are that its next day is waited for', () => {
    const after = edited(
      'triggers.yaml',
      /triggers:\n/,
      'triggers:\n  yearly: { schedule: { every: anniversary }, reason: r }\n',
    );
    expect(policyEffects(PACK, after).triggers).toEqual([{ trigger: 'yearly', start: 'scheduled' }]);
  });

  it('to other words are none', () => {
    const after = edited('triggers.yaml', /freshness: \d+[mhd]/, 'freshness: 17m');
    expect(policyEffects(PACK, after).triggers).toEqual([]);
  });

  it('from nothing are everything, and nothing to be primed', () => {
    const { features, triggers, bytesBefore } = policyEffects(undefined, PACK);
    expect(features).toHaveLength(PACK.features.definitions.length);
    expect(triggers).toHaveLength(PACK.triggers.size);
    expect(triggers.map(({ start }) => start)).not.toContain('primed');
    expect(bytesBefore).toBeNull();
  });
});
