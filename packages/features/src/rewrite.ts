import { nextEdition } from './edition.ts';
import { createIntake } from './intake.ts';
import { createLineFold } from './line-fold.ts';
import type { FeatureSlots, FoldContext } from './model.ts';
import type { SetPlan } from './plan.ts';
import { createSectionFold } from './section-fold.ts';
import type { Stored, Streams } from './track-fold.ts';
import type { Writer } from './varint.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Folds events: the sections they change are written anew, the others copied. */
export interface Rewriter {
  /** Answers false when the event was too old for something it feeds. */
  fold(slots: FeatureSlots, eventType: string, event: Fields, context: FoldContext): boolean;
  /** Replaces all sections by what `write` writes. */
  write(slots: FeatureSlots, write: (writer: Writer) => void): void;
}

/** Customers of a batch live and die together, so what is written for them shares memory that is made once for many. */
const ARENA_BYTES = 128 * 1024;

export function createRewriter(plan: SetPlan, maxBytes: number): Rewriter {
  const intake = createIntake(plan);
  const foldSections = createSectionFold(plan, intake);
  const lines = plan.lines && createLineFold(plan.lines);
  const stored: Stored = { bytes: Buffer.alloc(0), at: 0, end: 0 };
  const streams: Streams = { stored, writer: { bytes: Buffer.alloc(0), at: 0 } };

  const begin = (): number => {
    const { bytes, at } = streams.writer;
    if (bytes.length - at >= maxBytes) return at;
    streams.writer = { bytes: Buffer.allocUnsafeSlow(Math.max(ARENA_BYTES, 4 * maxBytes)), at: 0 };
    return 0;
  };
  const end = (slots: FeatureSlots, from: number) => {
    const { bytes, at } = streams.writer;
    slots.bytes = bytes;
    slots.from = from;
    slots.to = at;
    slots.edition = nextEdition();
  };

  return {
    fold(slots, eventType, event, context) {
      const isOwn = intake.take(eventType, event);
      const isOfLine = lines?.take(eventType, event) ?? false;
      if (!isOwn && !isOfLine) return true;
      const from = begin();
      stored.bytes = slots.bytes;
      stored.at = slots.from;
      let isInTime = foldSections(streams, context);
      if (lines !== undefined && !lines.fold(streams, context)) isInTime = false;
      end(slots, from);
      return isInTime;
    },
    write(slots, write) {
      const from = begin();
      write(streams.writer);
      end(slots, from);
    },
  };
}
