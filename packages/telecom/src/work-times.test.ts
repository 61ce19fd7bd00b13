import { DEFAULT_WORK } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import { workTimes } from './work-times.ts';

const HOUR = 3_600_000;
const WORK = { tier: 'key', category: 'retention', fromMs: 10 * HOUR, hasManager: true };
const TURNS = { ...DEFAULT_WORK, managerFirstMs: HOUR, teamFirstMs: 2 * HOUR };

describe('the times of work', () => {
  it('are those of tier and category, from when the contact may be made', () => {
    const deadlines = new Map([['key', { retention: HOUR, service: 2 * HOUR, 'cross-sell': 3 * HOUR }]]);
    expect(workTimes({ ...DEFAULT_WORK, deadlines }, WORK).workDueAt).toBe(11 * HOUR);
    expect(workTimes({ ...DEFAULT_WORK, deadlines }, { ...WORK, tier: '' }).workDueAt).toBe(34 * HOUR);
  });

  it('give the account manager his turn, then the team, then the pool', () => {
    expect(workTimes(TURNS, WORK)).toMatchObject({ managerUntil: 11 * HOUR, teamUntil: 13 * HOUR });
    expect(workTimes(TURNS, { ...WORK, hasManager: false })).toMatchObject({
      managerUntil: null,
      teamUntil: 12 * HOUR,
    });
    expect(workTimes(DEFAULT_WORK, WORK)).toMatchObject({ managerUntil: null, teamUntil: null });
  });
});
