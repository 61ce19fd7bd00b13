import { describe, expect, it } from 'vitest';
import type { CommittedLine, TimerFiring } from './clean-fold.ts';
import { ON_TIME_BESIDE_OTHERS_MS, ON_TIME_MS, unpunctual } from './punctuality.ts';

const commitsAt = (...times: readonly number[]): CommittedLine[] =>
  times.map((committedAtMs, offset) => ({ topic: 't', offset, committedAtMs }));

const firing = (dueSinceMs: number, committedAtMs: number, kind: TimerFiring['kind'] = 'wall'): TimerFiring => ({
  id: 'c',
  kind,
  dueSinceMs,
  committedAtMs,
});

const busy = commitsAt(...Array.from({ length: 100 }, (_, i) => i * 500));
const away = commitsAt(0, 500, 20_000, 20_500, 21_000, 21_500, 22_000, 22_500, 23_000);

describe('the punctuality of timers', () => {
  it.each<[string, TimerFiring, readonly CommittedLine[], number, number]>([
    ['at once', firing(1_000, 1_000), busy, 50_000, 0],
    ['two seconds after its time', firing(1_000, 3_000), busy, 50_000, 0],
    ['later than that, by a shard that was there', firing(1_000, 3_001), busy, 50_000, 1],
    ['two seconds after the shard came back', firing(1_000, 22_000), away, 50_000, 0],
    ['later than that after the shard came back', firing(1_000, 22_001), away, 50_000, 1],
    ['late by a shard at rest, which is no excuse', firing(1_000, 20_000), away, 400, 1],
    ['at the next look at its feed', firing(1_000, 8_000, 'event-time'), busy, 50_000, 0],
    ['after the next look at its feed', firing(1_000, 8_001, 'event-time'), busy, 50_000, 1],
  ])('of one that fired %s', (_, fired, journal, busyUntilMs, findings) => {
    const options = { busyUntilMs, lookEveryMs: 5_000, onTimeMs: ON_TIME_MS };
    expect(unpunctual([fired], journal, options)).toHaveLength(findings);
  });

  it.each([
    [31_000, 0],
    [31_001, 1],
  ])('beside other tests, of one that fired at %i ms', (committedAtMs, findings) => {
    const options = { busyUntilMs: 50_000, lookEveryMs: 5_000, onTimeMs: ON_TIME_BESIDE_OTHERS_MS };
    expect(unpunctual([firing(1_000, committedAtMs)], busy, options)).toHaveLength(findings);
  });
});
