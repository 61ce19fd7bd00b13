import { foldDigest } from './digest-tiles.ts';
import type { Intake } from './intake.ts';
import type { FoldContext } from './model.ts';
import type { Layout, Measure } from './plan.ts';
import { addToPoint, createPoints, readPoints, writePoints } from './points.ts';
import { tileAt } from './reach.ts';
import { beginSection, endSection, LENGTH_BYTES, sectionEnd } from './sections.ts';
import { copyBytes, type FedTrack, foldTrack, type Stored, type Streams } from './track-fold.ts';
import { createRows, type Inbox, isKept } from './track-rows.ts';
import { readSigned, type Writer } from './varint.ts';

/**
 * Writes the sections of one owner anew with what the intake took, those it does not change copied. `stored` begins at the
 * first of them and is moved behind the last. Answers false when the event was too old for something it feeds.
 */
export type SectionFold = (streams: Streams, context: FoldContext) => boolean;

export function createSectionFold({ tracks, points, digests }: Layout, intake: Intake): SectionFold {
  const fedTracks = tracks.map((track, index): FedTrack => {
    const rows = createRows(track.rows, track.measures.length);
    return { track, inbox: intake.tracks[index] as Inbox, rows };
  });
  const newest = createPoints(points.length);

  return (streams, context) => {
    const { stored, writer } = streams;
    let isInTime = true;
    for (let index = 0; index < fedTracks.length; index += 1) {
      const fed = fedTracks[index] as FedTrack;
      if (fed.inbox.count === 0) {
        copySection(stored, writer);
        continue;
      }
      const next = enterSection(stored);
      const section = beginSection(writer);
      if (!foldOne(fed, streams, context)) isInTime = false;
      endSection(writer, section);
      stored.at = next;
    }
    if (intake.points.count === 0) copySection(stored, writer);
    else foldPoints(streams, context);
    return (digests.length === 0 || foldDigests(streams, context)) && isInTime;
  };

  function foldOne(fed: FedTrack, streams: Streams, context: FoldContext): boolean {
    const { bytes, at: from } = streams.writer;
    const tile = tileAt(fed.track, context.atMs, context.cycleStartMs);
    const isInTime = foldTrack(fed, tile, streams);
    if (context.changed ?? context.tooLate) tell(fed, context, { bytes, from, tile, isInTime });
    return isInTime;
  }

  function foldPoints({ stored, writer }: Streams, { atMs, changed }: FoldContext): void {
    enterSection(stored);
    readPoints(stored, stored.end, points, newest);
    const { places, amounts, count } = intake.points;
    for (let index = 0; index < count; index += 1) {
      const place = places[index] as number;
      addToPoint(newest, place, amounts[place] as number, atMs);
      changed?.push(...(points[place]?.readers ?? []));
    }
    const section = beginSection(writer);
    writePoints(writer, points, newest);
    endSection(writer, section);
  }

  function foldDigests({ stored, writer }: Streams, context: FoldContext): boolean {
    const { places, amounts, count } = intake.digests;
    const fed = places.slice(0, count);
    let isInTime = true;
    for (const digest of digests) {
      if (!fed.includes(digest.place)) {
        copySection(stored, writer);
        continue;
      }
      const next = enterSection(stored);
      const section = beginSection(writer);
      const { atMs, cycleStartMs } = context;
      const event = { tile: tileAt(digest, atMs, cycleStartMs), atMs, amount: amounts[digest.place] as number };
      const isCounted = foldDigest(digest, event, stored, writer);
      endSection(writer, section);
      stored.at = next;
      (isCounted ? context.changed : context.tooLate)?.push(...digest.readers);
      isInTime &&= isCounted;
    }
    return isInTime;
  }
}

/** Names the features whose value may have changed, and those for which the event came too late. */
function tell(
  { track, inbox: { places, count } }: FedTrack,
  context: FoldContext,
  written: { readonly bytes: Buffer; readonly from: number; readonly tile: number; readonly isInTime: boolean },
): void {
  const { tile, isInTime } = written;
  const newest = readSigned({ bytes: written.bytes, at: written.from });
  for (let index = 0; index < count; index += 1) {
    const measure = track.measures[places[index] as number] as Measure;
    const isCounted = isInTime || (track.kind === 'sliding' && isKept(track, measure, newest, tile));
    (isCounted ? context.changed : context.tooLate)?.push(...measure.readers);
  }
}

/** Moves to the content of the section; answers where the next one begins. */
export function enterSection(stored: Stored): number {
  stored.end = sectionEnd(stored.bytes, stored.at);
  stored.at += LENGTH_BYTES;
  return stored.end;
}

export function copySection(stored: Stored, writer: Writer): void {
  const next = sectionEnd(stored.bytes, stored.at);
  copyBytes(writer, stored.bytes, stored.at, next);
  stored.at = next;
}
