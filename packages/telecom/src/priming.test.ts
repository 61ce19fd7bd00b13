import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  type PackChanges,
} from '../test/customer-world.ts';
import { customerOf, PUBLISHED, triggersOf, triggerText } from '../test/published-policies.ts';

const POLICY = compilePack();
const customer = () => customerOf(POLICY);

describe('a latch on a feature that a policy adds while customers live', () => {
  /** Known 14 days and a hop after the first event under the policy. */
  const KNOWN_AFTER_MS = 15 * DAY_MS;
  const added: PackChanges = {
    'features.yaml': (text) =>
      text.replace(
        /^features:\n/m,
        "features:\n  uses_14d: { from: UsageRecorded, where: '!failed', count: true, window: 14d, hop: 1d }\n",
      ),
    ...triggerText('crossed(failed_calls_7d, 5)', 'crossed(uses_14d, 8)'),
  };
  /** Uses a line twice a day, or once, from the publication on. */
  const live = (world: CustomerWorld, fromMs: number, untilMs: number, everyMs: number) => {
    for (let atMs = fromMs; atMs < untilMs; atMs += everyMs) world.tell(world.usage(atMs));
  };
  const FIRST_MS = PUBLISHED + HOUR_MS;

  it('is shut without firing for whoever is beyond the level when the value is first known: nobody is stormed', () => {
    const world = customer();
    world.publish(added, PUBLISHED);
    live(world, FIRST_MS, PUBLISHED + 40 * DAY_MS, DAY_MS / 2);
    expect(triggersOf(world)).toEqual([]);
    const [shut] = world.state.dealings.read().firings;
    expect(shut).toMatchObject({ trigger: 'failed_calls', isLatched: true });
    expect((shut?.at ?? 0) - FIRST_MS).toBeGreaterThan(KNOWN_AFTER_MS - DAY_MS);
    expect((shut?.at ?? 0) - FIRST_MS).toBeLessThanOrEqual(KNOWN_AFTER_MS + DAY_MS);
  });

  it('fires for him once the value has come back and crosses the level again', () => {
    const world = customer();
    world.publish(added, PUBLISHED);
    live(world, FIRST_MS, PUBLISHED + 20 * DAY_MS, DAY_MS / 2);
    live(world, PUBLISHED + 20 * DAY_MS, PUBLISHED + 40 * DAY_MS, 3 * DAY_MS);
    expect(triggersOf(world)).not.toContain('failed_calls');
    live(world, PUBLISHED + 40 * DAY_MS, PUBLISHED + 50 * DAY_MS, DAY_MS / 2);
    expect(triggersOf(world).filter((trigger) => trigger === 'failed_calls')).toHaveLength(1);
  });

  it('fires for whoever is below the level when the value is first known, and crosses it later', () => {
    const world = customer();
    world.publish(added, PUBLISHED);
    live(world, FIRST_MS, PUBLISHED + 20 * DAY_MS, 3 * DAY_MS);
    expect(triggersOf(world)).toEqual([]);
    live(world, PUBLISHED + 20 * DAY_MS, PUBLISHED + 30 * DAY_MS, DAY_MS / 2);
    expect(triggersOf(world)).toEqual(['failed_calls']);
  });

  it('fires when the very event at which the value is known takes it over the level', () => {
    const world = customer();
    world.publish(added, PUBLISHED);
    live(world, FIRST_MS, FIRST_MS + DAY_MS, DAY_MS);
    const knownMs = FIRST_MS + KNOWN_AFTER_MS + DAY_MS;
    for (let i = 7; i > 0; i--) world.tell(world.usage(knownMs - 13 * DAY_MS + i));
    expect(triggersOf(world)).toEqual([]);
    world.tell(world.usage(knownMs));
    expect(triggersOf(world)).toEqual(['failed_calls']);
  });

  it('needs no such care for a customer who comes later: his value is known from his activation on', () => {
    const world = createCustomerWorld(POLICY, 'customer-2');
    world.publish(added, PUBLISHED);
    world.tell(world.activated(PUBLISHED + DAY_MS));
    live(world, PUBLISHED + 2 * DAY_MS, PUBLISHED + 10 * DAY_MS, DAY_MS / 2);
    expect(triggersOf(world)).toEqual(['failed_calls']);
  });
});
