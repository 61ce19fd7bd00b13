import type { QuietTimes } from './quiet-times.ts';

/** When a contact may be sent, `[sendAt, sendBy]`, ms since the epoch. */
export interface Placement {
  readonly sendAt: number;
  readonly sendBy: number;
}

/** A stretch in which a contact may be placed, both ends included, ms since the epoch. */
export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The first stretch outside the quiet times; undefined when there is none before `untilMs`, or when what holds drops what it
 * would defer. `sendBy` ends with the stretch, so that a late dispatcher does not ring at night.
 */
export function placeInTime({ fromMs, untilMs }: Stretch, quiet: QuietTimes): Placement | undefined {
  let sendAt = fromMs;
  for (let holding = quiet.quietAt(sendAt); holding !== undefined; holding = quiet.quietAt(sendAt)) {
    sendAt = holding.endMs;
    // Checked at each turn: a channel that is quiet at all times would be searched for ever.
    if (holding.isDropped || sendAt > untilMs) return undefined;
  }
  if (sendAt > untilMs) return undefined;
  const closing = quiet.nextQuiet(sendAt, untilMs);
  return { sendAt, sendBy: closing === undefined ? untilMs : closing - 1 };
}
