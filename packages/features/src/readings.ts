import { sinceOf } from './coverage.ts';
import { digestReader } from './digest-reader.ts';
import { type LineView, ofLine } from './line-view.ts';
import { againstOf } from './measures.ts';
import type { FeatureReader, FeatureSlots, ValueTime } from './model.ts';
import type { Digest, FeaturePlan, Layout, Point, Reading, SetPlan, TileUse, Track } from './plan.ts';
import { createPoints, type Points, readPoints } from './points.ts';
import { isCovered, isForgotten, reachOfUses } from './reach.ts';
import { cursor, moveTo } from './section-cursor.ts';
import { streakCounter } from './streak.ts';
import { createSums, isOf, type Sums, sumUp } from './sums.ts';

interface NewestEvents extends Points {
  edition: number;
}

export type ReaderOf = (name: string) => FeatureReader | undefined;

/** Readers of the features of one set: undefined for a name it does not have. */
export function createReaders(plan: SetPlan, viewOf: LineView | undefined): ReaderOf {
  const own = layoutReaders(plan);
  const line = plan.lines && layoutReaders(plan.lines);
  const readers = new Map(
    plan.features.map((feature): [string, FeatureReader] => {
      const isOfLine = feature.isOfLine && line !== undefined && viewOf !== undefined;
      return [feature.definition.name, isOfLine ? ofLine(line(feature), viewOf) : own(feature)];
    }),
  );
  return (name) => readers.get(name);
}

/** What features of one layout work out is remembered for all of them. */
function layoutReaders(layout: Layout): (feature: FeaturePlan) => FeatureReader {
  const sums = layout.tracks.map(createSums);
  const newest = { ...createPoints(layout.points.length), edition: -1 };
  return (feature) => readerOf(feature, layout, sums, newest);
}

function readerOf(
  feature: FeaturePlan,
  { tracks, points, digests }: Layout,
  sums: readonly Sums[],
  newest: NewestEvents,
): FeatureReader {
  const { reading } = feature;
  switch (reading.kind) {
    case 'point':
      return pointReader(feature, reading.point, newest, { points, section: tracks.length });
    case 'digest': {
      const section = tracks.length + 1 + reading.digest;
      return digestReader(feature, reading, digests[reading.digest] as Digest, section);
    }
    case 'streak':
      return streakReader(feature, reading, tracks[reading.track] as Track, sums[reading.track] as Sums);
    case 'tiles':
      return tileReader(feature, reading, tracks[reading.track] as Track, sums[reading.track] as Sums);
  }
}

function pointReader(
  feature: FeaturePlan,
  point: number,
  newest: NewestEvents,
  { points, section }: { readonly points: readonly Point[]; readonly section: number },
): FeatureReader {
  const { index } = feature;
  return (slots, time) => {
    if (sinceOf(slots, index) === Number.POSITIVE_INFINITY) return undefined;
    look(newest, slots, section, points);
    return pointValue(feature, newest, point, time);
  };
}

type TileReading = Extract<Reading, { readonly kind: 'tiles' }>;

function tileReader(feature: FeaturePlan, reading: TileReading, track: Track, own: Sums): FeatureReader {
  const { index } = feature;
  const { total, other } = reading;
  const reach = reachOfUses(track, other === undefined ? [total] : [total, other]);
  return (slots, time) => {
    if (!isCovered(reach, sinceOf(slots, index), time)) return undefined;
    if (!isOf(own, slots, time)) sumUp(own, track, slots, reading.track, time);
    if (isForgotten(reach, own, own.running)) return undefined;
    return inUnits(feature, own.totals[total] as number, other === undefined ? undefined : own.totals[other]);
  };
}

type StreakReading = Extract<Reading, { readonly kind: 'streak' }>;

function streakReader(feature: FeaturePlan, reading: StreakReading, track: Track, own: Sums): FeatureReader {
  const { index, definition } = feature;
  const reach = reachOfUses(track, [reading.total]);
  const { measure, lengthTiles } = track.uses[reading.total] as TileUse;
  const count = streakCounter(track, reading.track, definition.streak);
  return (slots, time) => {
    if (!isCovered(reach, sinceOf(slots, index), time)) return undefined;
    if (!isOf(own, slots, time)) sumUp(own, track, slots, reading.track, time);
    if (isForgotten(reach, own, own.running)) return undefined;
    return count(slots, { place: measure.place, running: own.running, tiles: lengthTiles - 1 });
  };
}

/** `other`: what the total is divided by, where there is such. */
function inUnits({ definition, resolution }: FeaturePlan, total: number, other: number | undefined) {
  if (definition.aggregation === 'count') return total;
  if (other === undefined) return Number.isFinite(total) ? total / resolution : undefined;
  if (other === 0) return undefined;
  if (definition.aggregation === 'average') return total / other / resolution;
  return definition.aggregation === 'rate' ? (total * againstOf(definition)) / other : total / other;
}

function look(newest: NewestEvents, slots: FeatureSlots, section: number, points: readonly Point[]): void {
  if (newest.edition === slots.edition) return;
  newest.edition = slots.edition;
  const end = moveTo(slots, section);
  readPoints(cursor, end, points, newest);
}

/** Undefined as of a time before it. */
function pointValue(
  { definition, resolution, unitMs }: FeaturePlan,
  { times, values }: Points,
  point: number,
  time: ValueTime,
) {
  const at = times[point] as number;
  if (!(at <= time.asOfMs)) return undefined;
  return definition.aggregation === 'last' ? (values[point] as number) / resolution : (time.asOfMs - at) / unitMs;
}
