import { bitmapBytes } from './bitmap.ts';
import { type LayoutDescription, type SetDescription, sectionsDescribed, type TrackDescription } from './dictionary.ts';
import { keptTiles, readDigest, writeDigest } from './digest-tiles.ts';
import { readLines, writeLine } from './lines.ts';
import { neutralsOf } from './measures.ts';
import { COMBINE, type Layout, type Measure, type SetPlan, type Track } from './plan.ts';
import { createPoints, type Points, readPoints, writePoints } from './points.ts';
import { beginSection, endSection, LENGTH_BYTES, sectionEnd } from './sections.ts';
import { createRows, type Rows, readRows, writeRows } from './track-rows.ts';
import type { Reader, Writer } from './varint.ts';

/** Rows that a set no longer known may have kept. */
const MOST_ROWS = 4_096;

/**
 * Writes for this set what another set's sections, `[reader.at, …)`, hold of its measures, points and digests. What it
 * does not have is left out, what the other did not have is empty. Done once per customer after a policy changed.
 */
export function translateSections(reader: Reader, from: SetDescription, plan: SetPlan, writer: Writer): void {
  translateLayout(reader, from, plan, writer);
  const { lines } = plan;
  if (lines === undefined) return;
  section(writer, () => {
    if (from.lines === undefined) return;
    const [stored] = sectionEnds({ bytes: reader.bytes, at: endOf(reader, sectionsDescribed(from)) }, 1) as [Ends];
    translateLines({ bytes: reader.bytes, at: stored.begin }, stored.end, from.lines, { lines, writer });
  });
}

function translateLines(
  reader: Reader,
  end: number,
  from: LayoutDescription,
  { lines, writer }: { readonly lines: Layout; readonly writer: Writer },
): void {
  for (const line of readLines(reader, end)) {
    writeLine(writer, line, () => translateLayout({ bytes: line.bytes, at: line.from }, from, lines, writer));
  }
}

function translateLayout(reader: Reader, from: LayoutDescription, layout: Layout, writer: Writer): void {
  const ends = sectionEnds(reader, sectionsDescribed(from));
  for (const track of layout.tracks) {
    const other = from.tracks.findIndex(({ kind, hopMs }) => kind === track.kind && hopMs === track.hopMs);
    section(writer, () => {
      if (other < 0) return;
      const { begin, end } = ends[other] as Ends;
      const stored = { bytes: reader.bytes, at: begin };
      writeRows(writer, rowsFor(track, from.tracks[other] as TrackDescription, stored, end), track);
    });
  }
  const { begin, end } = ends[from.tracks.length] as Ends;
  const points = pointsFor(layout, from, { bytes: reader.bytes, at: begin }, end);
  section(writer, () => writePoints(writer, layout.points, points));
  for (const digest of layout.digests) {
    const place = from.digests?.indexOf(digest.id) ?? -1;
    section(writer, () => {
      if (place < 0) return;
      const stored = ends[from.tracks.length + 1 + place] as Ends;
      const tiles = readDigest({ bytes: reader.bytes, at: stored.begin }, stored.end);
      writeDigest(writer, keptTiles(digest, tiles));
    });
  }
}

function endOf({ bytes, at: from }: Reader, sections: number): number {
  let at = from;
  for (let passed = 0; passed < sections; passed += 1) at = sectionEnd(bytes, at);
  return at;
}

interface Ends {
  readonly begin: number;
  readonly end: number;
}

function sectionEnds(reader: Reader, count: number): Ends[] {
  let { at } = reader;
  return Array.from({ length: count }, () => {
    const begin = at + LENGTH_BYTES;
    at = sectionEnd(reader.bytes, at);
    return { begin, end: at };
  });
}

function section(writer: Writer, write: () => void): void {
  const at = beginSection(writer);
  write();
  endSection(writer, at);
}

function rowsFor(track: Track, { measures }: TrackDescription, reader: Reader, end: number): Rows {
  const others = measures.map((id, place) => standIn(track, id, place));
  const stored = createRows(MOST_ROWS, measures.length);
  const theirs = {
    ...track,
    measures: others,
    neutrals: neutralsOf(others),
    bitmapBytes: bitmapBytes(measures.length),
  };
  readRows(reader, end, theirs, stored);
  const width = track.measures.length;
  const rows = createRows(stored.count, width);
  const sources = track.measures.map(({ id }) => measures.indexOf(id));
  // Where nothing of it goes on, it begins anew.
  if (sources.every((source) => source < 0)) return rows;
  rows.count = stored.count;
  for (let row = 0; row < stored.count; row += 1) {
    rows.tiles[row] = stored.tiles[row] as number;
    for (const [place, source] of sources.entries()) {
      rows.values[row * width + place] =
        source < 0 ? (track.neutrals[place] as number) : (stored.values[row * measures.length + source] as number);
    }
  }
  return rows;
}

/** The measure of that identity, or one that is only passed over. */
function standIn(track: Track, id: number, place: number): Measure {
  const known = track.measures.find((measure) => measure.id === id);
  const passedOver = { id, combine: COMBINE.add, neutral: 0, field: '', isCount: false, resolution: 1, capacity: 0 };
  return { ...passedOver, ...known, place, readers: [] };
}

function pointsFor(layout: Layout, from: LayoutDescription, reader: Reader, end: number): Points {
  const theirs = from.points.map(([id, hasValue], place) => {
    return { id, field: hasValue ? 'value' : '', resolution: 1, place, readers: [] };
  });
  const stored = createPoints(theirs.length);
  readPoints(reader, end, theirs, stored);
  const points = createPoints(layout.points.length);
  for (const { id, place } of layout.points) {
    const source = from.points.findIndex(([other]) => other === id);
    points.times[place] = source < 0 ? Number.NaN : (stored.times[source] as number);
    points.values[place] = source < 0 ? 0 : (stored.values[source] as number);
  }
  return points;
}
