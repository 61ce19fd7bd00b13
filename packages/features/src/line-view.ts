import { nextEdition } from './edition.ts';
import { compareLines, lineOf, readLines } from './lines.ts';
import { type FeatureReader, type FeatureSlots, MOST_LINES, type ValueTime } from './model.ts';
import { type Layout, type SetPlan, sectionsOf } from './plan.ts';
import { cursor, moveTo } from './section-cursor.ts';
import { emptySections } from './sections.ts';

/**
 * What is kept of one line, as if it were a customer: the line of the event at hand. Undefined where there is none, or where
 * so many are kept that this one may have been left out. Good until the next one is asked for.
 */
export type LineView = (slots: FeatureSlots, time: ValueTime) => FeatureSlots | undefined;

export function createLineView(plan: SetPlan, lines: Layout): LineView {
  const section = sectionsOf(plan);
  const empty = emptySections(sectionsOf(lines));
  const view: FeatureSlots = {
    since: undefined,
    firstSince: 0,
    isCovered: false,
    bytes: empty,
    from: 0,
    to: 0,
    edition: -1,
  };
  let [edition, event]: [number, ValueTime['event']] = [-1, undefined];
  let isKept = false;

  return (slots, time) => {
    // Several features of one event are read one after the other.
    if (edition !== slots.edition || event !== time.event) {
      isKept = find(slots, time);
      [edition, event] = [slots.edition, time.event];
    }
    if (!isKept) return undefined;
    view.since = slots.since;
    view.firstSince = slots.firstSince;
    return view;
  };

  function find(slots: Pick<FeatureSlots, 'bytes' | 'from'>, time: ValueTime): boolean {
    const line = lineOf(time.event);
    if (line === undefined) return false;
    const end = moveTo(slots, section);
    const kept = readLines(cursor, end);
    const found = kept.find((one) => compareLines(one, line) === 0);
    if (found === undefined && kept.length === MOST_LINES) return false;
    const { bytes, from, to } = found ?? { bytes: empty, from: 0, to: empty.length };
    Object.assign(view, { bytes, from, to, edition: nextEdition() });
    return true;
  }
}

/** Reads a feature of the line at hand. */
export function ofLine(reader: FeatureReader, viewOf: LineView): FeatureReader {
  return (slots, time) => {
    const view = viewOf(slots, time);
    return view && reader(view, time);
  };
}
