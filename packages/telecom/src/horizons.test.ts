import { shareOf } from '@holdfast/decisions';
import type { DecisionMade, Event } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { kpiSums } from '../test/kpi-sums.ts';
import { about } from '../test/stepped-pack.ts';
import { GOAL_KPIS, HORIZON_DAYS, HORIZON_GRACE_MS } from './horizons.ts';
import { kpiFigures } from './kpi-cell.ts';

const POLICY = compilePack({
  'campaigns.yaml': (text) => text.replace(/(save_desk:[\s\S]*?holdout: )0\n/, '$10.5\n'),
});
const topology = topologyOf(POLICY);
const IDS = Array.from({ length: 400 }, (_, index) => `customer-${index}`);
const isHeldOut = (id: string) => shareOf(POLICY.holdout.salt, id) < POLICY.holdout.share;
const TREATED = firstWith((id) => decidedFor(id).arm === 'treated');
const CONTROL = firstWith((id) => decidedFor(id).arm === 'control');
const HELD_OUT = firstWith(isHeldOut);

function firstWith(matches: (id: string) => boolean): string {
  const found = IDS.find(matches);
  if (found === undefined) throw new Error('nobody is like that');
  return found;
}

function decidedFor(id: string): DecisionMade {
  const { decision } = enrolled(id);
  return decision;
}

/** A customer with one line who asked for its suspension at START, and so was enrolled a second later. */
function enrolled(id: string): { world: CustomerWorld; decision: DecisionMade } {
  const world = createCustomerWorld(POLICY, id);
  world.tell(world.activated(START - 100 * DAY_MS));
  const fields = { subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null };
  world.tell(world.event('SuspensionRequested', START, fields));
  const [decision] = world.decisions;
  if (!decision) throw new Error('nothing was decided');
  return { world, decision };
}

const at = (days: number) => START + days * DAY_MS;
const lookAt = (days: number) => START + 1_000 + days * DAY_MS + HORIZON_GRACE_MS;

type Happens = (world: CustomerWorld) => Event;
const LINE = { subscriptionId: 'line-1' };
const suspended =
  (days: number): Happens =>
  (world) =>
    world.event('SubscriptionSuspended', at(days), { ...LINE, cause: 'CUSTOMER' });
const resumed =
  (days: number): Happens =>
  (world) =>
    world.event('SubscriptionResumed', at(days), LINE);
const terminated =
  (days: number): Happens =>
  (world) =>
    world.event('SubscriptionTerminated', at(days), { ...LINE, reason: '' });
const portsOut =
  (days: number): Happens =>
  (world) =>
    world.event('PortOutRequested', at(days), { ...LINE, requestId: `p-${days}`, toOperator: '' });
const paid =
  (days: number, amountMinor: number, currency = 'CNY'): Happens =>
  (world) =>
    world.event('BillPaid', at(days), { billId: `b-${days}`, amountMinor, currency });
const toppedUp =
  (days: number, amountMinor: number): Happens =>
  (world) =>
    world.event('BalanceToppedUp', at(days), { ...LINE, amountMinor, currency: 'CNY' });
const broadband =
  (days: number): Happens =>
  (world) =>
    world.activated(at(days), { subscriptionId: 'line-2', product: 'BROADBAND' });

const rated =
  (days: number, score: number): Happens =>
  (world) =>
    world.event('SatisfactionRated', at(days), { score, topic: '', about: '' });

/** Σx by goal KPI of the campaign after all horizons; n is 1 for each, of what was rated once it was. */
function outcomes(id: string, happens: readonly Happens[], campaign = 'save_desk'): Record<string, number> {
  const { world } = enrolled(id);
  for (const event of happens) world.tell(event(world));
  return sumsIn([world.fire(lookAt(90))], campaign);
}

function figuresIn(steps: Parameters<typeof kpiSums>[0], campaign: string) {
  const cells = Object.entries(kpiSums(steps)).filter(([key]) => key.startsWith(`${campaign} `));
  return kpiFigures(Object.fromEntries(cells.map(([key, sum]) => [key.slice(campaign.length + 1), sum])));
}

function sumsIn(steps: Parameters<typeof kpiSums>[0], campaign: string): Record<string, number> {
  const figures = figuresIn(steps, campaign).filter(({ what }) => what.endsWith('.sum'));
  return Object.fromEntries(figures.map(({ what, value }) => [what.slice(0, -4), value]));
}

const ALL_KEPT = { retained_30d: 1, retained_60d: 1, retained_90d: 1, saved_30d: 1, saved_60d: 1, saved_90d: 1 };

describe('what is looked at after 30, 60 and 90 days', () => {
  it.each<[string, readonly Happens[], Record<string, number>]>([
    ['nothing', [], ALL_KEPT],
    ['a suspension', [suspended(3)], {}],
    ['a suspension until the 40th day', [suspended(3), resumed(40)], { ...ALL_KEPT, retained_30d: 0, saved_30d: 0 }],
    ['the end of the line', [terminated(45)], { retained_30d: 1, saved_30d: 1, churned_60d: 1, churned_90d: 1 }],
    ['a port-out asked for, and nothing after it', [portsOut(5)], { churned_30d: 1, churned_60d: 1, churned_90d: 1 }],
    [
      'the end between a horizon and the look at it',
      [terminated(31)],
      { retained_30d: 1, saved_30d: 1, churned_60d: 1, churned_90d: 1 },
    ],
    ['a suspension between a horizon and the look at it', [suspended(31)], { retained_30d: 1, saved_30d: 1 }],
    [
      'a resumption between a horizon and the look at it',
      [suspended(3), resumed(31)],
      { ...ALL_KEPT, retained_30d: 0, saved_30d: 0 },
    ],
    ['an activation', [broadband(20)], { ...ALL_KEPT, activated_30d: 1, activated_60d: 1, activated_90d: 1 }],
    [
      'payments',
      [paid(1, 100), toppedUp(29, 20), paid(30.5, 3), paid(89, 4), paid(91, 1_000), paid(2, 50, 'EUR')],
      { ...ALL_KEPT, revenue_30d: 120, revenue_60d: 123, revenue_90d: 127 },
    ],
    ['a rating', [rated(20, 4)], { ...ALL_KEPT, satisfied_30d: 1, satisfied_60d: 1, satisfied_90d: 1 }],
    [
      'ratings, of which the last counts',
      [rated(50, 1), rated(20, 5), rated(20, 5), rated(70, 3)],
      { ...ALL_KEPT, satisfied_30d: 1, satisfied_90d: 1 },
    ],
    ['ratings of one moment, of which the worst counts', [rated(20, 1), rated(20, 5)], ALL_KEPT],
    ['ratings before the enrolment and between a horizon and the look at it', [rated(-1, 5), rated(91, 5)], ALL_KEPT],
  ])('after %s', (_, happens, expected) => {
    const kept = Object.fromEntries(Object.entries(expected).filter(([, sum]) => sum > 0));
    for (const id of [TREATED, CONTROL]) expect(outcomes(id, happens)).toEqual(kept);
  });

  it('is every KPI that a goal can name, with n, sum and sum of squares, on the day of the enrolment', () => {
    const { world } = enrolled(CONTROL);
    for (const happens of [paid(3, 12_300), rated(3, 5)]) world.tell(happens(world));
    const figures = figuresIn([world.fire(lookAt(90))], 'save_desk');
    expect(
      figures
        .filter(({ what }) => what.endsWith('.n'))
        .map(({ what }) => what.slice(0, -2))
        .sort(),
    ).toEqual([...GOAL_KPIS].sort());
    expect(new Set(figures.map(({ day, arm, offer, channel }) => `${day} ${arm} ${offer} ${channel}`))).toEqual(
      new Set(['2026-02-02 control save_plan ']),
    );
    const squares = figures.filter(({ what }) => what.endsWith('.sq')).map(({ what, value }) => [what, value]);
    expect(Object.fromEntries(squares)).toMatchObject({ 'retained_30d.sq': 1, 'revenue_30d.sq': 151_290_000 });
  });

  it('is counted once for each horizon, at its time, whatever fires when', () => {
    const { world } = enrolled(CONTROL);
    const looked = HORIZON_DAYS.map((days) => {
      expect(world.fire(lookAt(days) - 1).kpis.filter(({ cell }) => cell.includes(`_${days}d`))).toEqual([]);
      expect(topology.due(world.state).wallMs).toBe(lookAt(days));
      const steps = [world.fire(lookAt(days)), world.fire(lookAt(days))];
      world.restart();
      return figuresIn(steps, 'save_desk').filter(({ what }) => what.startsWith('retained') && what.endsWith('.n'));
    });
    expect(looked.flat().map(({ what, value }) => [what, value])).toEqual(
      HORIZON_DAYS.map((days) => [`retained_${days}d.n`, 1]),
    );
    expect(topology.due(world.state)).toEqual({});
  });

  it('takes what happened before the horizon and is told before the look, and nothing that is told after it', () => {
    const { world } = enrolled(TREATED);
    world.tell(paid(29, 100)(world), 2 * DAY_MS);
    const looked = world.fire(lookAt(30));
    world.tell(terminated(29.5)(world), 3 * DAY_MS);
    expect(sumsIn([looked], 'save_desk')).toMatchObject({ revenue_30d: 100, retained_30d: 1 });
    expect(sumsIn([world.fire(lookAt(60))], 'save_desk')).toEqual({ churned_60d: 1, revenue_60d: 100 });
  });

  it('has an acceptance, in the campaign and in everything together', () => {
    const { world, decision } = enrolled(TREATED);
    const accepted = { ...about(decision), agent: '' };
    for (const days of [33, 35]) world.tell(world.event('OfferAccepted', at(days), accepted));
    const look = world.fire(lookAt(90));
    for (const hash of ['save_desk', 'universal']) {
      const { accepted_30d, accepted_60d, accepted_90d } = sumsIn([look], hash);
      expect([accepted_30d, accepted_60d, accepted_90d]).toEqual([undefined, 1, 1]);
    }
  });

  it('is the same after any order and repetition of what happened', () => {
    const happening = fc.oneof(
      fc
        .tuple(fc.constantFrom(suspended, resumed, terminated, portsOut, broadband), fc.integer({ min: 1, max: 100 }))
        .map(([what, days]) => what(days)),
    );
    const payment = fc
      .tuple(fc.constantFrom(paid, toppedUp), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 9_000 }))
      .map(([what, hours, amount]) => what(29 + hours / 24, amount));
    const rating = fc
      .tuple(fc.integer({ min: 28, max: 33 }), fc.integer({ min: 1, max: 5 }))
      .map(([days, score]) => rated(days, score));
    const arrivals = fc.array(fc.oneof(happening, payment, rating), { minLength: 1, maxLength: 8 }).chain((happens) => {
      const places = happens.flatMap((_, index) => [index, index]);
      return fc.record({
        happens: fc.constant(happens),
        order: fc.shuffledSubarray(places, { minLength: places.length }),
      });
    });
    fc.assert(
      fc.property(arrivals, ({ happens, order }) => {
        const events = happens.map((event) => event(createCustomerWorld(POLICY, TREATED)));
        // One by one, as their own source names them.
        const named = events.map((event, index) => ({ ...event, eventId: `e-${index}` }));
        const after = (told: readonly Event[]) => {
          const { world } = enrolled(TREATED);
          for (const event of told) {
            world.tell(event);
            world.restart();
          }
          return kpiSums([world.fire(lookAt(90))]);
        };
        expect(after(order.map((index) => named[index] as Event))).toEqual(after(named));
      }),
      { numRuns: 60 },
    );
  });
});

describe('satisfaction', () => {
  const ratersAfter = (happens: readonly Happens[]) => {
    const { world } = enrolled(CONTROL);
    for (const event of happens) world.tell(event(world));
    world.restart();
    const figures = figuresIn([world.fire(lookAt(90))], 'save_desk');
    return figures.filter(({ what }) => /^satisfied_.*\.n$/.test(what)).map(({ what }) => what);
  };

  it('is known of those alone who rated by then', () => {
    expect(ratersAfter([])).toEqual([]);
    expect(ratersAfter([rated(40, 1)])).toEqual(['satisfied_60d.n', 'satisfied_90d.n']);
  });

  it('is remembered of so many ratings as a horizon may ask for', () => {
    const { world } = enrolled(TREATED);
    for (let day = 1; day < 200; day += 1) world.tell(rated(day, 1)(world));
    const [extra, ...others] = world.state.extras;
    expect(others).toEqual([]);
    expect(extra?.value.length).toBeLessThan(16 * 10);
  });

  it('of somebody whom nothing is measured of is not kept', () => {
    const world = createCustomerWorld(POLICY, TREATED);
    world.tell(rated(1, 5)(world));
    expect(world.state.extras).toEqual([]);
  });
});

describe('everything proactive against the universal holdout', () => {
  const enrolledIn = (id: string) => {
    const world = createCustomerWorld(POLICY, id);
    const fields = { ...LINE, requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null };
    const told = world.tell(world.event('SuspensionRequested', START, fields));
    const again = world.tell(world.event('SuspensionRequested', START + 40 * DAY_MS, { ...fields, requestId: 'r-2' }));
    return Object.entries(kpiSums([told, again])).filter(([key]) => key.endsWith('|enrolled'));
  };

  it.each<[string, string, readonly string[]]>([
    ['treated', TREATED, ['save_desk treated', 'universal treated']],
    ['a control of the campaign', CONTROL, ['save_desk control', 'universal treated']],
    ['held out', HELD_OUT, ['save_desk holdout', 'universal holdout']],
  ])('enrols who is %s once', (_, id, expected) => {
    const found = enrolledIn(id).map(([key, sum]) => [`${key.split(' ')[0]} ${key.split('|')[2]}`, sum]);
    expect(found).toEqual(expected.map((name) => [name, 1]));
  });

  it('looks at the held-out as at all others', () => {
    const sums = outcomes(HELD_OUT, [paid(3, 500)], 'universal');
    expect(sums).toEqual({ ...ALL_KEPT, revenue_30d: 500, revenue_60d: 500, revenue_90d: 500 });
  });
});

describe('money', () => {
  it('is bounded, so that no sum leaves the integers', () => {
    const huge: Happens = (world) =>
      world.event('BillPaid', at(1), { billId: 'b', amountMinor: Number.MAX_SAFE_INTEGER, currency: 'CNY' });
    const { world } = enrolled(CONTROL);
    for (const event of [huge(world), huge(world)]) world.tell(event);
    const steps = [world.fire(lookAt(30))];
    for (const { by } of steps[0]?.kpis ?? []) expect(Math.abs(by)).toBeLessThanOrEqual(1e12);
    world.restart();
    expect(topology.due(world.state).wallMs).toBe(lookAt(60));
  });

  it('that came in before the enrolment counts for nothing', () => {
    expect(outcomes(TREATED, [paid(-1, 500), toppedUp(-HOUR_MS / DAY_MS, 10)])).toEqual(ALL_KEPT);
  });
});
