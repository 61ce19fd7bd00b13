import { describe, expect, it } from 'vitest';
import { begun, changed, customerOf, interactionId, openedBy, outcomesOf } from './party-interaction.ts';
import type { CreateBody, InteractionItem } from './party-interaction-schema.ts';

const NOW = Date.UTC(2026, 10, 29, 9);
const customer = { id: 'c', href: 'crm/c', role: 'Customer', '@referredType': 'Customer' };
const BODY: CreateBody = {
  reason: 'Invoice: too high!',
  status: 'inProgress',
  direction: 'inbound',
  channel: [{ id: 'call-centre', href: 'ch/1' }],
  interactionDate: { startDateTime: '2026-11-29T09:00:00Z' },
  relatedParty: [customer],
};
const MAKING = { id: 'i', href: '/i', agent: 'anna', nowMs: NOW };

const contact = (change: Partial<InteractionItem>): InteractionItem => ({
  id: '7',
  item: { id: 'k', role: 'contact', '@referredType': 'Contact' },
  ...change,
});
const read = (...items: InteractionItem[]) => outcomesOf('c', begun({ ...BODY, interactionItem: items }, MAKING));

describe('an interaction', () => {
  it('is with the one party that is the customer', () => {
    expect(customerOf([customer, { ...customer, id: 'a', role: 'agent' }])).toBe('c');
    expect(customerOf([customer, { ...customer, role: 'customer' }])).toBe('c');
    expect(customerOf([customer, { ...customer, id: 'c2' }])).toBeUndefined();
    expect(customerOf([{ ...customer, role: 'agent' }])).toBeUndefined();
  });

  it('is by whoever called, whatever the body says', () => {
    const claimed = { ...customer, id: 'boss', role: 'agent' };
    const { relatedParty } = begun({ ...BODY, relatedParty: [claimed, customer] }, MAKING);
    expect(relatedParty.map(({ id, role }) => `${role} ${id}`)).toEqual(['Customer c', 'agent anna']);
  });

  it('is the same one under the same key of the same caller and customer', () => {
    const id = interactionId(['key-1', 'c'], 'r');
    expect(interactionId(['key-1', 'c'], 'r')).toBe(id);
    expect(
      new Set([
        id,
        ...[
          ['key-2', 'c'],
          ['key-1', 'd'],
        ].map((of) => interactionId(of, 'r')),
      ]).size,
    ).toBe(3);
    expect(interactionId(['key-1', 'c'], undefined)).not.toBe(interactionId(['key-1', 'c'], undefined));
  });

  it('says that the customer called, with a code of why and nothing that somebody wrote', () => {
    const kept = { customerId: 'c', agent: 'anna', resource: begun(BODY, MAKING) };
    expect(openedBy(kept)).toEqual({
      ...{ type: 'ContactOpened', eventId: 'desk:opened:i', source: 'holdfast:desk', occurredAt: NOW, customerId: 'c' },
      ...{ interactionId: 'i', channel: 'call-centre', reason: 'invoice_too_high', agent: 'anna' },
    });
    expect(openedBy({ ...kept, resource: { ...kept.resource, direction: 'outbound' } })).toBeUndefined();
  });

  it('changes by what is told, keeps the rest, and remembers when its status turned', () => {
    const kept = { customerId: 'c', agent: 'anna', resource: begun(BODY, MAKING) };
    const later = NOW + 60_000;
    const noted = changed(kept, { note: [{ text: 'calls back' }] }, later);
    expect(noted).toEqual({ ...kept.resource, note: [{ text: 'calls back' }] });
    expect(changed(kept, { status: 'completed' }, later)).toEqual({
      ...kept.resource,
      status: 'completed',
      statusChangeDate: new Date(later).toISOString(),
    });
  });
});

describe('the items of an interaction', () => {
  it.each<[Partial<InteractionItem>, object]>([
    [{ resolution: 'accepted' }, { outcome: 'accepted' }],
    [
      { resolution: 'rejected', reason: 'Too dear' },
      { outcome: 'rejected', reason: 'too_dear' },
    ],
    [
      { resolution: 'rejected', reason: '贵' },
      { outcome: 'rejected', reason: 'other' },
    ],
    [
      {
        resolution: 'deferred',
        itemDate: { startDateTime: '2026-11-29T09:00:00Z', endDateTime: '2026-12-01T09:00:00Z' },
      },
      { outcome: 'deferred', occurredAt: NOW, until: NOW + 2 * 86_400_000 },
    ],
    [{ resolution: 'no_answer' }, { outcome: 'no_answer' }],
  ])('%j say what became of a contact', (change, expected) => {
    const about = { customerId: 'c', contactId: 'k', requestId: 'i:7' };
    expect(read(contact(change))).toEqual({ kind: 'outcomes', outcomes: [{ ...about, ...expected }] });
  });

  it('may say that he wants to be left alone without naming a contact', () => {
    expect(read({ resolution: 'do_not_contact' })).toEqual({
      kind: 'outcomes',
      outcomes: [{ customerId: 'c', outcome: 'do_not_contact', contactId: undefined, requestId: 'i:1' }],
    });
  });

  it('say nothing where they are about other things, or about a contact that was not spoken of', () => {
    const bill = { id: 'b-1', item: { id: 'bill-9', role: 'bill' }, resolution: 'explained' };
    expect(read(bill, contact({}))).toEqual({ kind: 'outcomes', outcomes: [] });
  });

  it.each<[InteractionItem, RegExp]>([
    [contact({ resolution: 'sold' }), /interactionItem 7: resolution is none of/],
    [{ resolution: 'accepted' }, /interactionItem 1: names no contact/],
  ])('%j are refused', (item, message) => {
    expect(read(item)).toEqual({ kind: 'refused', message: expect.stringMatching(message) });
  });
});
