import type { Event } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import type { CustomerAnswer, KnownCustomer } from '../customers/customer-reader.ts';
import type { AppendOutcome } from '../events/event-intake.ts';
import type { ContactAnswer } from './contact-source.ts';
import type { Outcome, OutcomeCaller } from './outcome.ts';
import { createOutcomeRecorder } from './record-outcomes.ts';

const NOW = 1_900_000_000_000;
const CONTACT = {
  campaign: 'save',
  offer: 'plan',
  arm: 'treated',
  channel: 'call-centre',
  category: 'retention',
  sendAt: NOW,
  segment: 'young',
  probability: null,
};

interface Situation {
  readonly customer?: CustomerAnswer['kind'];
  readonly contact?: ContactAnswer['kind'];
  readonly isUnseen?: boolean;
  readonly isUnaudited?: boolean;
  readonly failing?: readonly ('hold' | 'note' | 'withdraw')[];
  append?(events: readonly Event[]): readonly AppendOutcome[];
}

/** Writes down what happens, in its order. */
function world(situation: Situation = {}) {
  const steps: string[] = [];
  const appended: Event[] = [];
  const failed: string[] = [];
  const counted: string[] = [];
  const place = { topic: 't', partition: 0, offset: 1 };
  const failing = (what: 'hold' | 'note' | 'withdraw') => {
    if (situation.failing?.includes(what)) throw new Error(`${what} failed`);
  };
  const record = createOutcomeRecorder({
    customers: {
      read: async (customerId) => {
        const { customer = 'found' } = situation;
        if (customer === 'found') return { kind: 'found', customer: { customerId } as KnownCustomer };
        return customer === 'away' ? { kind: 'away', why: 'redis' } : { kind: 'absent' };
      },
    },
    findContact: async () => {
      const { contact = 'found' } = situation;
      return contact === 'found' ? { kind: 'found', contact: CONTACT } : { kind: contact };
    },
    placeOf: () => ({ tier: 'key', city: '', accountManager: '' }),
    append: async (events) => {
      steps.push('append');
      appended.push(...events);
      return situation.append?.(events) ?? events.map(() => ({ kind: 'accepted', place }));
    },
    hold: async ({ customerId }) => {
      steps.push(`hold ${customerId}`);
      failing('hold');
    },
    note: async (customerId, events) => {
      steps.push(`note ${customerId} ${events.map(({ event }) => event.type).join('+')}`);
      failing('note');
    },
    withdraw: async (customerId, contactId) => {
      steps.push(`withdraw ${customerId} but ${contactId}`);
      failing('withdraw');
    },
    failed: (what) => void failed.push(what),
    counted: ({ outcome }, { kind }) => void counted.push(`${outcome} ${kind}`),
    nowMs: () => NOW,
  });
  const caller: OutcomeCaller = {
    agent: 'a-1',
    sees: () => !situation.isUnseen,
    noteAccess: async (customerId) => {
      steps.push(`audit ${customerId}`);
      if (situation.isUnaudited) throw new Error('the audit log is away');
    },
  };
  const tell = (outcome: Partial<Outcome> = {}, more: Partial<OutcomeCaller> = {}) =>
    record({ ...caller, ...more }, [{ customerId: 'c', contactId: 'k', outcome: 'accepted', ...outcome }]);
  return { record, caller, tell, steps, appended, failed, counted };
}

describe('recording outcomes', () => {
  it('notes who looks, appends, and then makes it visible', async () => {
    const { tell, steps, appended, counted } = world();
    const [answer] = await tell();
    expect(steps).toEqual(['audit c', 'append', 'note c OfferAccepted']);
    expect(answer).toEqual({
      kind: 'recorded',
      occurredAt: NOW,
      events: [{ type: 'OfferAccepted', id: appended[0]?.eventId }],
    });
    expect(counted).toEqual(['accepted recorded']);
  });

  it('holds before the log has it who wants to be left alone, and takes him from other people after it', async () => {
    const { tell, steps } = world();
    await tell({ outcome: 'do_not_contact', contactId: undefined });
    expect(steps).toEqual(['audit c', 'hold c', 'append', 'note c ExclusionSet', 'withdraw c but undefined']);
    await tell({ outcome: 'do_not_contact' });
    expect(steps.at(-1)).toBe('withdraw c but k');
  });

  it('leaves it to who follows the log to take from people what cannot be taken now', async () => {
    const { tell, failed } = world({ failing: ['withdraw'] });
    expect(await tell({ outcome: 'do_not_contact' })).toMatchObject([{ kind: 'recorded' }]);
    expect(failed).toEqual(['withdraw']);
  });

  it.each<[string, Situation, string]>([
    ['nobody is known', { customer: 'absent' }, 'unknown-customer'],
    ['the caller may not see him', { isUnseen: true }, 'unknown-customer'],
    ['he cannot be looked up', { customer: 'away' }, 'unavailable'],
    ['the contact is not there', { contact: 'absent' }, 'unknown-contact'],
    ['the contact cannot be looked up', { contact: 'away' }, 'unavailable'],
  ])('changes and notes nothing where %s', async (_, situation, kind) => {
    const { tell, steps } = world(situation);
    expect(await tell()).toMatchObject([{ kind }]);
    expect(steps).toEqual([]);
  });

  it('changes nothing where it cannot be noted who did', async () => {
    const { tell, steps } = world({ isUnaudited: true });
    await expect(tell({ outcome: 'do_not_contact' })).rejects.toThrow('audit');
    expect(steps).toEqual(['audit c']);
  });

  it.each<[Partial<Outcome>, string]>([
    [{ occurredAt: NOW + 61_000 }, 'occurredAt'],
    [{ occurredAt: NOW - 31 * 86_400_000 }, 'occurredAt'],
    [{ outcome: 'deferred', until: NOW }, 'until'],
  ])('refuses %j by its field', async (outcome, field) => {
    const { tell, steps } = world();
    expect(await tell(outcome)).toMatchObject([{ kind: 'refused', field }]);
    expect(steps).toEqual([]);
  });

  it('makes the same events of an outcome that is given again under the same name', async () => {
    const { record, caller, appended } = world();
    const twice = async (one: Partial<Outcome>, requestKey?: string) => {
      appended.length = 0;
      const outcome = { customerId: 'c', contactId: 'k', outcome: 'no_answer', ...one } as const;
      for (const _ of [1, 2]) await record({ ...caller, requestKey }, [outcome]);
      return new Set(appended.map(({ eventId }) => eventId)).size;
    };
    expect(await twice({}, 'key-1')).toBe(1);
    expect(await twice({ requestId: 'r' })).toBe(1);
    expect(await twice({ occurredAt: NOW - 5 })).toBe(1);
    expect(await twice({ outcome: 'accepted' })).toBe(1);
    // Two calls that nobody answered, of which nothing says that they are one.
    expect(await twice({})).toBe(2);
  });

  it('tells outcomes of one request apart', async () => {
    const { record, caller, appended } = world();
    const call = { customerId: 'c', contactId: 'k', outcome: 'no_answer' } as const;
    await record({ ...caller, requestKey: 'key' }, [call, call]);
    expect(new Set(appended.map(({ eventId }) => eventId)).size).toBe(2);
  });

  it('answers each of a list by itself, and keeps those that are sound', async () => {
    const { record, caller, steps } = world();
    const answers = await record(caller, [
      { customerId: 'c1', contactId: 'k', outcome: 'presented' },
      { customerId: 'c1', contactId: 'k', outcome: 'deferred', until: 1 },
      { customerId: 'c2', contactId: 'k', outcome: 'rejected', reason: 'price' },
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['recorded', 'refused', 'recorded']);
    expect(steps).toEqual(['audit c1', 'audit c2', 'append', 'note c1 OfferPresented', 'note c2 OfferRejected']);
  });

  it('is not recorded while any of its events is not in the log', async () => {
    const away: AppendOutcome = { kind: 'unavailable', message: 'no broker' };
    const place = { topic: 't', partition: 0, offset: 1 };
    const half = world({ append: (events) => events.map((_, i) => (i === 0 ? { kind: 'accepted', place } : away)) });
    expect(await half.tell({ outcome: 'do_not_contact' })).toEqual([{ kind: 'unavailable', message: 'no broker' }]);
    expect(half.steps.at(-1)).toBe('note c ExclusionSet');
    const refused = world({ append: () => [{ kind: 'rejected', code: 'contract', message: 'sendAt is 1' }] });
    expect(await refused.tell()).toEqual([{ kind: 'refused', field: '', message: 'sendAt is 1' }]);
  });

  it('says that it is recorded though nobody sees it yet, but not of who wants to be left alone', async () => {
    const unseen = world({ failing: ['note'] });
    expect(await unseen.tell()).toMatchObject([{ kind: 'recorded' }]);
    expect(unseen.failed).toEqual(['note']);
    for (const failing of ['note', 'hold'] as const) {
      const unheld = world({ failing: [failing] });
      expect(await unheld.tell({ outcome: 'do_not_contact' })).toMatchObject([{ kind: 'unavailable' }]);
      expect(unheld.steps).toContain('append');
      expect(unheld.failed).toEqual([failing]);
    }
  });
});
