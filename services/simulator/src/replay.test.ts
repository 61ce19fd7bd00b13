import { partitionOf } from '@holdfast/engine';
import { ConfigError } from '@holdfast/observability';
import { describe, expect, it } from 'vitest';
import { NO_BAD_ROWS } from './bad-rows.ts';
import { chooseWithin, sizeOf } from './choice.ts';
import { readConfig } from './config.ts';
import type { Recording } from './recording.ts';
import { planReplay } from './replay.ts';
import { dueTimes, dueUntil } from './schedule.ts';
import { buildTimeline, heartbeats } from './timeline.ts';

const END = Date.parse('2026-11-22T12:00:00Z');
const NAMING = { run: '' };

function recording(name: 'cns_cdr' | 'megaline', sizes: readonly number[]): Recording {
  const histories = sizes.map((size, index) => {
    const customerId = `${name}-${index}`;
    const events = Array.from({ length: size }, (_, n) => ({
      type: 'UsageRecorded' as const,
      source: `recorded:${name}`,
      eventId: `e-${index}-${n}`,
      occurredAt: 1_000 * (n + 1),
      customerId,
      subscriptionId: 's',
      kind: 'VOICE' as const,
    }));
    return { person: customerId, customerId, subscriptionId: 's', events };
  });
  return { name, feed: `recorded:${name}`, timing: 'recorded', histories, badRows: NO_BAD_ROWS, notes: [] };
}

describe('a timeline', () => {
  it('is in order of event time and ends where it is told to, for every recording', () => {
    const entries = buildTimeline([recording('cns_cdr', [5]), recording('megaline', [3, 9])], {
      endMs: END,
      naming: NAMING,
      suspensions: 0,
    });
    const times = entries.map(({ event }) => event.occurredAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(entries.filter(({ atMs }) => atMs === END).map(({ event }) => event.source)).toEqual([
      'recorded:cns_cdr',
      'recorded:megaline',
    ]);
  });

  it('has suspension requests of a feed of their own, which carry the time at which they are sent', () => {
    const entries = buildTimeline([recording('cns_cdr', [5, 5, 5])], {
      endMs: END,
      naming: { run: 'r' },
      suspensions: 2,
    });
    const asked = entries.filter(({ event }) => event.type === 'SuspensionRequested');
    expect(asked).toHaveLength(2);
    for (const { event, isLive } of asked) expect([event.source, isLive]).toEqual(['generated:suspensions/r', true]);
  });

  it('has nobody ask before he is there', () => {
    const [asker] = recording('megaline', [5]).histories;
    const [witness] = recording('cns_cdr', [200_000]).histories;
    const late = asker
      ? {
          ...asker,
          person: 'a',
          events: asker.events.slice(-1).map((event) => ({ ...event, occurredAt: 150_000_000 })),
        }
      : undefined;
    const histories = [late, witness].flatMap((history) => history ?? []);
    const both = { ...recording('cns_cdr', []), histories };
    const entries = buildTimeline([both, recording('megaline', [])], { endMs: END, naming: NAMING, suspensions: 2 });
    for (const { event, atMs } of entries.filter(({ isLive }) => isLive)) {
      const first = entries.find((entry) => !entry.isLive && entry.event.customerId === event.customerId);
      expect(atMs).toBeGreaterThan(first?.atMs ?? END);
    }
  });

  it('ends with a heartbeat in every partition', () => {
    const beats = heartbeats(['recorded:cns_cdr'], 8, END);
    const reached = beats.map(({ customerId }) => partitionOf(Buffer.from(customerId), 8));
    expect(reached).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('a bound on the events', () => {
  const recordings = [recording('cns_cdr', [10, 20, 30, 40]), recording('megaline', [10, 10])];

  it.each([25, 60, 100, 1_000])('of %i keeps whole histories, of every recording, and is never exceeded', (max) => {
    const chosen = chooseWithin(recordings, max);
    expect(chosen.reduce((sum, { histories }) => sum + sizeOf(histories), 0)).toBeLessThanOrEqual(max);
    for (const { name, histories } of chosen) {
      expect(histories.length, name).toBeGreaterThan(0);
      const originals = recordings.find((other) => other.name === name)?.histories ?? [];
      for (const history of histories) expect(originals).toContain(history);
    }
  });

  it('below every history keeps the latest events of one', () => {
    const [only] = chooseWithin([recording('cns_cdr', [10])], 3);
    expect(only?.histories[0]?.events.map(({ occurredAt }) => occurredAt)).toEqual([8_000, 9_000, 10_000]);
  });
});

describe('a schedule', () => {
  const entries = [{ atMs: 5_000 }, { atMs: 6_000 }, { atMs: 9_000 }];

  it.each([
    [{ kind: 'unpaced' } as const, [0, 0, 0]],
    [{ kind: 'rate', perSecond: 100 } as const, [0, 10, 20]],
    [{ kind: 'speed', factor: 10 } as const, [0, 100, 400]],
  ])('of %o sends its entries after %o ms', (pace, expected) => {
    const due = dueTimes(entries, pace);
    expect(entries.map((_, index) => due(index))).toEqual(expected);
  });

  it.each([
    [9, 10, 1],
    [10, 10, 2],
    [1_000, 2, 2],
  ])('has after %i ms, at the most %i at once, everything up to number %i due', (elapsedMs, limit, end) => {
    const due = dueTimes(entries, { kind: 'rate', perSecond: 100 });
    expect(dueUntil(0, 3, due, { elapsedMs, limit })).toBe(end);
  });
});

describe('the settings', () => {
  const environment = { HOLDFAST_KAFKA_BROKERS: 'k:9092', HOLDFAST_REGISTRY_URL: 'http://r/apis/ccompat/v7' };
  const read = (...words: string[]) => readConfig(environment, words);

  it('take a rate, a speed factor, or as fast as possible', () => {
    expect(read('--rate', '500').pace).toEqual({ kind: 'rate', perSecond: 500 });
    expect(read('--speed', '1000').pace).toEqual({ kind: 'speed', factor: 1_000 });
    expect(read('--speed', '0').pace).toEqual({ kind: 'unpaced' });
    expect(read().pace).toEqual({ kind: 'unpaced' });
  });

  it.each([
    ['--rate', '5', '--speed', '3'],
    ['--source', 'mars'],
    ['--events', '0'],
    ['--rote', '5'],
    ['--run', 'A:B'],
  ])('refuse %s %s %s %s', (...words) => {
    expect(() => read(...words)).toThrow(ConfigError);
  });
});

describe('a replay', () => {
  const options = { source: 'generated', data: '/nowhere', seed: 1, customers: 60, suspensions: 5, run: '' } as const;

  it('of a generated population says what is invented and carries the ground truth of those replayed', () => {
    const replay = planReplay({ ...options, days: undefined, events: 2_000 }, END);
    expect(replay.entries.length).toBeLessThanOrEqual(2_000);
    expect(replay.truth.length).toBe(replay.customers);
    expect(replay.notes.join()).toContain('invented');
  });

  it('of data that is not there is refused, or generated when the choice was left open', () => {
    const missing = { ...options, days: undefined, events: undefined };
    expect(() => planReplay({ ...missing, source: 'cns_cdr' }, END)).toThrow(ConfigError);
    expect(planReplay({ ...missing, source: 'auto' }, END).source).toBe('generated');
  });
});
