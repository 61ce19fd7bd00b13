import type { DecisionMade, LogEvent } from '@holdfast/events';
import { NOT_SENT } from '@holdfast/insights';
import { describe, expect, it } from 'vitest';
import { acceptance, DECIDED_AT, decision, readBack } from '../../test/decisions.ts';
import { createDecisionLog } from './decision-log.ts';

const UNTIL = DECIDED_AT + 1_000;

function logOf(events: readonly LogEvent[], campaign?: string) {
  const log = createDecisionLog({ untilMs: UNTIL, ...(campaign === undefined ? {} : { campaign }) });
  for (const event of events) log.add(event);
  return log;
}

const ended: Partial<DecisionMade> = { validUntil: UNTIL - 1 };

describe('the log of decisions', () => {
  it('has what was chosen with its probability, what else could have been, and whether it was accepted', () => {
    const events = [
      decision('k1', { ...ended, probability: 0.8, segment: 'young' }),
      readBack(acceptance('k1')),
      decision('k2', ended),
    ];
    expect(logOf(events).rows()).toEqual([
      {
        context: 'young',
        action: 'keep/call',
        probability: 0.8,
        reward: 1,
        choices: [
          { action: 'keep/call', score: 20 },
          { action: 'keep/gift', score: 10 },
        ],
      },
      expect.objectContaining({ probability: 1, reward: 0 }),
    ]);
  });

  it('takes the controls of a campaign into the probability of being sent', () => {
    const control = { ...ended, outcome: 'control', arm: 'control' } as const;
    const rows = logOf([decision('k1', { ...ended, probability: 0.5 }), decision('k2', control)]).rows();
    expect(rows.map(({ action, probability, reward }) => [action, probability, reward])).toEqual([
      ['keep/call', 0.25, 0],
      [NOT_SENT, 1, 0],
    ]);
  });

  it('leaves out shadows, the universal holdout, what led to nothing, and other campaigns', () => {
    const events = [
      decision('k1', { ...ended, stage: 'shadow' }),
      decision('k2', { ...ended, outcome: 'control', arm: 'holdout' }),
      decision('k3', { ...ended, outcome: 'suppressed', arm: 'none' }),
      decision('k4', { ...ended, campaign: 'other' }),
    ];
    expect(logOf(events, 'keep').rows()).toEqual([]);
  });

  it('counts a decision that is told twice once, and one whose offer stands not yet', () => {
    const log = logOf([decision('k1', ended), decision('k1', ended), decision('k2', { validUntil: UNTIL })]);
    expect(log.rows()).toHaveLength(1);
    expect(log.open()).toBe(1);
  });
});
