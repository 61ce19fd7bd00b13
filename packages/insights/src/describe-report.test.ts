import { describe, expect, it } from 'vitest';
import { cellsOf, outcome, PLAN } from '../test/cells.ts';
import { seededRandom } from '../test/random.ts';
import { EXAMPLE, simulateCells } from '../test/simulated-campaign.ts';
import { reportOf } from './campaign-report.ts';
import { describeReport } from './describe-report.ts';

const LOOK = { range: { from: '2026-01-01', to: '2026-02-01' }, asOf: '2026-06-01' };
const CONTROL = { arm: 'control' };

describe('the text of a report', () => {
  const cells = simulateCells({ ...EXAMPLE, days: 40 }, seededRandom(2));
  const look = { range: { from: '2026-03-01', to: '2026-04-10' }, asOf: '2026-08-01' };

  it('has no percentage without what it is made of', () => {
    const text = describeReport(reportOf(cells, EXAMPLE.plan, look));
    const bare = text
      .split('\n')
      .filter((line) => line.includes('%') && !/\d (of|over) \d|interval|due \d|holdout|÷/.test(line));
    expect(bare).toEqual([]);
  });

  it('says undecided, why, and how many are missing, where the sample cannot tell', () => {
    const small = [...outcome('retained_30d', 180, 150), ...outcome('retained_30d', 20, 15, CONTROL)];
    const lines = describeReport(reportOf(small, PLAN, LOOK)).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/verdict +undecided: the interval holds 0/));
    expect(lines).toContainEqual(expect.stringMatching(/needed +[\d,]+ more past the horizon/));
  });

  it('tells of calls that reached nobody, where there were any', () => {
    const tried = cellsOf({ no_answer: 7, wrong_person: 2 });
    const lines = describeReport(reportOf(tried, PLAN, LOOK)).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/not reached +no answer 7, wrong person 2/));
    expect(describeReport(reportOf([], PLAN, LOOK))).not.toContain('not reached');
  });

  it('shows the work of people where there was some', () => {
    const work = { 'work:opened': 9, 'work:claimed': 8, 'work:finished': 7, 'work:in_time': 5, 'work:late': 2 };
    const more = { 'work:escalated': 3, 'work:reopened': 1, 'work:expired': 1, 'work:withdrawn': 2 };
    const text = describeReport(reportOf(cellsOf({ ...work, ...more }, { channel: 'call-centre' }), PLAN, LOOK));
    expect(text).toContain(
      'items 9, claimed 8, finished 7 (in time 5, late 2), escalated 3, reopened 1, expired 1, withdrawn 2',
    );
    expect(describeReport(reportOf([], PLAN, LOOK))).not.toContain('items');
  });

  it('of a campaign without any cell does not fail', () => {
    expect(describeReport(reportOf([], PLAN, LOOK))).toContain('undecided');
  });
});
