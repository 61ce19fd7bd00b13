import { describe, expect, it } from 'vitest';
import { holdForConsent } from './consent-hold.ts';

describe('the hold of a consent', () => {
  const event = {
    type: 'ConsentChanged',
    eventId: 'e',
    source: 's',
    occurredAt: 1,
    customerId: 'c1',
    channel: 'sms',
    granted: false,
  } as const;

  it.each([
    [{}, ['c1', 'marketing:sms', 86_400]],
    [{ purpose: 'SERVICE', channel: '*' } as const, ['c1', 'service:*', 86_400]],
    [{ granted: true }, ['c1', 'marketing:sms', 1]],
  ])('of %j is kept under purpose and channel', async (change, expected) => {
    const calls: unknown[] = [];
    await holdForConsent({ ...event, ...change }, { suppress: async (...call) => void calls.push(call) });
    expect(calls).toEqual([expected]);
  });
});
