import type { EventOf } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, HOUR_MS, START } from '../test/customer-world.ts';
import { kpiSums } from '../test/kpi-sums.ts';
import { kpiDay } from './kpi-cell.ts';

const POLICY = compilePack();

type Change = EventOf<'WorkItemChanged'>['change'];
type Told = readonly [change: Change, afterMs: number, outcome?: string];

/** What is counted of a follow-up that is due an hour after START; told again, an event is the same event. */
function counted(told: readonly Told[]) {
  const world = createCustomerWorld(POLICY, 'c-1');
  const steps = told.map(([change, afterMs, outcome = '']) => {
    const event = world.event('WorkItemChanged', START + afterMs, {
      itemId: 'f-1',
      ...{
        contactId: '',
        followUpId: 'f-1',
        change,
        outcome,
        reason: '',
        campaign: '',
        offer: '',
        arm: '',
        channel: '',
      },
      ...{ desk: 'care', team: '', agent: 'ann', owner: 'ann', dueAt: START + HOUR_MS, until: null },
    });
    return world.tell({ ...event, eventId: `${change}-${afterMs}` });
  });
  const cell = `follow-ups ${kpiDay(START)}|||||`;
  return Object.fromEntries(Object.entries(kpiSums(steps)).map(([name, sum]) => [name.replace(cell, ''), sum]));
}

const LIFE: readonly Told[] = [
  ['OPENED', 0],
  ['CLAIMED', 1],
  ['FINISHED', HOUR_MS, 'done'],
  ['REOPENED', HOUR_MS + 1],
  ['ESCALATED', HOUR_MS + 2],
  ['FINISHED', HOUR_MS + 3, 'Moved on!'],
];
const COUNTED = {
  'work:opened': 1,
  'work:finished': 2,
  'work:in_time': 1,
  'work:late': 1,
  'work:reopened': 1,
  'work:escalated': 1,
  'ended:done': 1,
  'ended:moved_on': 1,
};

describe('a follow-up', () => {
  it('is counted by what was done with it, apart from campaigns', () => {
    expect(counted(LIFE)).toEqual(COUNTED);
    expect(counted([['EXPIRED', HOUR_MS]])).toEqual({ 'work:expired': 1 });
  });

  it('is counted the same in whatever order and however often it is told', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...LIFE, ...LIFE], { minLength: 2 * LIFE.length }), (order) => {
        expect(counted(order)).toEqual(COUNTED);
      }),
      { numRuns: 25 },
    );
  });
});
