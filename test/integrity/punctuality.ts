import type { CommittedLine, TimerFiring } from './clean-fold.ts';

/** A timer fires so long after its time at the latest, or after the shard came back, ms. */
export const ON_TIME_MS = 2_000;
/** The same where another file of tests has the machine too: late is what nobody could call slow, ms. */
export const ON_TIME_BESIDE_OTHERS_MS = 30_000;
/** A shard that commits nothing for so long while events come in is away, ms. */
const AWAY_MS = 1_000;

/** A stretch of time in which a shard committed nothing, ms. */
interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PunctualityOptions {
  /** Until when events came in, ms: a shard that is silent after that is at rest, which excuses nothing. */
  readonly busyUntilMs: number;
  /** Between two looks at a timer that waits for its feed, ms. */
  readonly lookEveryMs: number;
  readonly onTimeMs: number;
}

/** Firings that came later than promised, in words: measured from their time, or from the shard's return if that is later. */
export function unpunctual(
  firings: readonly TimerFiring[],
  journal: readonly CommittedLine[],
  { busyUntilMs, lookEveryMs, onTimeMs }: PunctualityOptions,
): string[] {
  const absences = absencesOf(journal).filter(({ fromMs }) => fromMs < busyUntilMs);
  return firings.flatMap(({ id, kind, dueSinceMs, committedAtMs }) => {
    const returned = absences.findLast(({ fromMs, toMs }) => fromMs < committedAtMs && toMs >= dueSinceMs)?.toMs ?? 0;
    const lateMs = committedAtMs - Math.max(dueSinceMs, returned);
    const allowedMs = onTimeMs + (kind === 'event-time' ? lookEveryMs : 0);
    return lateMs <= allowedMs ? [] : [`the ${kind} timer of ${id} fired ${lateMs} ms late`];
  });
}

function absencesOf(journal: readonly CommittedLine[]): Absence[] {
  const absences: Absence[] = [];
  for (const [i, line] of journal.entries()) {
    const fromMs = journal[i - 1]?.committedAtMs ?? line.committedAtMs;
    if (line.committedAtMs - fromMs > AWAY_MS) absences.push({ fromMs, toMs: line.committedAtMs });
  }
  return absences;
}
