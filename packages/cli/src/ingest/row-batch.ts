import type { EventInput } from '@holdfast/events';
import type { RejectedRow } from './rejected-rows.ts';
import type { RowOutcome } from './row-mapper.ts';
import type { Row } from './row-reader.ts';

/** Rows that are sent, and counted, together. */
export interface RowBatch {
  readonly events: readonly { readonly line: number; readonly event: EventInput }[];
  readonly rejected: readonly RejectedRow[];
  readonly rows: number;
  readonly skipped: number;
  /** Offset of the byte after its last row. */
  readonly end: number;
  /** Lines up to the last one of its last row. */
  readonly lines: number;
}

/** Gathers rows until they make a batch. */
export interface BatchGatherer {
  /** The batch that this row completes, if it does. */
  add(row: Row, outcome: RowOutcome): RowBatch | undefined;
  /** What was gathered and is not yet a batch; undefined when it is nothing. */
  rest(): RowBatch | undefined;
}

/** Of one batch, so that rows of the greatest length do not make one that memory feels. */
const MAX_BYTES = 4_194_304;

/** `start` is the offset of the first row's first byte. */
export function createBatchGatherer(maxRows: number, start: number): BatchGatherer {
  let events: { line: number; event: EventInput }[] = [];
  let rejected: RejectedRow[] = [];
  let rows = 0;
  let skipped = 0;
  let begin = start;
  let end = start;
  let lines = 0;
  const take = (): RowBatch => {
    const batch = { events, rejected, rows, skipped, end, lines };
    events = [];
    rejected = [];
    rows = 0;
    skipped = 0;
    begin = end;
    return batch;
  };
  return {
    add(row, outcome) {
      rows += 1;
      end = row.end;
      lines = row.lastLine;
      if (outcome.kind === 'event') events.push({ line: row.line, event: outcome.event });
      else if (outcome.kind === 'skipped') skipped += 1;
      else rejected.push({ line: row.line, field: outcome.field, reason: outcome.reason });
      return rows >= maxRows || end - begin >= MAX_BYTES ? take() : undefined;
    },
    rest: () => (rows === 0 ? undefined : take()),
  };
}
