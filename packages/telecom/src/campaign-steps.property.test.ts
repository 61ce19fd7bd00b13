import type { DecisionMade } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { about, askToSuspend, steppedPack, suspended } from '../test/stepped-pack.ts';
import { contactStanding } from './contact-standing.ts';
import { CAPS } from './customer-state.ts';

const POLICY = steppedPack();
const topology = topologyOf(POLICY);
const STEPS = POLICY.campaigns.get('save_desk')?.steps ?? [];

const STATUSES = [
  'DELIVERED',
  'SEEN',
  'SENT',
  'FAILED',
  'EXPIRED',
  'REFUSED',
  'CANCELLED',
  'ATTEMPTED',
  'UNKNOWN',
] as const;

/** About the n-th decision, counted from the last; told `times` times. */
type Deed = { readonly of: number; readonly times: number } & (
  | { readonly kind: 'report'; readonly status: (typeof STATUSES)[number]; readonly detail: string }
  | { readonly kind: 'accept' | 'reject' | 'present' }
  | { readonly kind: 'put-off'; readonly days: number | null }
);

type Turn =
  | Deed
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'ask' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'adopt' };

const which = { of: fc.nat(3), times: fc.integer({ min: 1, max: 2 }) };
const reported = fc.record({
  ...which,
  kind: fc.constant('report' as const),
  status: fc.constantFrom(...STATUSES),
  detail: fc.constantFrom('', 'no-address', 'consent'),
});
const answered = fc.record({
  ...which,
  kind: fc.constantFrom('accept' as const, 'reject' as const, 'present' as const),
});
const putOff = fc.record({
  ...which,
  kind: fc.constant('put-off' as const),
  days: fc.option(fc.integer({ min: 0, max: 40 })),
});
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 4, arbitrary: reported },
  { weight: 1, arbitrary: answered },
  { weight: 2, arbitrary: putOff },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'ask' as const }, { kind: 'restart' as const }, { kind: 'adopt' as const }),
  },
);
const stories = fc.array(turn, { maxLength: 40, size: 'max' });

/** What was lived through, with when each acceptance was told. */
interface Lived {
  readonly world: CustomerWorld;
  readonly acceptedBefore: ReadonlyMap<string, number>;
}

function livedThrough(story: readonly Turn[]): Lived {
  const world = suspended(POLICY);
  const acceptedBefore = new Map<string, number>();
  let nowMs = START + 2_000;
  for (const [index, one] of story.entries()) {
    if (one.kind === 'wait') nowMs = liveUntil(world, nowMs + one.hours * HOUR_MS);
    else if (one.kind === 'ask') askToSuspend(world, `r-${index + 2}`, nowMs);
    else if (one.kind === 'restart') world.restart();
    else if (one.kind === 'adopt') world.adopt(world.decisions, nowMs);
    else {
      const decision = tellDeed(world, one, nowMs);
      // Decisions from here on come after it.
      if (one.kind === 'accept') acceptedBefore.set(decision.occasion, world.decisions.length);
    }
  }
  liveUntil(world, nowMs + 400 * DAY_MS);
  return { world, acceptedBefore };
}

function liveUntil(world: CustomerWorld, untilMs: number): number {
  for (let turns = 0; turns < 500; turns++) {
    const due = topology.due(world.state).wallMs;
    if (due === undefined || due > untilMs) return untilMs;
    world.fire(due);
  }
  throw new Error('its timers never come to an end');
}

function tellDeed(world: CustomerWorld, deed: Deed, atMs: number): DecisionMade {
  const decision = world.decisions.at(-1 - (deed.of % world.decisions.length)) as DecisionMade;
  for (let time = 0; time < deed.times; time++) world.tell(eventOf(world, deed, decision, atMs), 0);
  return decision;
}

function eventOf(world: CustomerWorld, deed: Deed, decision: DecisionMade, atMs: number) {
  const told = about(decision);
  switch (deed.kind) {
    case 'report':
      return world.event('DeliveryReported', atMs, {
        ...told,
        status: deed.status,
        detail: deed.detail,
        providerRef: '',
        attempt: 1,
      });
    case 'accept':
      return world.event('OfferAccepted', atMs, { ...told, agent: '' });
    case 'reject':
      return world.event('OfferRejected', atMs, { ...told, agent: '', reason: '' });
    case 'present':
      return world.event('OfferPresented', atMs, { ...told, agent: '' });
    case 'put-off':
      return world.event('OfferDeferred', atMs, {
        ...told,
        until: deed.days === null ? null : atMs + deed.days * DAY_MS,
        agent: '',
      });
  }
}

const sent = ({ world }: Lived) => world.decisions.filter(({ outcome }) => outcome === 'contact');

describe('plans, whatever happens and however often it is told', () => {
  it('send no step twice, none early and none after the offer was taken, and come to an end', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const lived = livedThrough(story);
        const contacts = sent(lived);
        const steps = contacts.map(({ occasion, step }) => `${occasion} ${step}`);
        expect(new Set(steps).size).toBe(steps.length);
        expect(new Set(contacts.map(({ contactId }) => contactId)).size).toBe(contacts.length);
        for (const contact of contacts) {
          const from = lived.acceptedBefore.get(contact.occasion);
          if (from !== undefined) expect(lived.world.decisions.indexOf(contact)).toBeLessThan(from);
        }
        for (const [, own] of Map.groupBy(contacts, ({ occasion }) => occasion)) expectInTime(own);
        expect(topology.due(lived.world.state).wallMs).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('keep no more than one under way in a campaign, and nothing open of one that was stopped', () => {
    fc.assert(
      fc.property(stories, fc.nat(39), (story, end) => {
        const world = suspended(POLICY);
        let nowMs = START + 2_000;
        for (const one of story.slice(0, end)) {
          if (one.kind === 'wait') nowMs = liveUntil(world, nowMs + one.hours * HOUR_MS);
          else if (one.kind !== 'ask' && one.kind !== 'restart' && one.kind !== 'adopt') tellDeed(world, one, nowMs);
        }
        const { plans } = world.state.dealings.read();
        expect(plans.filter(({ endedAt }) => endedAt === 0).length).toBeLessThanOrEqual(1);
        expect(plans.length).toBeLessThanOrEqual(CAPS.plans);
        const [plan] = plans;
        if (plan?.endReason !== 'accepted' && plan?.endReason !== 'rejected') return;
        const bytes = topology.encode(world.state, topology.codecVersion);
        for (const { contactId } of world.decisions)
          expect(contactStanding(bytes, contactId, nowMs).kind).not.toBe('open');
      }),
      { numRuns: 150 },
    );
  });
});

/** Each step so long after the contact before it as its campaign says. */
function expectInTime(contacts: readonly DecisionMade[]): void {
  for (const [index, { step, sendAt }] of contacts.entries()) {
    const [, number] = /^step-(\d+)$/.exec(step) ?? [];
    const before = contacts[index - 1]?.sendAt;
    if (number === undefined || before === undefined || before === null) continue;
    const { afterMs = 0 } = STEPS[Number(number) - 1] ?? {};
    expect(sendAt ?? 0).toBeGreaterThanOrEqual(before + afterMs);
  }
}

const MOMENTS = [1, 2, 3, 4, 5].map((hours) => START + hours * (HOUR_MS / 4));
const happenings = fc
  .uniqueArray(
    fc.record({
      at: fc.constantFrom(...MOMENTS),
      deed: fc.oneof(reported, answered, putOff),
    }),
    { maxLength: 6, selector: ({ at, deed }) => JSON.stringify([at, deed]) },
  )
  .chain((events) => {
    const all = [...events, ...events.slice(0, 2)];
    return fc.tuple(fc.constant(events), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }));
  });

describe('what became of a contact', () => {
  it('leaves the same ledger and the same turn of the plan, in whichever order and however often it is told', () => {
    const told = (events: readonly { readonly at: number; readonly deed: Deed }[]) => {
      const world = suspended(POLICY);
      const decision = world.decisions[0] as DecisionMade;
      const nowMs = START + 2 * HOUR_MS;
      for (const { at, deed } of events) world.tell(eventOf(world, deed, decision, at), nowMs - at);
      const { contacts, plans, enrolments } = world.state.dealings.read();
      return { contacts, plans, enrolments };
    };
    fc.assert(
      fc.property(happenings, ([inOrder, shuffled]) => {
        expect(told(shuffled)).toEqual(told(inOrder));
      }),
      { numRuns: 300 },
    );
  });
});
