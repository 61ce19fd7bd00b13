import { printableLines } from '../terminal-text.ts';
import type { DryRun } from './dry-run.ts';
import type { IngestSummary } from './ingest-file.ts';

const counted = (count: number) => count.toLocaleString('en');

/** `cdr.csv: 1,000 rows, 990 events sent, 7 skipped, 3 rejected …` */
export function describeIngest(summary: IngestSummary): string {
  const { path, rows, sent, skipped, rejected, rejectedPath, fromLine, rowsNow, seconds, isDone } = summary;
  const rate = rowsNow === 0 ? '' : `; ${counted(Math.round(rowsNow / seconds))} rows/s`;
  const resumed = fromLine > 1 ? `, went on at line ${counted(fromLine)}` : '';
  return printableLines([
    `${path}: ${counted(rows)} rows, ${counted(sent)} events sent, ${counted(skipped)} skipped, ${counted(rejected)} rejected${resumed}${rate}`,
    ...(rejectedPath === null ? [] : [`  the rejected rows are in ${rejectedPath}`]),
    ...(rowsNow === 0 && isDone ? ['  nothing new in it'] : []),
    ...(isDone ? [] : ['  stopped; the same command goes on there']),
  ]);
}

/** The counts, then the first events as JSON and the first rejected rows. */
export function describeDryRun({ path, rows, events, skipped, rejected, firstEvents, firstRejected }: DryRun): string {
  return printableLines([
    `${path}: ${counted(rows)} rows would be ${counted(events)} events, ${counted(skipped)} skipped, ${counted(rejected)} rejected; nothing was sent`,
    ...firstEvents.map(
      (event) => `  ${JSON.stringify({ ...event, occurredAt: new Date(event.occurredAt).toISOString() })}`,
    ),
    ...firstRejected.map(({ line, field, reason }) => `  line ${line}: ${field === '' ? '' : `${field} `}${reason}`),
  ]);
}
