import type { BoundFeature, Window } from './model.ts';
import { SLACK_TILES, type Span } from './plan.ts';

/** The running cycle and the one before, for events that come late. */
const CYCLES_KEPT = 2;

/** Width of a tile, ms; 1 for windows whose tiles have none of their own. */
export function hopOf(window: Window): number {
  return window.kind === 'sliding' ? window.hopMs : 1;
}

/** @throws RangeError when the window is no multiple of its hop */
export function spanOf({ name, window }: BoundFeature): Span {
  if (window.kind !== 'sliding') return { lengthTiles: 1, offsetTiles: 0 };
  return {
    lengthTiles: wholeTiles(name, window.lengthMs, window.hopMs),
    offsetTiles: wholeTiles(name, window.offsetMs, window.hopMs),
  };
}

/** As many windows of that length as are told, right before it. */
export function spanBefore({ lengthTiles, offsetTiles }: Span, windows: number): Span {
  return { lengthTiles: windows * lengthTiles, offsetTiles: offsetTiles + lengthTiles };
}

/** Tiles to keep, counted from the newest, so that the window has all of its own. */
export function capacityFor({ kind }: Window, { lengthTiles, offsetTiles }: Span): number {
  if (kind === 'cycle') return CYCLES_KEPT;
  return kind === 'ever' ? 1 : lengthTiles + offsetTiles + SLACK_TILES;
}

function wholeTiles(name: string, ms: number, hopMs: number): number {
  const tiles = ms / hopMs;
  if (!Number.isInteger(tiles) || hopMs <= 0) {
    throw new RangeError(`feature ${name}: window and offset must be multiples of the hop`);
  }
  return tiles;
}
