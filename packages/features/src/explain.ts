import { sinceOf } from './coverage.ts';
import { readDated } from './dated-value.ts';
import { type DigestReading, extentOf, openDigest, tilesWithin } from './digest-reader.ts';
import type { DigestTile } from './digest-tiles.ts';
import { distinctIn } from './distinct.ts';
import type { LineView } from './line-view.ts';
import type { ExplainedTile, FeatureExplanation, FeatureSlots, UnknownReason, ValueTime } from './model.ts';
import {
  COMBINE,
  type Digest,
  type FeaturePlan,
  type Layout,
  type Measure,
  type Reading,
  type SetPlan,
  type Span,
  type TileUse,
  type Track,
} from './plan.ts';
import { createPoints, readPoints } from './points.ts';
import { isCovered, isForgotten, reachOf, reachOfUses, tileAt } from './reach.ts';
import type { ReaderOf } from './readings.ts';
import { cursor, moveTo } from './section-cursor.ts';
import { createRows, type Rows, readRows } from './track-rows.ts';

/** Of one feature; a window of fine tiles has more of them than anybody reads. */
const MOST_TILES = 64;

/** Explains the features of one set; undefined for a name it does not have. */
export function createExplainer(plan: SetPlan, readerOf: ReaderOf, viewOf: LineView | undefined) {
  const byName = new Map(plan.features.map((feature) => [feature.definition.name, feature]));
  return (slots: FeatureSlots, name: string, time: ValueTime): FeatureExplanation | undefined => {
    const feature = byName.get(name);
    if (feature === undefined) return undefined;
    const sinceMs = sinceOf(slots, feature.index);
    const value = readerOf(name)?.(slots, time);
    const kept = feature.isOfLine ? viewOf?.(slots, time) : slots;
    const layout = (feature.isOfLine ? plan.lines : plan) ?? plan;
    const findings = kept && findingsOf(feature, layout, kept, { ...time, sinceMs });
    const tiles = findings?.tiles ?? [];
    return {
      name,
      value,
      unknown: value === undefined ? reasonOf(findings) : undefined,
      coveredSinceMs: Number.isFinite(sinceMs) ? sinceMs : undefined,
      tiles: tiles.slice(0, MOST_TILES),
      omittedTiles: Math.max(0, tiles.length - MOST_TILES),
    };
  };
}

interface Findings {
  readonly tiles: readonly ExplainedTile[];
  readonly isCovered: boolean;
  readonly isTooOld: boolean;
}

type Moment = ValueTime & { readonly sinceMs: number };

function reasonOf(findings: Findings | undefined): UnknownReason {
  if (findings === undefined) return 'no-line';
  const { isCovered, isTooOld } = findings;
  if (!isCovered) return 'not-covered';
  return isTooOld ? 'too-old' : 'nothing-seen';
}

function findingsOf(feature: FeaturePlan, plan: Layout, slots: FeatureSlots, moment: Moment): Findings {
  const { reading } = feature;
  switch (reading.kind) {
    case 'point':
      return pointFindings(feature, reading.point, plan, { slots, moment });
    case 'digest':
      return digestFindings(feature, reading, plan, { slots, moment });
    default:
      return tileFindings(feature, reading, plan, { slots, moment });
  }
}

interface At {
  readonly slots: FeatureSlots;
  readonly moment: Moment;
}

/** A newest event after the moment has taken the place of what was the newest then. */
function pointFindings({ resolution }: FeaturePlan, place: number, plan: Layout, { slots, moment }: At): Findings {
  const opened = createPoints(plan.points.length);
  const end = moveTo(slots, plan.tracks.length);
  readPoints(cursor, end, plan.points, opened);
  const at = opened.times[place] as number;
  const last = plan.points[place]?.field === '' ? {} : { last: (opened.values[place] as number) / resolution };
  return {
    tiles: at <= moment.asOfMs ? [{ fromMs: at, toMs: at, ...last }] : [],
    isCovered: Number.isFinite(moment.sinceMs),
    isTooOld: at > moment.asOfMs,
  };
}

type TileReading = Extract<Reading, { readonly kind: 'tiles' | 'streak' }>;

function tileFindings(feature: FeaturePlan, reading: TileReading, plan: Layout, { slots, moment }: At): Findings {
  const track = plan.tracks[reading.track] as Track;
  const rows = rowsOf(track, slots, reading.track);
  const amounts = amountsOf(feature, reading, track);
  const reach = reachOfUses(
    track,
    reading.kind === 'tiles' && reading.other !== undefined ? [reading.total, reading.other] : [reading.total],
  );
  const running = tileAt(track, moment.asOfMs, moment.cycleStartMs);
  const extent = { rows: rows.count, newest: rows.tiles[0] as number, oldest: rows.tiles[rows.count - 1] as number };
  return {
    tiles: tilesIn(rows, track, { running, moment, amounts }),
    isCovered: isCovered(reach, moment.sinceMs, moment),
    isTooOld: isForgotten(reach, extent, running),
  };
}

function digestFindings(feature: FeaturePlan, { digest: place, span }: DigestReading, plan: Layout, at: At): Findings {
  const digest = plan.digests[place] as Digest;
  const { moment } = at;
  const stored = openDigest(at.slots, plan.tracks.length + 1 + place);
  const reach = reachOf(digest, [span]);
  const running = tileAt(digest, moment.asOfMs, moment.cycleStartMs);
  const within = tilesWithin(stored, span, running);
  return {
    tiles: within.map((tile) => ({
      ...boundsOf(digest, tile.tile, moment),
      ...shown(digest, tile, feature.resolution),
    })),
    isCovered: isCovered(reach, moment.sinceMs, moment),
    isTooOld: isForgotten(reach, extentOf(stored), running) || within.length > 0,
  };
}

function shown({ content }: Digest, tile: DigestTile, resolution: number): Partial<ExplainedTile> {
  if (content === 'distinct') return { distinct: distinctIn(tile) };
  const value = readDated(tile).value / resolution;
  return content === 'first' ? { first: value } : { last: value };
}

function rowsOf(track: Track, slots: FeatureSlots, section: number): Rows {
  const rows = createRows(track.rows, track.measures.length);
  const end = moveTo(slots, section);
  readRows(cursor, end, track, rows);
  return rows;
}

/** One of the numbers that a tile shows: of which tiles, under which name, in how many steps per unit. */
interface Amount {
  readonly measure: Measure;
  readonly span: Span;
  readonly key: Exclude<keyof ExplainedTile, 'fromMs' | 'toMs'>;
  readonly resolution: number;
}

function amountsOf({ definition, resolution }: FeaturePlan, reading: TileReading, { uses }: Track): readonly Amount[] {
  const amountOf = (place: number, key?: Amount['key']): Amount => {
    const use = uses[place] as TileUse;
    const { measure } = use;
    return { measure, span: use, key: key ?? keyOf(measure), resolution: isNumber(measure) ? 1 : resolution };
  };
  if (reading.kind === 'streak' || reading.other === undefined) return [amountOf(reading.total)];
  const total = amountOf(reading.total, definition.aggregation === 'share' ? 'part' : undefined);
  return [amountOf(reading.other), total];
}

function isNumber({ isCount, field }: Measure): boolean {
  return isCount || field === '';
}

function keyOf(measure: Measure): Amount['key'] {
  if (isNumber(measure)) return 'count';
  if (measure.combine === COMBINE.add) return 'sum';
  return measure.combine === COMBINE.min ? 'min' : 'max';
}

interface Wanted {
  readonly running: number;
  readonly moment: Moment;
  readonly amounts: readonly Amount[];
}

function tilesIn(rows: Rows, track: Track, { running, moment, amounts }: Wanted): readonly ExplainedTile[] {
  const tiles: ExplainedTile[] = [];
  for (let row = 0; row < rows.count; row += 1) {
    const back = running - (rows.tiles[row] as number);
    const found = amounts.flatMap(({ measure, span, key, resolution }) => {
      const value = rows.values[row * rows.width + measure.place] as number;
      return isIn(span, back) && value !== measure.neutral ? [[key, value / resolution] as const] : [];
    });
    if (found.length > 0) tiles.push({ ...boundsOf(track, running - back, moment), ...Object.fromEntries(found) });
  }
  return tiles;
}

/** `back`: tiles from the running one back. */
function isIn({ lengthTiles, offsetTiles }: Span, back: number): boolean {
  return back >= offsetTiles && back < offsetTiles + lengthTiles;
}

/** Cycles and `ever` have no width of their own: they end where one looks. */
function boundsOf({ kind, hopMs }: Pick<Track, 'kind' | 'hopMs'>, tile: number, { asOfMs, sinceMs }: Moment) {
  if (kind === 'sliding') return { fromMs: tile * hopMs, toMs: (tile + 1) * hopMs };
  return { fromMs: kind === 'cycle' ? tile : sinceMs, toMs: asOfMs };
}
