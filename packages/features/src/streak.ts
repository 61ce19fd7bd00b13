import type { FeatureDefinition, FeatureSlots } from './model.ts';
import type { Track } from './plan.ts';
import { cursor, moveTo } from './section-cursor.ts';
import { readRow } from './track-rows.ts';
import { readSigned, readUnsigned } from './varint.ts';

export interface StreakWindow {
  /** Place of the count in its track. */
  readonly place: number;
  readonly running: number;
  /** Tiles that are over and looked at; a streak is no longer than that. */
  readonly tiles: number;
}

/** Tiles in a row up to the running one; see `streak` of a definition. */
export type StreakCount = (slots: FeatureSlots, window: StreakWindow) => number;

/** `section` is that of the track. */
export function streakCounter(track: Track, section: number, kind: FeatureDefinition['streak']): StreakCount {
  const values = new Float64Array(track.measures.length);
  const isQuiet = kind === 'quiet';

  /** The next older tile with an event; -Infinity where there is none. */
  const nextActive = (place: number, end: number, before: { tile: number; isFirst: boolean }): number => {
    while (cursor.at < end) {
      before.tile = before.isFirst ? readSigned(cursor) : before.tile - readUnsigned(cursor);
      before.isFirst = false;
      readRow(cursor, track, values, 0);
      if ((values[place] as number) > 0) return before.tile;
    }
    return Number.NEGATIVE_INFINITY;
  };

  return (slots, { place, running, tiles }) => {
    const end = moveTo(slots, section);
    const before = { tile: 0, isFirst: true };
    let active = nextActive(place, end, before);
    while (active > running) active = nextActive(place, end, before);
    if (isQuiet) return active === running ? 0 : Math.min(tiles, running - 1 - active);
    let length = 0;
    // The running tile may still get its event.
    let expected = active === running ? running : running - 1;
    for (; active === expected && length < tiles; expected -= 1) {
      length += 1;
      active = nextActive(place, end, before);
    }
    return length;
  };
}
