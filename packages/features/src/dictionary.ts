import { hashOf, type Layout, type SetPlan, type Track } from './plan.ts';

/**
 * What stored features refer to instead of holding it: which features, tracks, measures and points there were, in which
 * order. Kept once beside many customers.
 */
export interface SetDescription extends LayoutDescription {
  /** By place: identity of the feature. */
  readonly features: readonly number[];
  /** What is kept for each line; absent where no feature is of a line. */
  readonly lines?: LayoutDescription;
}

export interface LayoutDescription {
  readonly tracks: readonly TrackDescription[];
  /** By place: identity, and whether a value is kept. */
  readonly points: readonly (readonly [id: number, hasValue: boolean])[];
  /** Identities by place; absent where there are none. */
  readonly digests?: readonly number[];
}

export interface TrackDescription {
  readonly kind: Track['kind'];
  readonly hopMs: number;
  readonly measures: readonly number[];
}

export function sectionsDescribed({ tracks, digests = [] }: LayoutDescription): number {
  return tracks.length + 1 + digests.length;
}

/** Bytes of the name of a set. */
export const SET_ID_BYTES = 8;

export function describeSet({ features, lines, ...own }: SetPlan): string {
  const description: SetDescription = {
    features: features.map(({ id }) => id),
    ...describeLayout(own),
    ...(lines === undefined ? {} : { lines: describeLayout(lines) }),
  };
  return JSON.stringify(description);
}

function describeLayout({ tracks, points, digests }: Layout): LayoutDescription {
  return {
    tracks: tracks.map(({ kind, hopMs, measures }) => ({ kind, hopMs, measures: measures.map(({ id }) => id) })),
    points: points.map(({ id, field }) => [id, field !== '']),
    ...(digests.length === 0 ? {} : { digests: digests.map(({ id }) => id) }),
  };
}

/** 16 hex digits made of the description, read forwards and backwards. */
export function nameOfSet(description: string): string {
  const backwards = [...description].reverse().join('');
  return [description, backwards].map((text) => hashOf(text).toString(16).padStart(8, '0')).join('');
}

/** @throws RangeError on a text that `describeSet` did not make */
export function readDescription(text: string): SetDescription {
  const description = parsed(text);
  const isWhole =
    Array.isArray(description?.features) && Array.isArray(description.tracks) && Array.isArray(description.points);
  if (!isWhole) throw new RangeError('the description of a feature set is malformed');
  return description;
}

function parsed(text: string): SetDescription {
  try {
    return JSON.parse(text) as SetDescription;
  } catch {
    throw new RangeError('the description of a feature set is no JSON');
  }
}
