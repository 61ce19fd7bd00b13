import type { PartitionIntake } from './partition-intake.ts';

/** Where one input of a shard stands. */
export interface InputStanding {
  readonly topic: string;
  /** Next offset to take. */
  readonly nextOffset: number;
  /** Records of the log that were not folded yet, those taken and waiting included. */
  readonly lag: number;
  /** Taken and waiting, with what a record takes beside its bytes. */
  readonly bufferedBytes: number;
}

/** How far a claim is behind the end of its inputs. */
export interface Lag {
  /** The end of a partition as the broker told it, asked apart from the fetches. */
  sawEnd(topic: string, high: number): void;
  /**
   * Age of the oldest record that waits to be folded, ms, or how long the log is known to have one that does not come; 0 at
   * the end. `waiting` is the append time of a record taken from its buffer and not folded.
   */
  behindMs(nowMs: number, waiting?: number): number;
  standings(): InputStanding[];
}

export function createLag(intakes: readonly PartitionIntake[]): Lag {
  const ends = new Map<string, number>();
  let missingSinceMs: number | undefined;

  const remaining = (intake: PartitionIntake) =>
    Math.max(0, Math.max(ends.get(intake.topic) ?? 0, intake.end()) - intake.reach());
  const isMissed = (intake: PartitionIntake) => intake.length() === 0 && (intake.hasMore() || remaining(intake) > 0);

  return {
    sawEnd: (topic, high) => void ends.set(topic, high),
    behindMs(nowMs, waiting = Number.POSITIVE_INFINITY) {
      missingSinceMs = intakes.some(isMissed) ? (missingSinceMs ?? nowMs) : undefined;
      let oldestMs = Math.min(waiting, missingSinceMs ?? nowMs);
      for (const intake of intakes) oldestMs = Math.min(oldestMs, intake.peek()?.appendTime ?? nowMs);
      return Math.max(0, nowMs - oldestMs);
    },
    standings: () =>
      intakes.map((intake) => {
        const lag = intake.length() + remaining(intake);
        return { topic: intake.topic, nextOffset: intake.expected(), lag, bufferedBytes: intake.bytes() };
      }),
  };
}
