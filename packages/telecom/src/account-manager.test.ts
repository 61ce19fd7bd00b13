import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, START, topologyOf } from '../test/customer-world.ts';
import { customerView } from './customer-view.ts';

const POLICY = compilePack();
const topology = topologyOf(POLICY);
const ASKED = { subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: '', effectiveAt: null };

function suspending(...managers: readonly string[]) {
  const world = createCustomerWorld(POLICY, 'customer-1');
  world.tell(world.activated(START - 60 * DAY_MS));
  for (const [day, managerId] of managers.entries()) {
    world.tell(world.event('AccountManagerAssigned', START - (20 - day) * DAY_MS, { managerId }));
  }
  world.tell(world.event('SuspensionRequested', START, ASKED));
  return world;
}

describe('who looks after the customer', () => {
  it.each([
    { managers: [], named: '' },
    { managers: ['m-1'], named: 'm-1' },
    { managers: ['m-2', 'm-1'], named: 'm-1' },
  ])('of $managers is named by his decisions as "$named"', ({ managers, named }) => {
    expect(suspending(...managers).decisions.map(({ accountManager }) => accountManager)).toEqual([named]);
  });

  it('and his household are attributes that a policy may ask for', () => {
    const world = suspending('m-1');
    world.tell(world.event('HouseholdLinked', START, { householdId: 'h-1', role: 'payer' }));
    const bytes = topology.encode(world.state, topology.codecVersion);
    const { attributes } = customerView('customer-1', bytes, POLICY, START);
    expect(attributes).toMatchObject({ account_manager: 'm-1', household_id: 'h-1', household_role: 'payer' });
    const nobody = suspending();
    const view = customerView('customer-1', topology.encode(nobody.state, topology.codecVersion), POLICY, START);
    expect(view.attributes).toMatchObject({ account_manager: null, household_id: null, household_role: null });
  });

  it('can be the condition of a trigger', () => {
    const when = "when: household_role == 'payer' && account_manager == 'm-1'";
    const policy = compilePack({
      'triggers.yaml': (text) =>
        text.replace(/(suspension_requested:\n {4}on: \w+\n)( {4}when: .*\n)?/, `$1    ${when}\n`),
    });
    expect(policy.triggers.get('suspension_requested')?.when.source).toContain('household_role');
    for (const role of ['payer', 'member']) {
      const world = createCustomerWorld(policy, 'customer-1');
      world.tell(world.activated(START - 60 * DAY_MS));
      world.tell(world.event('AccountManagerAssigned', START - DAY_MS, { managerId: 'm-1' }));
      world.tell(world.event('HouseholdLinked', START - DAY_MS, { householdId: 'h-1', role }));
      world.tell(world.event('SuspensionRequested', START, ASKED));
      expect(world.decisions).toHaveLength(role === 'payer' ? 1 : 0);
    }
  });
});
