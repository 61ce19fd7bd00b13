import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, START } from '../test/customer-world.ts';
import { CAPS } from './customer-state.ts';
import { householdOf } from './household.ts';

const POLICY = compilePack();
const writer = createCustomerWorld(POLICY, 'customer-1');
const linked = (day: number, householdId: string, role = 'member') =>
  writer.event('HouseholdLinked', START + day * DAY_MS, { householdId, role });
const left = (day: number, householdId: string) =>
  writer.event('HouseholdUnlinked', START + day * DAY_MS, { householdId });

describe('the household of a customer', () => {
  it.each([
    { story: 'never told', events: [], household: undefined },
    { story: 'linked', events: [linked(1, 'h-1', 'payer')], household: 'h-1 payer' },
    {
      story: 'linked again in another role',
      events: [linked(1, 'h-1'), linked(2, 'h-1', 'payer')],
      household: 'h-1 payer',
    },
    { story: 'left', events: [linked(1, 'h-1'), left(2, 'h-1')], household: undefined },
    { story: 'left at the moment of the link', events: [left(1, 'h-1'), linked(1, 'h-1')], household: undefined },
    { story: 'come back', events: [linked(1, 'h-1'), left(2, 'h-1'), linked(3, 'h-1')], household: 'h-1 member' },
    { story: 'moved', events: [linked(1, 'h-1'), linked(2, 'h-2')], household: 'h-2 member' },
    {
      story: 'moved, the former one said later',
      events: [linked(1, 'h-1'), linked(2, 'h-2'), left(3, 'h-1')],
      household: 'h-2 member',
    },
    {
      story: 'moved and left: not back in the former',
      events: [linked(1, 'h-1'), linked(2, 'h-2'), left(3, 'h-2')],
      household: undefined,
    },
    { story: 'linked to two at once', events: [linked(1, 'h-2'), linked(1, 'h-1')], household: 'h-2 member' },
  ])('$story: $household, in any order', ({ events, household }) => {
    for (const told of [events, events.toReversed()]) {
      const world = createCustomerWorld(POLICY, 'customer-1');
      for (const event of told) world.tell(event, 90 * DAY_MS);
      world.restart();
      const found = householdOf(world.state.facts.read());
      expect(found && `${found.householdId} ${found.role}`).toBe(household);
    }
  });

  it('stays, however many others he leaves: what is forgotten is the oldest of them, and that is said', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    world.tell(linked(0, 'h-0'), 90 * DAY_MS);
    const outcomes = Array.from(
      { length: CAPS.households },
      (_, i) => world.tell(left(i + 1, `x-${i}`), 90 * DAY_MS).outcome,
    );
    expect(outcomes.at(-1)).toBe('folded+trimmed');
    const facts = world.state.facts.read();
    expect(facts.households.map(({ householdId }) => householdId)).toEqual(['h-0', 'x-1', 'x-2', 'x-3']);
    expect(householdOf(facts)?.householdId).toBe('h-0');
  });
});
