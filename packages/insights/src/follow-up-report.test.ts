import { expect, it } from 'vitest';
import { cellsOf } from '../test/cells.ts';
import { describeFollowUps, followUpReportOf } from './follow-up-report.ts';

const CELLS = [
  ...cellsOf({ 'work:opened': 5, 'work:finished': 2, 'work:in_time': 2, 'ended:done': 2 }, { day: '2026-01-31' }),
  ...cellsOf(
    {
      'work:opened': 9,
      'work:finished': 8,
      'work:in_time': 6,
      'work:late': 2,
      'work:escalated': 3,
      'work:reopened': 1,
      'work:expired': 1,
      'ended:done': 7,
      'ended:do_not_contact': 1,
    },
    { day: '2026-02-10' },
  ),
  ...cellsOf({ 'work:opened': 100 }, { day: '2026-03-01' }),
];
const FEBRUARY = { range: { from: '2026-02-01', to: '2026-03-01' }, asOf: '2026-03-05' };

it('follow-ups are reported by what was done in the days, and what is left of all before', () => {
  expect(followUpReportOf(CELLS, FEBRUARY)).toMatchObject({
    opened: 9,
    finished: 8,
    inTime: { numerator: 6, denominator: 8 },
    outcomes: { done: 7, do_not_contact: 1 },
    left: 4,
  });
});

it('follow-ups are told in lines, also where there are none', () => {
  expect(describeFollowUps(followUpReportOf(CELLS, FEBRUARY)).split('\n').slice(2, 7)).toEqual([
    'opened    9, opened again 1',
    'ended     8: done 7, do_not_contact 1',
    'in time   6 of 8 (75.0 %) ended within their deadline of those that were ended',
    'late      3 passed their deadline, 1 expired',
    'left      4 to be done at the end of these days',
  ]);
  expect(describeFollowUps(followUpReportOf([], FEBRUARY))).toContain('ended     0\n');
});
