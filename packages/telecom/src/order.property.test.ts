import type { Event } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START } from '../test/customer-world.ts';
import { runEngine } from '../test/engine-run.ts';
import { customerView } from './customer-view.ts';

const POLICY = compilePack();
/** So long after the events that no trigger is fresh: what is compared is the profile. */
const APPENDED_AT = START + 90 * DAY_MS;
const ALICE = createCustomerWorld(POLICY, 'alice');
const BOB = createCustomerWorld(POLICY, 'bob');

const moment = fc.integer({ min: 0, max: 40 * 60 }).map((minutes) => START + minutes * 60_000);
const customer = fc.constantFrom(ALICE, BOB);
const source = fc.constantFrom('billing', 'network');
const line = fc.constantFrom('line-1', 'line-2');
const household = fc.constantFrom('h-1', 'h-2', 'h-3');

const usage = fc
  .record({
    by: customer,
    at: moment,
    source,
    subscriptionId: line,
    kind: fc.constantFrom('DATA' as const, 'VOICE' as const, 'SMS' as const),
    quantityMb: fc.double({ min: 0, max: 500, noNaN: true }),
    failed: fc.boolean(),
    onNet: fc.boolean(),
    localHour: fc.integer({ min: -1, max: 23 }),
    zone: fc.constantFrom('DOMESTIC' as const, 'ROAMING' as const),
  })
  .map(({ by, at, source: from, ...fields }): Event => ({ ...by.usage(at, fields), source: from }));

const told = (make: (world: typeof ALICE, at: number) => Event) =>
  fc.tuple(customer, moment, source).map(([world, at, from]) => ({ ...make(world, at), source: from }));

function registered(world: typeof ALICE, at: number): Event {
  const who = { language: 'en', timeZone: 'Asia/Shanghai', tier: 'basic', birthYear: 1980, city: 'X', birthDate: null };
  return world.event('CustomerRegistered', at, who);
}

/**
 * Told first: a window by billing cycle counts in the cycle that is known when an event is folded, so line and time
 * zone, which make the cycle, do not commute with it. Everything else does.
 */
const KNOWN_BEFORE: readonly Event[] = [ALICE, BOB].flatMap((world) => [
  registered(world, START - 60 * DAY_MS),
  world.activated(START - 60 * DAY_MS, { subscriptionId: 'line-1' }),
]);

const fact = fc.oneof(
  told(registered),
  fc.constantFrom('low', 'key').chain((tier) =>
    told((world, at) =>
      world.event('CustomerChanged', at, {
        language: null,
        timeZone: null,
        tier,
        birthYear: null,
        city: null,
        birthDate: null,
      }),
    ),
  ),
  fc
    .tuple(line, fc.constantFrom('A', 'B'))
    .chain(([subscriptionId, plan]) => told((world, at) => world.activated(at, { subscriptionId, plan }))),
  line.chain((subscriptionId) =>
    told((world, at) => world.event('SubscriptionSuspended', at, { subscriptionId, cause: 'OVERDUE' })),
  ),
  line.chain((subscriptionId) => told((world, at) => world.event('SubscriptionResumed', at, { subscriptionId }))),
  fc
    .boolean()
    .chain((granted) =>
      told((world, at) => world.event('ConsentChanged', at, { channel: 'sms', purpose: 'MARKETING', granted })),
    ),
  fc.boolean().chain((active) => told((world, at) => world.event('ExclusionSet', at, { exclusion: 'fraud', active }))),
  told((world, at) => world.event('ComplaintFiled', at, { complaintId: 'c', topic: '' })),
  told((world, at) => world.event('ComplaintResolved', at, { complaintId: 'c' })),
  fc
    .constantFrom('m-1', 'm-2')
    .chain((managerId) => told((world, at) => world.event('AccountManagerAssigned', at, { managerId }))),
  household.chain((householdId) =>
    fc
      .constantFrom('member', 'payer')
      .chain((role) => told((world, at) => world.event('HouseholdLinked', at, { householdId, role }))),
  ),
  household.chain((householdId) => told((world, at) => world.event('HouseholdUnlinked', at, { householdId }))),
);

/** The same events in another order, some of them again. */
const arrivals = fc
  .array(fc.oneof({ weight: 3, arbitrary: usage }, { weight: 2, arbitrary: fact }), { minLength: 2, maxLength: 30 })
  .chain((events) => {
    const again = fc.subarray(events, { maxLength: Math.min(8, events.length) });
    return again.chain((repeated) => {
      const all = [...events, ...repeated];
      return fc.record({
        events: fc.constant(events),
        shuffled: fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
        batchSize: fc.integer({ min: 1, max: 12 }),
      });
    });
  });

describe('the profile, as the engine stores it', () => {
  it('is the same bytes after any order within the allowed lateness, any repetition and any cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ events, shuffled, batchSize }) => {
        const inOrder = await runEngine(POLICY, [...KNOWN_BEFORE, ...events], { appendedAtMs: APPENDED_AT });
        const otherwise = await runEngine(POLICY, [...KNOWN_BEFORE, ...shuffled], {
          appendedAtMs: APPENDED_AT,
          batchSize,
        });
        expect([inOrder.letters, otherwise.letters]).toEqual([[], []]);
        expect([...otherwise.states.keys()].sort()).toEqual([...inOrder.states.keys()].sort());
        for (const [id, bytes] of inOrder.states) expect(otherwise.states.get(id)).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('is the same whichever of two kinds of events, both waited for, came first', async () => {
    const second = '\n  no_top_up:\n    absence: { of: BalanceToppedUp, for: 30d }\n    when: "!suspended"\n';
    const rest = '    freshness: 3d\n    occasion: silence\n    reason: { en: none, zh: none }\n';
    const policy = compilePack({ 'triggers.yaml': (text) => text + second + rest });
    const topUp = ALICE.event('BalanceToppedUp', START + HOUR_MS, {
      subscriptionId: 'line-1',
      amountMinor: 100,
      currency: 'CNY',
    });
    const events = [ALICE.usage(START), topUp];
    const inOrder = await runEngine(policy, events, { appendedAtMs: APPENDED_AT });
    const reversed = await runEngine(policy, events.toReversed(), { appendedAtMs: APPENDED_AT });
    expect(inOrder.letters).toEqual([]);
    expect(reversed.states).toEqual(inOrder.states);
  });

  it('keeps what is later than allowed out of every window and with the dead letters, counted by source', async () => {
    const events = [
      ALICE.usage(START, { quantityMb: 7 }),
      ALICE.usage(START + 6 * DAY_MS, { quantityMb: 5 }),
      { ...ALICE.usage(START + 2 * DAY_MS, { quantityMb: 1_000 }), source: 'roaming-partner' },
    ];
    const { states, letters, late } = await runEngine(POLICY, events, { appendedAtMs: APPENDED_AT });
    expect(letters).toEqual(['late']);
    expect([...late]).toEqual([['roaming-partner', 1]]);
    const without = await runEngine(POLICY, events.slice(0, 2), { appendedAtMs: APPENDED_AT });
    expect(states.get('alice')).toEqual(without.states.get('alice'));
  });

  it('takes a use that is two days behind the latest, and no duplicate of it', async () => {
    const behind = ALICE.usage(START + 4 * DAY_MS);
    const latest = ALICE.usage(START + 6 * DAY_MS);
    const expected = await runEngine(POLICY, [behind, latest], { appendedAtMs: APPENDED_AT });
    const arrived = await runEngine(POLICY, [latest, behind, behind], { appendedAtMs: APPENDED_AT });
    expect(arrived.letters).toEqual([]);
    expect(arrived.states.get('alice')).toEqual(expected.states.get('alice'));
  });

  it('is untouched by an event dated beyond the tolerance, which moves no watermark', async () => {
    const now = START + 10 * DAY_MS;
    const honest = [ALICE.usage(now - HOUR_MS), BOB.usage(now - HOUR_MS)];
    const future = [ALICE.usage(now + DAY_MS), ALICE.usage(now + 5 * 60_000 + 1_000)];
    const heartbeat = { ...BOB.event('FeedHeartbeat', now + DAY_MS, { feedType: 'UsageRecorded' }), source: 'billing' };
    const expected = await runEngine(POLICY, honest, { appendedAtMs: now });
    const arrived = await runEngine(POLICY, [...honest, ...future, heartbeat], { appendedAtMs: now });
    expect(arrived.letters).toEqual(['future', 'future', 'future']);
    expect(arrived.watermarks).toEqual(expected.watermarks);
    expect(arrived.states).toEqual(expected.states);
  });

  it('of the others is untouched by a source whose clock is fast within the tolerance: its feed stays behind the broker', async () => {
    const now = START + 10 * DAY_MS;
    const fast = { ...ALICE.usage(now + 4 * 60_000), source: 'fast' };
    const { letters, watermarks, late, states } = await runEngine(
      POLICY,
      [fast, BOB.usage(now - 60_000), ALICE.usage(now - 60_000)],
      { appendedAtMs: now },
    );
    expect(letters).toEqual([]);
    expect(watermarks).toEqual({ 'fast|UsageRecorded': now - 60_000, 'billing|UsageRecorded': now - 120_000 });
    expect([...late]).toEqual([]);
    const view = customerView('alice', states.get('alice') ?? Buffer.alloc(0), POLICY, now + DAY_MS);
    expect(view.features).toMatchObject({ days_since_usage: expect.closeTo(1 - 4 / 1_440, 5) });
  });
});
