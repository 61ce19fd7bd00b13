import { createIntake } from './intake.ts';
import { compareLines, type LineKey, lineOf, readLines, type StoredLine, writeLine } from './lines.ts';
import { type FoldContext, MOST_LINES } from './model.ts';
import { type Layout, sectionsOf } from './plan.ts';
import { copySection, createSectionFold, enterSection } from './section-fold.ts';
import { beginSection, emptySections, endSection } from './sections.ts';
import { copyBytes, type Stored, type Streams } from './track-fold.ts';
import type { Writer } from './varint.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Folds events into what is kept of their lines. */
export interface LineFold {
  /** Sorts the amounts of an event; false when it has none, or is of no line. */
  take(eventType: string, event: Fields): boolean;
  /** Writes the section of the lines anew; answers as a `SectionFold` does. */
  fold(streams: Streams, context: FoldContext): boolean;
}

export function createLineFold(layout: Layout): LineFold {
  const intake = createIntake(layout);
  const foldSections = createSectionFold(layout, intake);
  const empty = emptySections(sectionsOf(layout));
  let taken: LineKey | undefined;

  function foldLine(lines: readonly StoredLine[], line: LineKey, writer: Writer, context: FoldContext): boolean {
    const known = lines.find((one) => compareLines(one, line) === 0);
    const others = lines.filter((one) => one !== known);
    let isInTime = true;
    for (const one of [...others, line].sort(compareLines)) {
      writeLine(writer, one, () => {
        if (isStored(one)) copyBytes(writer, one.bytes, one.from, one.to);
        else isInTime = foldSections({ stored: sectionsIn(known, empty), writer }, context);
      });
    }
    return isInTime;
  }

  return {
    take(eventType, event) {
      taken = intake.take(eventType, event) ? lineOf(event) : undefined;
      return taken !== undefined;
    },
    fold({ stored, writer }, context) {
      if (taken === undefined) {
        copySection(stored, writer);
        return true;
      }
      const end = enterSection(stored);
      const section = beginSection(writer);
      const lines = roomFor(readLines(stored, end), taken);
      if (lines === undefined) copyBytes(writer, stored.bytes, stored.at, end);
      const isInTime = lines === undefined || foldLine(lines, taken, writer, context);
      endSection(writer, section);
      stored.at = end;
      return isInTime;
    },
  };
}

/**
 * The lines that stay beside one that an event is of; undefined when it is not kept itself. Those with the least keys stay:
 * whichever came first, the same are kept, and none that is kept was ever left out.
 */
function roomFor(lines: readonly StoredLine[], line: LineKey): readonly StoredLine[] | undefined {
  const isKnown = lines.some((one) => compareLines(one, line) === 0);
  if (isKnown || lines.length < MOST_LINES) return lines;
  const last = lines[MOST_LINES - 1] as StoredLine;
  return compareLines(line, last) < 0 ? lines.slice(0, MOST_LINES - 1) : undefined;
}

function sectionsIn(known: StoredLine | undefined, empty: Buffer): Stored {
  return known === undefined ? { bytes: empty, at: 0, end: 0 } : { bytes: known.bytes, at: known.from, end: 0 };
}

function isStored(line: LineKey | StoredLine): line is StoredLine {
  return 'bytes' in line;
}
