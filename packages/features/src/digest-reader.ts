import { sinceOf } from './coverage.ts';
import { readDated } from './dated-value.ts';
import { type DigestTile, readDigest } from './digest-tiles.ts';
import { createDistinctUnion } from './distinct.ts';
import type { FeatureReader, FeatureSlots, ValueTime } from './model.ts';
import type { Digest, FeaturePlan, Reading, Span } from './plan.ts';
import { type Extent, isCovered, isForgotten, reachOf, tileAt } from './reach.ts';
import { cursor, moveTo } from './section-cursor.ts';

export type DigestReading = Extract<Reading, { readonly kind: 'digest' }>;

/** `section` is that of the digest. */
export function digestReader(
  feature: FeaturePlan,
  { span }: DigestReading,
  digest: Digest,
  section: number,
): FeatureReader {
  const { index } = feature;
  const reach = reachOf(digest, [span]);
  const valueIn = digest.content === 'distinct' ? distinctValue() : datedValue(feature, digest);
  return (slots, time) => {
    if (!isCovered(reach, sinceOf(slots, index), time)) return undefined;
    const tiles = openDigest(slots, section);
    const running = tileAt(digest, time.asOfMs, time.cycleStartMs);
    if (isForgotten(reach, extentOf(tiles), running)) return undefined;
    return valueIn(tilesWithin(tiles, span, running), time);
  };
}

export function openDigest(slots: FeatureSlots, section: number): readonly DigestTile[] {
  const end = moveTo(slots, section);
  return readDigest(cursor, end);
}

export function extentOf(tiles: readonly DigestTile[]): Extent {
  return { rows: tiles.length, newest: tiles[0]?.tile ?? 0, oldest: tiles.at(-1)?.tile ?? 0 };
}

export function tilesWithin(tiles: readonly DigestTile[], { lengthTiles, offsetTiles }: Span, running: number) {
  const last = running - offsetTiles;
  return tiles.filter(({ tile }) => tile <= last && tile > last - lengthTiles);
}

type DigestValue = (tiles: readonly DigestTile[], time: ValueTime) => number | undefined;

function distinctValue(): DigestValue {
  const union = createDistinctUnion();
  return (tiles) => {
    union.clear();
    for (const tile of tiles) union.add(tile);
    return union.count();
  };
}

/** The event that stands for the window is in its newest or oldest tile. What has no tiles is unknown as of a time before. */
function datedValue({ resolution }: FeaturePlan, { content, kind }: Digest): DigestValue {
  return (tiles, time) => {
    const tile = content === 'first' ? tiles.at(-1) : tiles[0];
    if (tile === undefined) return undefined;
    const { atMs, value } = readDated(tile);
    return kind === 'ever' && atMs > time.asOfMs ? undefined : value / resolution;
  };
}
