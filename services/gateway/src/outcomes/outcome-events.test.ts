import { checkInput } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { OUTCOMES, type Outcome } from './outcome.ts';
import { outcomeEvents, type ToldOutcome } from './outcome-events.ts';

const CONTACT = {
  campaign: 'save',
  offer: 'plan',
  arm: 'treated',
  channel: 'call-centre',
  category: 'retention',
  sendAt: 1_900_000_000_000,
  segment: 'young',
  probability: 0.9,
};
const AT = 1_900_000_100_000;

function told(outcome: Partial<Outcome>, change: Partial<ToldOutcome> = {}): ToldOutcome {
  const full = { customerId: 'c', contactId: 'k', outcome: 'presented', ...outcome } as const;
  return { outcome: full, contact: CONTACT, agent: 'a-1', occurredAt: AT, name: 'n', ...change };
}

const about = { ...CONTACT, source: 'holdfast:desk', customerId: 'c', contactId: 'k', occurredAt: AT, agent: 'a-1' };
/** Who was not spoken with was offered nothing. */
const { segment: _, probability: __, ...unlearnt } = about;

describe('the events of an outcome', () => {
  it.each<[Partial<Outcome>, object]>([
    [{ outcome: 'presented' }, { type: 'OfferPresented' }],
    [{ outcome: 'accepted' }, { type: 'OfferAccepted' }],
    [
      { outcome: 'rejected', reason: 'price' },
      { type: 'OfferRejected', reason: 'price' },
    ],
    [{ outcome: 'rejected' }, { type: 'OfferRejected', reason: '' }],
    [
      { outcome: 'deferred', until: AT + 1 },
      { type: 'OfferDeferred', until: AT + 1 },
    ],
    [{ outcome: 'deferred' }, { type: 'OfferDeferred', until: null }],
  ])('%j say all that rebuilds the contact', (outcome, expected) => {
    expect(outcomeEvents(told(outcome))).toEqual([{ ...about, ...expected, eventId: expect.any(String) }]);
  });

  it.each([
    ['no_answer', 'NO_ANSWER'],
    ['wrong_person', 'WRONG_PERSON'],
  ] as const)('of %s say nothing that is learnt from', (outcome, result) => {
    const attempt = { ...unlearnt, type: 'ContactAttempted', result };
    expect(outcomeEvents(told({ outcome }))).toEqual([{ ...attempt, eventId: expect.any(String) }]);
  });

  it('of who wants to be left alone are the exclusion, and the refusal of what he was asked', () => {
    const [excluded, refused, ...more] = outcomeEvents(told({ outcome: 'do_not_contact' }));
    expect(excluded).toMatchObject({
      type: 'ExclusionSet',
      exclusion: 'do-not-contact',
      active: true,
      customerId: 'c',
    });
    expect(refused).toMatchObject({ ...about, type: 'OfferRejected', reason: 'do_not_contact' });
    expect(more).toEqual([]);
    const alone = told({ outcome: 'do_not_contact', contactId: undefined }, { contact: undefined });
    expect(outcomeEvents(alone).map(({ type }) => type)).toEqual(['ExclusionSet']);
  });

  it.each(OUTCOMES)('of %s keep the contract', (outcome) => {
    for (const event of outcomeEvents(told({ outcome }))) expect(checkInput(event)).toEqual([]);
  });

  it('have ids that follow from customer, contact, outcome and name, and from nothing else', () => {
    const ids = (...args: Parameters<typeof told>) => outcomeEvents(told(...args)).map(({ eventId }) => eventId);
    expect(ids({})).toEqual(ids({}, { occurredAt: AT + 5, agent: 'other' }));
    const others = [
      ids({ contactId: 'k2' }),
      ids({ customerId: 'c2' }),
      ids({ outcome: 'accepted' }),
      ids({}, { name: 'm' }),
      ids({ outcome: 'do_not_contact' }),
    ].flat();
    expect(new Set([...ids({}), ...others]).size).toBe(1 + others.length);
  });
});
