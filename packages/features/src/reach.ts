import type { ValueTime } from './model.ts';
import { SLACK_TILES, type Span, type TileUse, type Track } from './plan.ts';

/** The row of tiles that a feature looks back over. */
export interface Reach {
  readonly kind: Track['kind'];
  readonly hopMs: number;
  /** From the running tile to the oldest one looked at. */
  readonly tiles: number;
  /**
   * Tiles that are kept for it in any case, counted from the newest. A longer window over the same events may keep more, but
   * perhaps only since yesterday, and what a feature answers is not to depend on which others there are.
   */
  readonly keptTiles: number;
}

/** Which tiles there are. */
export interface Extent {
  readonly rows: number;
  readonly newest: number;
  readonly oldest: number;
}

/** Of what a feature reads, the span that goes furthest back. */
export function reachOf({ kind, hopMs }: Pick<Track, 'kind' | 'hopMs'>, spans: readonly Span[]): Reach {
  const tiles = Math.max(...spans.map(backOf));
  return { kind, hopMs, tiles, keptTiles: tiles + SLACK_TILES };
}

export function reachOfUses(track: Track, read: readonly number[]): Reach {
  return reachOf(
    track,
    read.map((use) => track.uses[use] as TileUse),
  );
}

function backOf({ lengthTiles, offsetTiles }: Span): number {
  return lengthTiles + offsetTiles;
}

/** The tile that contains the moment; `cycleStartMs` is that of its cycle. */
export function tileAt({ kind, hopMs }: Pick<Track, 'kind' | 'hopMs'>, atMs: number, cycleStartMs: number): number {
  if (kind === 'sliding') return Math.floor(atMs / hopMs);
  return kind === 'cycle' ? cycleStartMs : 0;
}

/** Whether everything the window reaches back to was seen, or did not exist. */
export function isCovered({ kind, tiles, hopMs }: Reach, sinceMs: number, time: ValueTime): boolean {
  if (sinceMs === Number.POSITIVE_INFINITY) return false;
  if (kind === 'ever' || (time.knownSinceMs !== undefined && sinceMs <= time.knownSinceMs)) return true;
  if (kind === 'cycle') return time.cycleStartMs >= sinceMs;
  return time.asOfMs - tiles * hopMs >= sinceMs;
}

/** Tiles older than what is kept may have held something: better unknown than too small. */
export function isForgotten(reach: Reach, { rows, newest, oldest }: Extent, running: number): boolean {
  if (rows === 0) return false;
  if (reach.kind === 'sliding') return running - reach.tiles + 1 <= newest - reach.keptTiles;
  return reach.kind === 'cycle' && rows > 1 && running < oldest;
}
