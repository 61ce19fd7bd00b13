import { expect, it } from 'vitest';
import { createWatermarks } from './watermarks.ts';

const GRACE_MS = 1_000;
const event = (occurredAt: number, source = 'billing') => ({ source, eventId: 'e', type: 'Use', occurredAt });

it('a feed that began in a fold that was taken back begins anew', () => {
  const watermarks = createWatermarks({}, GRACE_MS);
  // Said three times: the feed begins, is remembered, and is found again.
  for (const at of [5_000, 6_000, 7_000]) watermarks.advance(event(at), at);
  watermarks.rollback();
  expect(watermarks.get('billing|Use')).toBeUndefined();
  expect(watermarks.advance(event(3_000), 3_000)).toBe(false);
  expect(watermarks.changes()).toEqual({ 'billing|Use': 2_000 });
});

it('sources that take turns move feeds of their own', () => {
  const watermarks = createWatermarks({}, GRACE_MS);
  for (const at of [5_000, 6_000, 7_000]) {
    watermarks.advance(event(at), at);
    watermarks.advance(event(at - 4_000, 'network'), at);
  }
  expect(watermarks.changes()).toEqual({ 'billing|Use': 6_000, 'network|Use': 2_000 });
  expect(watermarks.advance(event(3_000, 'network'), 7_000)).toBe(false);
  expect(watermarks.advance(event(3_000), 7_000)).toBe(true);
});
