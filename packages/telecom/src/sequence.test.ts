import type { Event } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packWithTriggers } from '../test/added-triggers.ts';
import { type CustomerWorld, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';

const POLICY = packWithTriggers({
  bought_after_visit:
    "sequence: { first: { of: ContactOpened, where: channel == 'shop' }, then: BalanceToppedUp, within: 3d }, when: event.amountMinor >= 1000, occasion: event.eventId",
  asked_and_left: 'sequence: { first: CancellationRequested, without: OfferAccepted, within: 2d }, freshness: 1d',
  asked_of_price:
    "sequence: { first: { of: CancellationRequested, where: reason == 'price' }, without: OfferAccepted, within: 4d }",
});
const ASKED_FEED = 'billing|CancellationRequested';

const visit = (world: CustomerWorld, atMs: number, channel = 'shop') =>
  world.tell(world.event('ContactOpened', atMs, { interactionId: 'i-1', channel, reason: '', agent: '' }));
const topUp = (world: CustomerWorld, atMs: number, amountMinor = 5_000) =>
  world.tell(world.event('BalanceToppedUp', atMs, { subscriptionId: 'line-1', amountMinor, currency: 'CNY' }));
const ask = (world: CustomerWorld, atMs: number, reason = 'price') =>
  world.tell(world.event('CancellationRequested', atMs, { subscriptionId: 'line-1', requestId: 'r-1', reason }));
const UNSAID = {
  ...{ contactId: '', offer: '', campaign: '', arm: '', channel: '', category: '', sendAt: null, agent: '' },
  ...{ segment: '', probability: null },
};
const accept = (world: CustomerWorld, atMs: number) => {
  const offered = { ...UNSAID, offer: 'gift', campaign: 'c', channel: 'sms', category: 'service' };
  world.tell(world.event('OfferAccepted', atMs, offered));
};

function triggersAfter(story: (world: CustomerWorld) => void): readonly string[] {
  const world = createCustomerWorld(POLICY, 'customer-1');
  story(world);
  return world.decisions.map(({ trigger }) => trigger);
}

describe('a sequence of two events', () => {
  it.each<[string, (world: CustomerWorld) => void, string[]]>([
    [
      'fires at the second',
      (world) => {
        visit(world, START);
        topUp(world, START + DAY_MS);
      },
      ['bought_after_visit'],
    ],
    [
      'fires at the very end of the time',
      (world) => {
        visit(world, START);
        topUp(world, START + 3 * DAY_MS);
      },
      ['bought_after_visit'],
    ],
    [
      'does not fire a moment after it',
      (world) => {
        visit(world, START);
        topUp(world, START + 3 * DAY_MS + 1);
      },
      [],
    ],
    ['does not fire without the first', (world) => topUp(world, START), []],
    [
      'does not fire after a first that its filter leaves out',
      (world) => {
        visit(world, START, 'phone');
        topUp(world, START + HOUR_MS);
      },
      [],
    ],
    [
      'does not fire at a second that its own condition leaves out',
      (world) => {
        visit(world, START);
        topUp(world, START + HOUR_MS, 900);
      },
      [],
    ],
    [
      'does not fire in the other order',
      (world) => {
        topUp(world, START);
        visit(world, START + HOUR_MS);
      },
      [],
    ],
    [
      'counts from the newest first, over a restart',
      (world) => {
        visit(world, START - 9 * DAY_MS);
        visit(world, START);
        world.restart();
        topUp(world, START + 2 * DAY_MS);
      },
      ['bought_after_visit'],
    ],
  ])('%s', (_, story, expected) => {
    expect(triggersAfter(story)).toEqual(expected);
  });

  it('shows in its evidence how long the first one is ago', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    visit(world, START);
    topUp(world, START + HOUR_MS);
    expect(world.decisions[0]?.evidence.map(({ values }) => values)).toEqual([
      { 'bought_after_visit.first': String(HOUR_MS) },
      { 'event.amountMinor': '5000' },
    ]);
  });
});

describe('a first event without the second', () => {
  const due = START + 2 * DAY_MS;

  it.each<[string, (world: CustomerWorld) => void, string[]]>([
    [
      'fires when the time is over',
      (world) => {
        ask(world, START, 'moved');
        world.fire(due, due, ASKED_FEED);
      },
      ['asked_and_left'],
    ],
    [
      'does not fire before its feed has come so far',
      (world) => {
        ask(world, START);
        world.fire(due, due - 1, ASKED_FEED);
      },
      [],
    ],
    [
      'does not fire when the second came in time',
      (world) => {
        ask(world, START);
        accept(world, START + DAY_MS);
        world.fire(due, due, ASKED_FEED);
      },
      [],
    ],
    [
      'does not fire when the second was told before the first and came after it',
      (world) => {
        accept(world, START + DAY_MS);
        ask(world, START);
        world.fire(due, due, ASKED_FEED);
      },
      [],
    ],
    [
      'does not take an earlier second for an answer',
      (world) => {
        accept(world, START - 1);
        ask(world, START, 'moved');
        world.fire(due, due, ASKED_FEED);
      },
      ['asked_and_left'],
    ],
    [
      'starts again with the next first',
      (world) => {
        ask(world, START, 'moved');
        ask(world, START + DAY_MS, 'moved');
        world.fire(due, due, ASKED_FEED);
        world.restart();
        world.fire(due + DAY_MS, due + DAY_MS, ASKED_FEED);
        world.fire(due + DAY_MS, due + DAY_MS, ASKED_FEED);
      },
      ['asked_and_left'],
    ],
    [
      'waits separately for what a filter picks',
      (world) => {
        ask(world, START);
        ask(world, START + DAY_MS, 'moved');
        world.fire(START + 4 * DAY_MS, START + 4 * DAY_MS, ASKED_FEED);
      },
      ['asked_and_left', 'asked_of_price'],
    ],
    [
      'is let go when nobody noticed in time',
      (world) => {
        ask(world, START, 'moved');
        world.fire(due + 2 * DAY_MS, due + 2 * DAY_MS, ASKED_FEED);
        world.fire(due + 3 * DAY_MS, due + 3 * DAY_MS, ASKED_FEED);
      },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(triggersAfter(story)).toEqual(expected);
  });

  it('has a timer while it is waited for, and none once it was answered', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    const { due: dueOf } = topologyOf(POLICY);
    ask(world, START);
    expect(dueOf(world.state).eventTime).toEqual({ dueMs: due, feed: ASKED_FEED });
    accept(world, START + HOUR_MS);
    expect(dueOf(world.state)).toEqual({});
  });

  it('is the same whatever order the events are told in', () => {
    const events = (world: CustomerWorld): Event[] => [
      world.event('CancellationRequested', START, { subscriptionId: 'l', requestId: '1', reason: 'price' }),
      world.event('CancellationRequested', START + DAY_MS, { subscriptionId: 'l', requestId: '2', reason: 'moved' }),
      world.event('OfferAccepted', START + HOUR_MS, UNSAID),
    ];
    const told = (order: readonly number[]) => {
      const world = createCustomerWorld(POLICY, 'customer-1');
      const all = events(world);
      for (const index of order) world.tell(all[index] as Event, 5 * DAY_MS);
      return [world.state.lastSeen, topologyOf(POLICY).due(world.state)];
    };
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (order) => {
        expect(told(order)).toEqual(told([0, 1, 2]));
      }),
    );
  });
});
