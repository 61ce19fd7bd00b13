import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic } from './index.ts';

const withMarket = (text: string) => ({ ...PACK, 'policy/market.yaml': text });

function problems(text: string): readonly string[] {
  const answer = compilePolicy(withMarket(text), contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

describe('exploration', () => {
  it.each([
    ['', { method: 'none' }],
    ['exploration: { method: none }', { method: 'none' }],
    ['exploration: { method: epsilon-greedy, epsilon: 0.2 }', { method: 'epsilon-greedy', epsilon: 0.2 }],
    ['exploration: { method: softmax, temperature: 1.5 }', { method: 'softmax', temperatureMinor: 150 }],
  ])('"%s" is read', (text, expected) => {
    expect(compiled(withMarket(text)).exploration).toEqual(expected);
  });

  it.each([
    ['exploration: { method: greedy }', '1:24 error: method must be one of none, epsilon-greedy, softmax'],
    ['exploration: { method: softmax }', '1:1 error: this method needs temperature'],
    ['exploration: { method: softmax, temperature: 0 }', '1:1 error: softmax needs a temperature above 0'],
    ['exploration: { method: epsilon-greedy }', '1:1 error: this method needs epsilon'],
    ['exploration: { method: none, epsilon: 0.1 }', '1:30 error: epsilon is of another method'],
    ['exploration: { method: epsilon-greedy, epsilon: 2 }', '1:49 error: epsilon must be a share from 0 to 1'],
  ])('"%s" is refused', (text, expected) => {
    expect(problems(text).join('\n')).toContain(`policy/market.yaml:${expected}`);
  });
});

describe('learning', () => {
  it('has its segments in the order in which they are written', () => {
    const { segments, priorStrength, halfLifeMs } = compiled().learning;
    expect(segments.map(({ name, when }) => [name, when.source])).toEqual([
      ['young', 'days_left_in_cycle < 3'],
      ['key', "segment('high_value')"],
    ]);
    expect({ priorStrength, halfLifeMs }).toEqual({ priorStrength: 50, halfLifeMs: 30 * 86_400_000 });
  });

  it.each(['', 'learning: {}'])('has one segment, twenty contacts and ninety days for "%s"', (text) => {
    expect(compiled(withMarket(text)).learning).toEqual({
      segments: [],
      priorStrength: 20,
      halfLifeMs: 90 * 86_400_000,
    });
  });

  it.each([
    ['learning: { segments: { other: has_broadband } }', '1:25 error: "other" cannot be the name of a segment'],
    ['learning: { segments: { A: has_broadband } }', '1:25 error: "A" cannot be the name of a segment'],
    ['learning: { segments: { a: tiers } }', '1:28 error: unknown feature or attribute "tiers"; did you mean "tier"?'],
    ['learning: { segments: [a] }', '1:23 error: segments must be a map of up to 16 conditions by name'],
    ['learning: { priorStrength: 0 }', '1:28 error: priorStrength must be a number from 1 to 1000000'],
    ['learning: { halfLife: 1h }', '1:23 error: halfLife must be a duration'],
  ])('"%s" is refused', (text, expected) => {
    expect(problems(text).join('\n')).toContain(`policy/market.yaml:${expected}`);
  });
});
