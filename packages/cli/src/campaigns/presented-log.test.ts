import type { EventInput, LogEvent } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { acceptance, DECIDED_AT, presentation, readBack } from '../../test/decisions.ts';
import { ANSWER_MS, createPresentedLog } from './presented-log.ts';

const UNTIL = DECIDED_AT + ANSWER_MS + 1;
const DRAWN = { campaign: 'keep', offer: 'call', segment: 'young', probability: 0.8 };

function logOf(events: readonly EventInput<'OfferPresented' | 'OfferAccepted'>[], campaign?: string) {
  const log = createPresentedLog({ untilMs: UNTIL, ...(campaign === undefined ? {} : { campaign }) });
  for (const event of events) log.add(readBack(event) as LogEvent);
  return log;
}

describe('the log of presented offers', () => {
  it('has what was drawn with its probability, and whether it was accepted', () => {
    // Told later than a day after, an answer does not know with what probability.
    const events = [presentation('k1', DRAWN), acceptance('k1'), presentation('k2', DRAWN)];
    const row = { context: 'young', action: 'keep/call', probability: 0.8 };
    expect(logOf(events).rows()).toEqual([
      { ...row, reward: 1 },
      { ...row, reward: 0 },
    ]);
    expect(logOf(events.toReversed()).rows()).toEqual(logOf(events).rows());
  });

  it('has an offer of which nothing but the answer was told', () => {
    expect(logOf([acceptance('k1', DRAWN)]).rows()).toMatchObject([{ probability: 0.8, reward: 1 }]);
  });

  it('leaves out what was not drawn, and other campaigns', () => {
    const told = [null, 0].map((probability, i) => presentation(`k${i}`, { ...DRAWN, probability }));
    expect(logOf([...told, presentation('k9', { ...DRAWN, campaign: 'other' })], 'keep').rows()).toEqual([]);
  });

  it('gives every offer the same time for its answer, and counts one that has it not yet', () => {
    const late = { occurredAt: DECIDED_AT + 1 };
    const log = logOf([
      presentation('k1', DRAWN),
      acceptance('k1', { occurredAt: DECIDED_AT + ANSWER_MS }),
      presentation('k2', { ...DRAWN, ...late }),
      acceptance('k2', late),
    ]);
    expect(log.rows()).toMatchObject([{ reward: 0 }]);
    expect(log.open()).toBe(1);
  });
});
