import { describe, expect, it } from 'vitest';
import { holdForExclusion } from './exclusion-hold.ts';

describe('the hold of an exclusion', () => {
  const event = {
    type: 'ExclusionSet',
    eventId: 'e',
    source: 's',
    occurredAt: 1,
    customerId: 'c1',
    exclusion: 'do-not-contact',
    active: true,
  } as const;
  const callsOf = async (change: Partial<Parameters<typeof holdForExclusion>[0]>) => {
    const calls: unknown[] = [];
    await holdForExclusion({ ...event, ...change }, { suppress: async (...call) => void calls.push(call) });
    return calls;
  };

  it('is for everything while it is active', async () => {
    expect(await callsOf({})).toEqual([['c1', '*', 86_400]]);
    expect(await callsOf({ active: false })).toEqual([['c1', '*', 1]]);
  });

  it('is none for exclusions that are no wish of the customer', async () => {
    expect(await callsOf({ exclusion: 'staff' })).toEqual([]);
  });
});
