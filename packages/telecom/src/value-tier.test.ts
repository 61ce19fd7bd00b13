import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { CAPS } from './customer-state.ts';
import { customerView } from './customer-view.ts';
import { markFired } from './firings.ts';

const TIERS = `
tiers:
  gold: { when: calls_2d >= 10, keep: calls_2d >= 6 }
  silver: { when: calls_2d >= 4, keep: calls_2d >= 3 }
triggers:
  rose: { on: UsageRecorded, when: value_tier == 'gold', occasion: month, reason: { en: r, zh: r } }
campaigns:
  thanks: { goal: { kpi: k, target: 0.1 }, stage: live, kind: service, triggers: [rose], offers: [service_credit] }
`;
const POLICY = compilePack({
  'features.yaml': (text) =>
    text.replace(/^features:\n/m, 'features:\n  calls_2d: { from: UsageRecorded, count: true, window: 2d, hop: 1h }\n'),
  'tiers.yaml': () => TIERS,
  'market.yaml': (text) => text.replace('key: {', 'gold: {').replace('high-value: {', 'silver: {'),
});

/** Somebody known for ten days, with so many calls an hour apart up to a time. */
function worldWith(calls: number, untilMs: number) {
  const world = createCustomerWorld(POLICY, 'customer-1');
  world.tell(world.activated(START - 10 * DAY_MS));
  for (let call = calls - 1; call >= 0; call -= 1) world.tell(world.usage(untilMs - call * HOUR_MS));
  return world;
}

function tierAt(world: ReturnType<typeof worldWith>, atMs: number) {
  const topology = topologyOf(POLICY);
  const stored = topology.encode(world.state, topology.codecVersion);
  return customerView('customer-1', stored, POLICY, atMs).attributes.value_tier;
}

describe('the value tier of a customer', () => {
  it.each([
    [3, null],
    [4, 'silver'],
    [10, 'gold'],
  ])('after %s calls is %s', (calls, expected) => {
    expect(tierAt(worldWith(calls, START), START)).toBe(expected);
  });

  it('is kept while the lower bound holds, over a restart, and left below it', () => {
    const world = worldWith(10, START);
    world.restart();
    // Two days later seven of the ten still count, then six, then five.
    expect(tierAt(world, START + 2 * DAY_MS - 6.5 * HOUR_MS)).toBe('gold');
    expect(tierAt(world, START + 2 * DAY_MS - 3.5 * HOUR_MS)).toBe('silver');
    expect(tierAt(worldWith(7, START), START)).toBe('silver');
  });

  it('fires a trigger as soon as it is reached', () => {
    expect(worldWith(9, START).decisions).toEqual([]);
    expect(worldWith(10, START).decisions.map(({ trigger }) => trigger)).toEqual(['rose']);
  });

  it('says by when a person is to have done what is decided', () => {
    const [decision] = worldWith(10, START).decisions;
    expect(decision).toMatchObject({ category: 'service', tier: 'gold' });
    expect(decision?.workDueAt).toBe((decision?.sendAt ?? 0) + HOUR_MS);
  });

  it('is not pushed out by firings that came after it', () => {
    const world = worldWith(10, START);
    const dealings = world.state.dealings.change();
    for (let index = 0; index < 2 * CAPS.firings; index += 1) {
      markFired(dealings, { trigger: 't', occasion: `event:${index}`, at: START, isLatched: false });
    }
    expect(dealings.firings).toHaveLength(CAPS.firings);
    expect(tierAt(world, START + 2 * DAY_MS - 6.5 * HOUR_MS)).toBe('gold');
  });

  it('is nothing that a policy without tiers knows', () => {
    expect(() => compilePack({ 'rules.yaml': (text) => `${text}\nsegments: { s: value_tier == 'gold' }\n` })).toThrow(
      'unknown feature or attribute "value_tier"',
    );
  });
});
