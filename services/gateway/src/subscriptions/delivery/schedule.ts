import { spread } from '@holdfast/webhook';

/** After which waits a message is tried again; after the last one it has ended. */
export type Schedule = readonly number[];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** About 28 hours, as Standard Webhooks advises. */
export const STANDARD_SCHEDULE: Schedule = [
  ...[5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR],
];

export interface Tried {
  readonly messageId: string;
  readonly tries: number;
  /** When it was put in line. */
  readonly takenAtMs: number;
  /** What the receiver asked for. */
  readonly notBeforeMs?: number;
}

/**
 * When a message is tried again; undefined when it has ended. Waits differ by up to a tenth, so that messages that failed
 * together part. A message that waited for its receiver as long as the whole schedule has ended as well, however few
 * tries it got.
 */
export function againAt(schedule: Schedule, { messageId, tries, takenAtMs, notBeforeMs = 0 }: Tried, nowMs: number) {
  const waitMs = schedule[tries - 1];
  const wholeMs = schedule.reduce((sum, each) => sum + each, 0);
  if (waitMs === undefined || nowMs - takenAtMs > wholeMs * LENIENCE) return undefined;
  return Math.round(Math.max(nowMs + waitMs * (0.9 + 0.2 * spread(messageId, tries)), notBeforeMs));
}

const LENIENCE = 1.25;
