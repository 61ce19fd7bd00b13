import { defaultPolicy } from '@holdfast/testkit/told-customer';
import { expect, it } from 'vitest';
import type { LearningView } from './learning-desk.ts';
import { describePropensities, propensityLines } from './propensity-report.ts';

const KEPT = new Map([['care_call', new Map([['young', { alpha: 10, beta: 90 }]])]]);
const LEARNT = [
  { offer: 'save_plan', segment: 'other', alpha: 30, beta: 70, treated: 90, accepted: 28 },
  { offer: 'care_call', segment: 'young', alpha: 12, beta: 88, treated: 100, accepted: 9 },
];

function viewOf(fields: Partial<LearningView> = {}): LearningView {
  return { policy: defaultPolicy(), learnt: LEARNT, behind: [], news: undefined, inForce: [KEPT, KEPT], ...fields };
}

it('a line says what the policy states, what was learnt of how many contacts, and what is decided by', () => {
  const [, head, first, second, last] = describePropensities(viewOf()).split('\n');
  expect(head?.split(/ {2,}/)).toEqual(['offer', 'segment', 'stated', 'contacts', 'accepted', 'learnt', 'in force']);
  expect(first?.split(/ {2,}/)).toEqual(['care_call', 'young', '25.0 %', '100', '9', '12.0 % ± 3.2 %', '10.0 %']);
  expect(second?.split(/ {2,}/)).toEqual(['save_plan', 'other', '35.0 %', '90', '28', '30.0 % ± 4.6 %', 'as stated']);
  expect(last).toBe('no news for any of the 2 shards');
  expect(propensityLines(viewOf())[0]).toMatchObject({ stated: 0.25, learnt: 0.12, inForce: 0.1 });
});

it('shards that were not told are named', () => {
  expect(describePropensities(viewOf({ behind: [1] }))).toContain('shards 1 do not decide by it yet');
  expect(describePropensities(viewOf({ behind: [0, 1] }))).toContain('no shard decides by it yet');
});

it('where nothing was learnt it says so', () => {
  expect(describePropensities(viewOf({ learnt: [] }))).toContain('nothing was learnt yet');
});
