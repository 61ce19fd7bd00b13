import { shareOf } from '@holdfast/decisions';
import type { EventOf } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, HOUR_MS, START } from '../test/customer-world.ts';
import { kpiSums } from '../test/kpi-sums.ts';
import { kpiDay } from './kpi-cell.ts';

const POLICY = compilePack();
const CUSTOMER =
  Array.from({ length: 100 }, (_, index) => `customer-${index}`).find(
    (id) => shareOf(POLICY.holdout.salt, id) >= POLICY.holdout.share,
  ) ?? '';

/** A customer with an open contact decided at START. */
function contacted() {
  const world = createCustomerWorld(POLICY, CUSTOMER);
  const fields = { subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null };
  world.tell(world.event('SuspensionRequested', START, fields));
  const [decision] = world.decisions;
  if (decision?.outcome !== 'contact') throw new Error('there is no contact');
  return { world, decision };
}

type Change = EventOf<'WorkItemChanged'>['change'];
type Told = readonly [change: Change, afterMs: number];

/** What is counted of the work when these changes are told in this order; the item is due an hour after START. */
function counted(told: readonly Told[], contactId?: string) {
  const { world, decision } = contacted();
  const steps = told.map(([change, afterMs]) => {
    const { campaign, offer, arm, channel, desk } = decision;
    return world.tell(
      world.event('WorkItemChanged', START + afterMs, {
        itemId: contactId ?? decision.contactId,
        contactId: contactId ?? decision.contactId,
        followUpId: '',
        change,
        ...{ desk, team: '', agent: 'ann', owner: 'ann', outcome: '', reason: '', campaign, offer, arm, channel },
        dueAt: START + HOUR_MS,
        until: null,
      }),
    );
  });
  const cell = `${decision.campaign} ${kpiDay(START)}|${decision.offer}|treated||${decision.channel}|work:`;
  const sums = Object.entries(kpiSums(steps)).filter(([name]) => name.startsWith(cell));
  const status = world.state.dealings.read().contacts[0]?.status;
  return { work: Object.fromEntries(sums.map(([name, value]) => [name.slice(cell.length), value])), status };
}

const LIFE: readonly Told[] = [
  ['OPENED', 0],
  ['CLAIMED', 1],
  ['LEASE_EXPIRED', 2],
  ['CLAIMED', 3],
  ['SNOOZED', 4],
  ['FINISHED', HOUR_MS],
  ['REOPENED', HOUR_MS + 1],
  ['ESCALATED', HOUR_MS + 2],
  ['EXPIRED', HOUR_MS + 3],
  ['WITHDRAWN', HOUR_MS + 4],
];

describe('the work that a contact is', () => {
  it('is counted with its campaign, each thing once', () => {
    const once = {
      opened: 1,
      claimed: 1,
      finished: 1,
      in_time: 1,
      escalated: 1,
      reopened: 1,
      expired: 1,
      withdrawn: 1,
    };
    expect(counted(LIFE).work).toEqual(once);
    expect(counted([...LIFE, ...LIFE]).work).toEqual(once);
  });

  it('is late when it was finished after its deadline', () => {
    expect(counted([['FINISHED', HOUR_MS + 1]]).work).toEqual({ finished: 1, late: 1 });
    expect(counted([['FINISHED', HOUR_MS]]).work).toEqual({ finished: 1, in_time: 1 });
  });

  it('is counted the same in whatever order it is told', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...LIFE], { minLength: LIFE.length }), (order) => {
        expect(counted(order).work).toEqual(counted(LIFE).work);
      }),
      { numRuns: 25 },
    );
  });

  it('says nothing of whether the customer was reached', () => {
    expect(counted(LIFE).status).toBe('reserved');
  });

  it('is counted nowhere where the contact is not known, or where it is a follow-up', () => {
    expect(counted(LIFE, 'another').work).toEqual({});
    expect(counted(LIFE, '').work).toEqual({});
  });
});
