import { describe, expect, it } from 'vitest';
import { decidedPlays } from '../test/decided-plays.ts';
import { generatePopulation } from './generated.ts';
import { COUNTER_EXAMPLES, PLANTED, PLAYS } from './stories.ts';
import { buildTimeline } from './timeline.ts';

const NAMING = { run: '' };
const customers = 90;
/** Ends of months, of years and of days, and an hour in between. */
const ENDS = ['2026-11-22T19:20:00Z', '2027-03-01T00:10:00Z', '2027-12-31T23:50:00Z', '2028-02-29T06:00:00Z'];

describe('a generated population', () => {
  it.each(ENDS)('makes exactly the plays of its ground truth fire when it ends at %s', (end) => {
    const endMs = Date.parse(end);
    const { recording, truth } = generatePopulation({ seed: 7, customers, endMs }, NAMING);
    const timeline = buildTimeline([recording], { endMs, naming: NAMING, suspensions: 0 });
    const fired = decidedPlays(timeline, endMs);
    for (const { customerId, story, expected } of truth) {
      expect([story, ...new Set(fired.get(customerId))], customerId).toEqual([story, ...expected]);
    }
  });

  it('has customers for every play, counter-examples and ordinary customers', () => {
    const { truth } = generatePopulation({ seed: 7, customers, endMs: Date.parse(ENDS[0] ?? '') }, NAMING);
    expect(new Set(truth.flatMap(({ expected }) => expected))).toEqual(new Set(PLAYS));
    const stories = new Set(truth.map(({ story }) => story));
    for (const { name } of [...PLANTED, ...COUNTER_EXAMPLES]) expect(stories).toContain(name);
    expect(truth.filter(({ expected }) => expected.length === 0).length).toBeGreaterThan(customers / 2);
  });

  it('is the same for the same seed and another for another seed', () => {
    const of = (seed: number) => generatePopulation({ seed, customers: 40, endMs: Date.parse(ENDS[0] ?? '') }, NAMING);
    expect(of(3)).toEqual(of(3));
    expect(of(4).recording.histories).not.toEqual(of(3).recording.histories);
  });

  it('gives a run customers and feeds of its own', () => {
    const { recording } = generatePopulation(
      { seed: 1, customers: 1, endMs: Date.parse(ENDS[0] ?? '') },
      { run: 'r1' },
    );
    expect(recording.feed).toBe('recorded:generated/r1');
    expect(recording.histories[0]?.customerId).toBe('gen-0-r1');
    for (const event of recording.histories[0]?.events ?? []) expect(event.source).toBe('recorded:generated/r1');
  });
});
