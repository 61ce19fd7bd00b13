import type { Event } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { CAPS } from './customer-state.ts';
import { customerView } from './customer-view.ts';

const POLICY = compilePack();
const topology = topologyOf(POLICY);

/** The stored bytes after these events in this order, all noticed late so that nothing fires. */
function bytesAfter(events: readonly Event[]): string {
  const world = createCustomerWorld(POLICY, 'customer-1');
  for (const event of events) world.tell(event, 90 * DAY_MS);
  return topology.encode(world.state, topology.codecVersion).toString('hex');
}

const writer = createCustomerWorld(POLICY, 'customer-1');
const moment = fc.integer({ min: 0, max: 40 }).map((hours) => START + hours * HOUR_MS);
const usage = fc
  .record({
    at: moment,
    mb: fc.integer({ min: 0, max: 500 }),
    failed: fc.boolean(),
    localHour: fc.integer({ min: -1, max: 23 }),
  })
  .map(({ at, mb, failed, localHour }) =>
    writer.usage(at, { kind: mb > 100 ? 'DATA' : 'VOICE', quantityMb: mb, failed, localHour }),
  );
const fact = fc.oneof(
  fc.tuple(moment, fc.constantFrom('low', 'key')).map(([at, tier]) =>
    writer.event('CustomerChanged', at, {
      language: null,
      timeZone: null,
      tier,
      birthYear: null,
      city: null,
      birthDate: null,
    }),
  ),
  fc
    .tuple(moment, fc.boolean())
    .map(([at, granted]) => writer.event('ConsentChanged', at, { channel: 'sms', purpose: 'MARKETING', granted })),
  fc.tuple(moment, fc.constantFrom('A', 'B')).map(([at, plan]) => writer.activated(at, { plan })),
  moment.map((at) => writer.event('SubscriptionSuspended', at, { subscriptionId: 'line-1', cause: 'OVERDUE' })),
  moment.map((at) => writer.event('ComplaintFiled', at, { complaintId: 'c', topic: '' })),
  moment.map((at) => writer.event('ComplaintResolved', at, { complaintId: 'c' })),
);

describe('the profile', () => {
  it('is the same after any order and any repetition of usage and facts', () => {
    const line = writer.activated(START - 60 * DAY_MS);
    const stories = fc.array(fc.oneof(usage, fact), { minLength: 2, maxLength: 25 }).chain((events) =>
      fc.record({
        events: fc.constant(events),
        shuffled: fc.shuffledSubarray([...events, ...events.slice(0, 5)], {
          minLength: events.length + Math.min(5, events.length),
        }),
      }),
    );
    fc.assert(
      fc.property(stories, ({ events, shuffled }) => {
        expect(bytesAfter([line, ...shuffled])).toBe(bytesAfter([line, ...events]));
      }),
      { numRuns: 60 },
    );
  });

  it('is written and read without loss, in the middle of a story too', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(usage, fact), { maxLength: 20 }), (events) => {
        const kept = createCustomerWorld(POLICY, 'customer-1');
        const restarted = createCustomerWorld(POLICY, 'customer-1');
        for (const event of events) {
          kept.tell(event);
          restarted.tell(event);
          restarted.restart();
        }
        expect(topology.encode(restarted.state, topology.codecVersion)).toEqual(
          topology.encode(kept.state, topology.codecVersion),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('counts an event once, and sets aside what is too old to tell', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    const first = world.usage(START, { failed: true });
    const outcomes = [
      world.tell(first),
      world.tell(first),
      world.tell({ ...first, source: 'network' }),
      world.tell(world.usage(START + 3 * DAY_MS)),
      world.tell(first),
    ].map((effects) => effects.outcome);
    expect(outcomes).toEqual(['folded', 'duplicate', 'folded', 'folded', 'unverifiable']);
    const view = customerView(
      'customer-1',
      topology.encode(world.state, topology.codecVersion),
      POLICY,
      START + 8 * DAY_MS,
    );
    expect(view.lastEventAt).toBe(START + 3 * DAY_MS);
  });

  it('counts every event of a burst, and says so when it can no longer tell a repetition of one', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    const burst = Array.from({ length: 129 }, (_, i) => world.usage(START + i * 1_000));
    const outcomes = burst.map((event) => world.tell(event).outcome);
    expect(outcomes.slice(0, 128)).toEqual(Array(128).fill('folded'));
    expect(outcomes[128]).toBe('folded+trimmed');
    const again = burst.map((event) => world.tell(event).outcome);
    expect(again.filter((outcome) => outcome === 'duplicate').length).toBeGreaterThan(120);
  });

  it('takes a withdrawal and a grant of the same moment as a withdrawal, in either order', () => {
    for (const order of [
      [true, false],
      [false, true],
    ]) {
      const world = createCustomerWorld(POLICY, 'customer-1');
      for (const granted of order) {
        world.tell(world.event('ConsentChanged', START, { channel: 'sms', purpose: 'MARKETING', granted }));
      }
      expect(world.state.facts.read().consents).toEqual([{ key: 'sms|MARKETING', isOn: false, at: START }]);
    }
  });

  it('stays below its bound however much is told, and says that it was trimmed', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    const outcomes = new Set<string>();
    for (let i = 0; i < 400; i++) {
      const at = START + i * 60_000;
      outcomes.add(world.tell(world.activated(at, { subscriptionId: `line-${i}`, plan: 'x'.repeat(5_000) })).outcome);
      outcomes.add(world.tell(world.event('ExclusionSet', at, { exclusion: `x-${i}`, active: true })).outcome);
      outcomes.add(world.tell(world.event('ComplaintFiled', at, { complaintId: `c-${i}`, topic: '' })).outcome);
      world.tell(world.usage(at));
      world.tell(
        world.event('DeliveryReported', at, {
          ...about(`c-${i}`),
          status: 'DELIVERED',
          detail: '',
          providerRef: '',
          attempt: 0,
        }),
      );
    }
    expect([...outcomes].sort()).toEqual(['folded', 'folded+trimmed']);
    expect(world.state.facts.read().lines).toHaveLength(CAPS.lines);
    expect(world.state.dealings.read().contacts).toHaveLength(CAPS.contacts);
    expect(topology.encode(world.state, topology.codecVersion).length).toBeLessThan(CAPS.stateBytes);
  });

  it('of a plain prepaid customer takes no more than 300 bytes', () => {
    const world = createCustomerWorld(POLICY, '4915112345678');
    world.tell(world.activated(START - 90 * DAY_MS, { subscriptionId: '4915112345678' }));
    for (let day = 0; day < 10; day++) {
      for (let call = 0; call < 2; call++) {
        world.tell(
          world.usage(START + day * DAY_MS + call * 5 * HOUR_MS, { kind: 'DATA', quantityMb: 12.5, localHour: 13 }),
        );
      }
    }
    expect(topology.encode(world.state, topology.codecVersion).length).toBeLessThanOrEqual(300);
  });
});

function about(contactId: string) {
  return {
    contactId,
    offer: 'care_call',
    campaign: 'k',
    arm: 'treated',
    channel: 'call-centre',
    category: 'retention',
    sendAt: null,
  };
}
