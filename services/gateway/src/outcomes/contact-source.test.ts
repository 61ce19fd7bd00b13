import { describe, expect, it } from 'vitest';
import type { KnownCustomer } from '../customers/customer-reader.ts';
import { type ContactSourceDeps, createContactSource } from './contact-source.ts';

const CONTACT = {
  campaign: 'save',
  offer: 'plan',
  arm: 'treated',
  channel: 'call-centre',
  category: 'retention',
  sendAt: 7,
  segment: 'young',
};
const RECOMMENDED = { ...CONTACT, probability: 0.9 };
const DECIDED = { ...CONTACT, contactId: 'k', outcome: 'contact', decidedAt: 5 };
const CUSTOMER = { customerId: 'c', partition: 3, state: Buffer.alloc(0) } as unknown as KnownCustomer;

const find = (deps: Partial<ContactSourceDeps>) =>
  createContactSource({ stored: () => undefined, decisions: async () => [], ...deps })(CUSTOMER, 'k');

describe('a contact', () => {
  it('is found in the ledger, among recommendations, among decisions', async () => {
    const found = { kind: 'found', contact: { ...CONTACT, probability: null } };
    expect(await find({ stored: (_, id) => (id === 'k' ? CONTACT : undefined) })).toEqual(found);
    expect(await find({ recommended: async (_, id) => (id === 'k' ? RECOMMENDED : undefined) })).toEqual({
      kind: 'found',
      contact: RECOMMENDED,
    });
    expect(await find({ decisions: async (id, partition) => (`${id}${partition}` === 'c3' ? [DECIDED] : []) })).toEqual(
      found,
    );
  });

  it('of which only an attempt was told is what was recommended, where it was', async () => {
    const attempted = { ...CONTACT, segment: '' };
    const recommended = async () => RECOMMENDED;
    expect(await find({ stored: () => attempted, recommended })).toMatchObject({ contact: RECOMMENDED });
    expect(await find({ stored: () => attempted })).toMatchObject({ contact: { ...attempted, probability: null } });
  });

  it('that was to be sent at once is as old as its decision', async () => {
    expect(await find({ decisions: async () => [{ ...DECIDED, sendAt: null }] })).toMatchObject({
      contact: { sendAt: 5 },
    });
  });

  it.each([
    [[]],
    [[{ ...DECIDED, contactId: 'other' }]],
    // Nothing was said to who is in the control group, or was left alone.
    [[{ ...DECIDED, outcome: 'control' }]],
    [[{ ...DECIDED, outcome: 'suppressed' }]],
  ])('is none of %j', async (decisions) => {
    expect(await find({ decisions: async () => decisions })).toEqual({ kind: 'absent' });
  });

  it('may be there while decisions cannot be read', async () => {
    expect(await find({ decisions: async () => undefined })).toEqual({ kind: 'away' });
  });
});
