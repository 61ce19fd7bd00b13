import type { BoundFeature, Window } from './model.ts';

/** Tiles kept beyond the window, so that a value as of a little before the newest event is still known. */
export const SLACK_TILES = 2;

/** How two amounts of one tile become one; each is associative and commutative. */
export const COMBINE = { add: 0, min: 1, max: 2 } as const;
export type Combine = (typeof COMBINE)[keyof typeof COMBINE];

/** What is kept of the events: a number per tile. Features that differ in their window only share one. */
export interface Measure {
  readonly id: number;
  readonly combine: Combine;
  /** What a tile without events holds; never stored. */
  readonly neutral: number;
  /** Field added up; '' where every event counts. */
  readonly field: string;
  /** 1 for each event (that has the field). */
  readonly isCount: boolean;
  readonly resolution: number;
  /** Place in its track. */
  place: number;
  /** Tiles kept, counted from the newest of the track. */
  capacity: number;
  /** Names of the features that read it. */
  readonly readers: string[];
}

/** Tiles of a window, counted back from the running one. */
export interface Span {
  readonly lengthTiles: number;
  readonly offsetTiles: number;
}

/** A window over one measure, worked out for the track that holds it. */
export interface TileUse extends Span {
  readonly measure: Measure;
}

/** Rows of tiles of one width, newest first; a row holds what its measures came to in that tile. */
export interface Track {
  readonly kind: Window['kind'];
  /** Width of a tile, ms; 1 for cycles, whose tiles are named by their start. */
  readonly hopMs: number;
  readonly measures: readonly Measure[];
  /** By place of the measure: what a tile without events holds. */
  readonly neutrals: Float64Array;
  readonly uses: readonly TileUse[];
  /** By place of the measure: places in `uses`. */
  readonly usesOf: readonly (readonly number[])[];
  readonly bitmapBytes: number;
  /** Rows it holds at the most. */
  readonly rows: number;
}

/** The newest event, and its value where one is wanted. */
export interface Point {
  readonly id: number;
  /** Field kept; '' where only the time is wanted. */
  readonly field: string;
  readonly resolution: number;
  readonly place: number;
  readonly readers: readonly string[];
}

/**
 * What is kept of the events where a number per tile is not enough: by tile, the value that came first or last, or the
 * different values there were. Features that differ in their window only share one.
 */
export interface Digest {
  readonly id: number;
  readonly content: 'first' | 'last' | 'distinct';
  readonly kind: Window['kind'];
  /** As of a track. */
  readonly hopMs: number;
  readonly field: string;
  readonly resolution: number;
  readonly place: number;
  /** Tiles kept, counted from the newest of the digest. */
  capacity: number;
  readonly readers: string[];
}

/** Where a feature's value comes from; `total` and `other` are places in the uses of the track. */
export type Reading =
  /** `other`: what the total is divided by. */
  | { readonly kind: 'tiles'; readonly track: number; readonly total: number; readonly other: number | undefined }
  | { readonly kind: 'streak'; readonly track: number; readonly total: number }
  | { readonly kind: 'digest'; readonly digest: number; readonly span: Span }
  | { readonly kind: 'point'; readonly point: number };

export interface FeaturePlan {
  readonly definition: BoundFeature;
  /** Place in the order of ids. */
  readonly index: number;
  readonly id: number;
  /** In the layout of the customer, or in that of his lines. */
  readonly reading: Reading;
  readonly isOfLine: boolean;
  readonly resolution: number;
  readonly unitMs: number;
}

/** What is kept for one owner, as sections in this order: tracks, all points in one, digests. */
export interface Layout {
  readonly tracks: readonly Track[];
  readonly points: readonly Point[];
  readonly digests: readonly Digest[];
  /** What is fed to them. */
  readonly feeds: readonly Feed[];
}

/** A policy's features, with what is kept for them. */
export interface SetPlan extends Layout {
  /** In order of ids. */
  readonly features: readonly FeaturePlan[];
  /** What is kept for each line, in one section behind the customer's; undefined where no feature is of a line. */
  readonly lines: Layout | undefined;
}

/** Which events count. */
export type EventFilter = Pick<BoundFeature, 'from' | 'where' | 'matches' | 'only'>;

/** What is kept, with the filter of the events it is fed. */
export interface Feed {
  readonly filter: EventFilter;
  readonly target:
    | { readonly kind: 'measure'; readonly track: number; readonly measure: Measure }
    | { readonly kind: 'point'; readonly point: Point }
    | { readonly kind: 'digest'; readonly digest: Digest };
}

export function sectionsOf({ tracks, digests }: Pick<Layout, 'tracks' | 'digests'>): number {
  return tracks.length + 1 + digests.length;
}

/** FNV-1a. */
export function hashOf(parts: unknown): number {
  const text = JSON.stringify(parts);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Amounts are whole steps up to this, so that they are exact with their sign: see `writeSigned`. */
export const MOST_STEPS = 2 ** 52;

/** The aggregation's operation on two amounts. */
export function combined(combine: Combine, left: number, right: number): number {
  if (combine === COMBINE.add) return left + right;
  return combine === COMBINE.min ? Math.min(left, right) : Math.max(left, right);
}

/** The same for what is stored: a sum stays at the most that can be, so that no amounts break the bytes. */
export function added(combine: Combine, left: number, right: number): number {
  if (combine !== COMBINE.add) return combined(combine, left, right);
  const sum = left + right;
  if (sum <= MOST_STEPS && sum >= -MOST_STEPS) return sum;
  return sum > 0 ? MOST_STEPS : -MOST_STEPS;
}
