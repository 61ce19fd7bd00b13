import type { EventInput } from '@holdfast/events';
import { mapperFor } from './file-mapper.ts';
import { inputFile } from './input-file.ts';
import type { MappingFile } from './mapping-file.ts';
import type { RejectedRow } from './rejected-rows.ts';
import { createRowReader, type Row } from './row-reader.ts';

export interface DryRun {
  readonly path: string;
  readonly rows: number;
  readonly events: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly firstEvents: readonly EventInput[];
  readonly firstRejected: readonly RejectedRow[];
}

export interface DryRunPlan {
  readonly path: string;
  readonly mapping: MappingFile;
  /** How many events and rejected rows are shown. */
  readonly shown: number;
}

/** Reads a whole file and says what would become of it; sends and writes nothing. Throws as `ingestFile` does. */
export async function dryRun({ path, mapping, shown }: DryRunPlan): Promise<DryRun> {
  const file = await inputFile(path);
  const reader = createRowReader(mapping.mapping.file);
  let toOutcome: ReturnType<typeof mapperFor> | undefined;
  const counts = { rows: 0, events: 0, skipped: 0, rejected: 0 };
  const firstEvents: EventInput[] = [];
  const firstRejected: RejectedRow[] = [];
  const look = (rows: readonly Row[]): void => {
    for (const row of rows) {
      toOutcome ??= mapperFor(mapping, reader);
      const outcome = toOutcome(row);
      counts.rows += 1;
      if (outcome.kind === 'skipped') counts.skipped += 1;
      if (outcome.kind === 'event' && ++counts.events <= shown) firstEvents.push(outcome.event);
      if (outcome.kind !== 'rejected' || ++counts.rejected > shown) continue;
      firstRejected.push({ line: row.line, field: outcome.field, reason: outcome.reason });
    }
  };
  for await (const chunk of file.chunks(0)) look(reader.push(chunk));
  look(reader.end());
  return { path, ...counts, firstEvents, firstRejected };
}
