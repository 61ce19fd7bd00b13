import { describe, expect, it } from 'vitest';
import { compilePack, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { about, registered, suspended } from '../test/stepped-pack.ts';
import { customerPlace } from './customer-place.ts';
import { isLeftAlone } from './left-alone.ts';
import { storedContact } from './stored-contact.ts';

const POLICY = compilePack();
const topology = topologyOf(POLICY);

describe('a contact in a stored state', () => {
  it('is what events about it carry', () => {
    const world = suspended(POLICY);
    const [decision] = world.decisions;
    if (!decision) throw new Error('nothing was decided');
    const { contactId, probability: _, ...fields } = about(decision);
    const stored = topology.encode(world.state, topology.codecVersion);
    expect(storedContact(stored, contactId)).toEqual(fields);
    expect(storedContact(stored, 'another')).toBeUndefined();
  });

  it('is none where it is the ghost of a control customer', () => {
    const world = suspended(POLICY);
    const dealings = world.state.dealings.change();
    dealings.contacts = dealings.contacts.map((contact) => ({ ...contact, status: 'ghost' }));
    const stored = topology.encode(world.state, topology.codecVersion);
    expect(storedContact(stored, world.decisions[0]?.contactId ?? '')).toBeUndefined();
  });
});

describe('a stored customer', () => {
  it.each([
    ['do-not-contact', true, true],
    ['do-not-contact', false, false],
    ['staff', true, false],
  ])('with the exclusion %s set to %s is left alone: %s', (exclusion, active, expected) => {
    const world = registered(POLICY);
    world.tell(world.event('ExclusionSet', START, { exclusion, active }));
    expect(isLeftAlone(topology.encode(world.state, topology.codecVersion))).toBe(expected);
  });
});

describe('whose customer he is', () => {
  it('is his tier, his city and who looks after him', () => {
    const world = registered(POLICY);
    const changed = { language: null, timeZone: null, tier: null, birthYear: null, birthDate: null, city: 'Changsha' };
    world.tell(world.event('CustomerChanged', START, changed));
    world.tell(world.event('AccountManagerAssigned', START, { managerId: 'm-1' }));
    const stored = topology.encode(world.state, topology.codecVersion);
    expect(customerPlace(world.customerId, stored, POLICY, START + HOUR_MS)).toEqual({
      tier: 'key',
      city: 'Changsha',
      accountManager: 'm-1',
    });
  });

  it('is empty where nothing is known', () => {
    const stored = topology.encode(topology.create('c'), topology.codecVersion);
    expect(customerPlace('c', stored, POLICY, START)).toMatchObject({ city: '', accountManager: '' });
  });
});
