import { describe, expect, it } from 'vitest';
import { compareViews } from './state-difference.ts';

const LIVE = {
  lastEventAt: 1_000,
  features: { uses_6d: 3, days_since_usage: null },
  contacts: [{ contactId: 'c1', sendAt: 500_000, status: 'confirmed' }],
  firings: [{ trigger: 'gone_quiet', at: 500_000 }],
  plans: [{ campaign: 'quiet_customers', startedAt: 500_000, stepIndex: 0, dueAt: 900_000 }],
};

describe('two states of a customer', () => {
  it('with the same fields are equal', () => {
    expect(compareViews(LIVE, structuredClone(LIVE))).toEqual({ kind: 'equal' });
  });

  it('differ by the fields in which they do', () => {
    const fresh = { ...LIVE, features: { uses_6d: 4, days_since_usage: null }, contacts: [] };
    expect(compareViews(LIVE, fresh)).toEqual({
      kind: 'different',
      fields: [
        { field: 'features.uses_6d', live: 3, fresh: 4 },
        { field: 'contacts.0', live: LIVE.contacts[0], fresh: undefined },
      ],
    });
  });

  it.each([
    ['within a minute are the same but for timing', 560_000, 'timing'],
    ['further apart differ', 560_001, 'different'],
  ])('whose silence was answered at times that %s', (_, at, kind) => {
    const contacts = [{ contactId: 'c1', sendAt: at, status: 'confirmed' }];
    const plans = [{ ...LIVE.plans[0], startedAt: at, dueAt: at + 400_000 }];
    const fresh = { ...LIVE, contacts, plans, firings: [{ trigger: 'gone_quiet', at }] };
    expect(compareViews(LIVE, fresh).kind).toBe(kind);
  });

  it.each([
    ['within an hour are the same but for timing', 500_000 + 3_600_000, 'timing'],
    ['further apart differ', 500_001 + 3_600_000, 'different'],
  ])('whose silence was closed, and nobody contacted, at times that %s', (_, at, kind) => {
    expect(compareViews(LIVE, { ...LIVE, firings: [{ trigger: 'gone_quiet', at }] }).kind).toBe(kind);
  });

  it('differ where another field does, however close the times are', () => {
    const fresh = { ...LIVE, lastEventAt: 1_001, firings: [{ trigger: 'gone_quiet', at: 500_001 }] };
    expect(compareViews(LIVE, fresh).kind).toBe('different');
  });
});
