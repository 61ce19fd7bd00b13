import type { Event } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START } from '../test/customer-world.ts';
import { createAvroLayout } from './avro-layout.ts';
import type { CustomerState } from './customer-state.ts';
import { createDirectLayout } from './direct-layout.ts';
import { glanceOf } from './facts-glance.ts';
import { LAYOUT_2 } from './layout-2.ts';
import { allowanceOf, knownSince, mainLine, textOf } from './lines.ts';
import { copyHashes, hashBytes } from './recent-events.ts';

const POLICY = compilePack();
const direct = createDirectLayout(2, LAYOUT_2);
const avro = createAvroLayout(2, LAYOUT_2, LAYOUT_2);
const writer = createCustomerWorld(POLICY, 'customer-1');

const hour = fc.integer({ min: -24 * 40, max: 24 * 40 }).map((hours) => START + hours * HOUR_MS);
const name = fc.constantFrom('billing', 'crm', '计费', 'x'.repeat(64));
const happening: fc.Arbitrary<Event> = fc.oneof(
  fc
    .record({ at: hour, source: name, mb: fc.integer({ min: 0, max: 40_000 }), failed: fc.boolean() })
    .map(({ at, source, mb, failed }) => ({
      ...writer.usage(at, { kind: mb > 100 ? 'DATA' : 'VOICE', quantityMb: mb, failed, localHour: 20 }),
      source,
    })),
  fc
    .record({
      at: hour,
      id: name,
      product: fc.constantFrom('MOBILE', 'BROADBAND'),
      cycleDay: fc.integer({ min: 1, max: 28 }),
      dataAllowanceMb: fc.constantFrom(null, 0, 5_000),
    })
    .map(({ at, id, product, cycleDay, dataAllowanceMb }) =>
      writer.activated(at, { subscriptionId: id, product: product as 'MOBILE', plan: id, cycleDay, dataAllowanceMb }),
    ),
  fc
    .tuple(hour, name)
    .map(([at, id]) => writer.event('SubscriptionTerminated', at, { subscriptionId: id, reason: '' })),
  fc.tuple(hour, fc.constantFrom('Asia/Shanghai', 'Europe/Zürich', null)).map(([at, timeZone]) =>
    writer.event('CustomerChanged', at, {
      language: 'zh',
      timeZone,
      tier: 'key',
      birthYear: 1980,
      city: '杭州',
      birthDate: null,
    }),
  ),
  fc
    .tuple(hour, fc.boolean())
    .map(([at, granted]) => writer.event('ConsentChanged', at, { channel: 'sms', purpose: 'MARKETING', granted })),
  fc.tuple(hour, name).map(([at, managerId]) => writer.event('AccountManagerAssigned', at, { managerId })),
  fc
    .tuple(hour, name, fc.constantFrom('member', '户主'))
    .map(([at, householdId, role]) => writer.event('HouseholdLinked', at, { householdId, role })),
  fc.tuple(hour, name).map(([at, householdId]) => writer.event('HouseholdUnlinked', at, { householdId })),
  fc.tuple(hour, name).map(([at, id]) =>
    writer.event('SuspensionRequested', at, {
      subscriptionId: id,
      requestId: `${id}-${at}`,
      channel: 'online',
      reason: '',
      effectiveAt: null,
    }),
  ),
);
const stories = fc.array(happening, { maxLength: 30, size: 'max' });

function lived(events: readonly Event[]): CustomerState {
  const world = createCustomerWorld(POLICY, 'customer-1');
  for (const event of events) world.tell(event);
  return world.state;
}

/** All but facts and dealings, bytes by their content: where they lie differs. */
function activityOf(state: CustomerState) {
  const { bytes, from, to } = state.features;
  const tiles = state.recent.tiles.map((tile) => {
    const hashes = Buffer.alloc(hashBytes(tile));
    copyHashes(tile, hashes, 0);
    return { tile: tile.tile, hashes };
  });
  const recent = { ...state.recent, tiles };
  return { ...state, recent, features: bytes.toString('hex', from, to), facts: 0, dealings: 0 };
}

const bytesOf = (state: CustomerState) => direct.encode(state, POLICY.features);

describe('the layout written by hand', () => {
  it('is Avro: it writes what Avro writes, and each reads the other', () => {
    fc.assert(
      fc.property(stories, (events) => {
        const bytes = bytesOf(lived(events));
        expect(bytes).toEqual(avro.encode(lived(events), POLICY.features));
        const byHand = direct.decode('customer-1', bytes);
        const byAvro = avro.decode('customer-1', bytes);
        expect(byHand.facts.read()).toEqual(byAvro.facts.read());
        expect(byHand.dealings.read()).toEqual(byAvro.dealings.read());
        expect(activityOf(byHand)).toEqual(activityOf(byAvro));
        expect(bytesOf(byHand)).toEqual(bytes);
        expect(bytesOf(byAvro)).toEqual(bytes);
      }),
    );
  });

  it('reads plans and what became of enrolments as Avro does', () => {
    const text = fc.constantFrom('', 'save_desk', '挽留', 'x'.repeat(60));
    const time = fc.integer({ min: 0, max: START * 2 });
    const arm = fc.constantFrom('treated' as const, 'control' as const, 'holdout' as const);
    const turn = fc.constantFrom('step' as const, 'fallback' as const, 'reminder' as const, 'end' as const);
    const plan = fc.record({
      ...{ campaign: text, trigger: text, occasion: text, offer: text, arm, variant: text, startedAt: time },
      ...{
        stepIndex: fc.nat(20),
        attempt: fc.nat(6),
        lastContactId: text,
        next: turn,
        lastSendAt: time,
        dueAt: time,
        endedAt: time,
        endReason: text,
      },
    });
    const enrolment = fc.record({
      ...{ campaign: text, arm, at: time, variant: text, offer: text, channel: text, trigger: text },
      ...{ contactCount: fc.nat(20), planEndedAt: time, horizonsDone: fc.nat(90), revenueMinor: fc.array(time) },
      ...{ acceptedAt: time, activatedAt: time, churnedAt: time },
    });
    const dealings = { plans: fc.array(plan), enrolments: fc.array(enrolment) };
    fc.assert(
      fc.property(fc.record(dealings), (dealt) => {
        const state = lived([]);
        Object.assign(state.dealings.change(), dealt);
        const bytes = bytesOf(state);
        expect(direct.decode('customer-1', bytes).dealings.read()).toEqual(state.dealings.read());
        expect(avro.decode('customer-1', bytes).dealings.read()).toEqual(state.dealings.read());
      }),
      { numRuns: 50 },
    );
  });

  it('glances at stored facts and sees what reading them all says', () => {
    fc.assert(
      fc.property(stories, (events) => {
        const stored = direct.decode('customer-1', bytesOf(lived(events)));
        const seen = glanceOf(stored);
        const facts = stored.facts.read();
        expect(seen).toEqual({
          timeZone: textOf(facts, 'timeZone') ?? 'UTC',
          cycleDay: mainLine(facts)?.cycleDay,
          dataAllowanceMb: allowanceOf(facts),
          knownSinceMs: knownSince(facts),
        });
        expect(glanceOf({ ...stored, glance: undefined })).toEqual(seen);
      }),
    );
  });

  it('keeps what a later release of the layout added', () => {
    const state = lived([writer.usage(START)]);
    state.extras.push({ tag: 7, value: Buffer.from([1, 2]) });
    expect(direct.decode('customer-1', bytesOf(state)).extras).toEqual([{ tag: 7, value: Buffer.from([1, 2]) }]);
    expect(bytesOf(state)).toEqual(avro.encode(state, POLICY.features));
  });

  it('says of bytes that end too early, or too late, that they are not of it', () => {
    const bytes = bytesOf(lived([writer.activated(START - DAY_MS), writer.usage(START)]));
    for (let end = 1; end < bytes.length; end += 1) {
      expect(() => direct.decode('customer-1', bytes.subarray(0, end))).toThrow(RangeError);
    }
    expect(() => direct.decode('customer-1', Buffer.concat([bytes, Buffer.from([0])]))).toThrow(RangeError);
  });
});
