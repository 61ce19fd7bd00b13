import { expect, it } from 'vitest';
import { compilePack, START } from '../test/customer-world.ts';
import { hasFired, latchedScope, markFired, shutAgain } from './firings.ts';
import { createCustomerState } from './state-codec.ts';

const TRIGGER = compilePack().triggers.get('failed_calls');

it('a crossing on an occasion that had its turn shuts the latch, so that the next week needs a crossing of its own', () => {
  if (!TRIGGER) throw new Error('the pack has no failed_calls');
  const state = createCustomerState('c-1');
  markFired(state.dealings.change(), { trigger: TRIGGER.id, occasion: 'week:1', at: START, isLatched: false });
  const scope = { attribute: () => undefined, feature: () => 9, asOfMs: START };
  const isOpenIn = (week: string) => latchedScope(state, TRIGGER, scope, () => week).latched?.('failed_calls_7d', 5);
  expect(isOpenIn('week:2')).toBe(true);
  expect(hasFired(state.dealings.read(), TRIGGER.id, 'week:1')).toBe(true);
  shutAgain(state, TRIGGER, 'week:1');
  expect(isOpenIn('week:2')).toBe(false);
});
