import type { Event } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { about, askToSuspend, registered, suspended } from '../test/stepped-pack.ts';
import { asTold } from './as-told.ts';
import { contactStanding } from './contact-standing.ts';
import { customerView } from './customer-view.ts';

const POLICY = compilePack();
const topology = topologyOf(POLICY);
const NOW = START + HOUR_MS;

function storedOf(world: ReturnType<typeof suspended>): Buffer {
  return topology.encode(world.state, topology.codecVersion);
}

/** A customer with an open contact, and answers to it that his shard has not folded. */
function answered() {
  const world = suspended(POLICY);
  const [decision] = world.decisions;
  if (!decision) throw new Error('nothing was decided');
  const events: readonly Event[] = [
    world.event('OfferPresented', NOW, { ...about(decision), agent: 'a-1' }),
    world.event('OfferAccepted', NOW + 1, { ...about(decision), agent: 'a-1' }),
    world.event('ExclusionSet', NOW + 2, { exclusion: 'do-not-contact', active: true }),
    world.usage(NOW + 3),
  ];
  return { world, decision, events, stored: storedOf(world) };
}

describe('a customer as told', () => {
  it('is what his shard will make of him', () => {
    const { world, events, stored } = answered();
    const told = asTold(world.customerId, stored, events, POLICY, NOW + 1_000);
    for (const event of events) world.tell(event, NOW + 1_000 - event.occurredAt);
    expect(told).toEqual(storedOf(world));
  });

  it('shows an answer and an opt-out at once', () => {
    const { world, decision, events, stored } = answered();
    const told = asTold(world.customerId, stored, events, POLICY, NOW);
    const view = customerView(world.customerId, told, POLICY, NOW);
    expect(view.contacts).toMatchObject([{ contactId: decision.contactId, acceptedAt: NOW + 1, presentedAt: NOW }]);
    expect(view.attributes.exclusions).toEqual(['do-not-contact']);
    expect(contactStanding(stored, decision.contactId, NOW).kind).toBe('open');
    expect(contactStanding(told, decision.contactId, NOW)).not.toMatchObject({ kind: 'open' });
  });

  it('leaves the stored state as it was, and is that where there is nothing to add', () => {
    const { world, events, stored } = answered();
    const before = Buffer.from(stored);
    asTold(world.customerId, stored, events, POLICY, NOW);
    expect(stored).toEqual(before);
    expect(asTold(world.customerId, stored, [], POLICY, NOW)).toBe(stored);
  });

  it('may be somebody nobody told of before', () => {
    const world = createCustomerWorld(POLICY, 'c-new');
    const opted = world.event('ExclusionSet', NOW, { exclusion: 'do-not-contact', active: true });
    const told = asTold('c-new', undefined, [opted], POLICY, NOW);
    expect(customerView('c-new', told, POLICY, NOW).exclusions).toEqual([
      { key: 'do-not-contact', isOn: true, at: NOW },
    ]);
    expect(asTold('c-new', undefined, [], POLICY, NOW)).toHaveLength(0);
  });

  it('has no contact that only a shard may decide', () => {
    const world = registered(POLICY);
    const stored = storedOf(world);
    const fields = {
      subscriptionId: 'line-1',
      requestId: 'r-2',
      channel: 'online',
      reason: 'price',
      effectiveAt: null,
    };
    const asked = world.event('SuspensionRequested', NOW, fields);
    const told = asTold(world.customerId, stored, [asked], POLICY, NOW);
    expect(customerView(world.customerId, told, POLICY, NOW).contacts).toEqual([]);
    askToSuspend(world, 'r-2', NOW);
    expect(world.decisions).toHaveLength(1);
  });

  it('counts what is added up once, though it is told twice', () => {
    const world = registered(POLICY);
    world.tell(world.activated(START - 60 * DAY_MS));
    const use = world.usage(NOW, { kind: 'DATA', quantityMb: 500, durationSeconds: 0 });
    world.tell(use);
    const told = asTold(world.customerId, storedOf(world), [use], POLICY, NOW);
    const features = (state: Buffer) => customerView(world.customerId, state, POLICY, NOW).features;
    expect(features(told)).toEqual(features(storedOf(world)));
  });
});
