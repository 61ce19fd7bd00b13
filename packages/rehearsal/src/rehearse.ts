import type { LogRecord } from '@holdfast/engine';
import type { Happening } from './happening.ts';
import type { Rehearsal } from './rehearsal.ts';

/** Records folded in one go; what happened is told after each. */
const CHUNK_RECORDS = 8_000;

/**
 * Folds everything that comes, then fires timers up to `untilMs` where it is given: what happened, as it happens. The states are with the
 * rehearsal afterwards.
 */
export async function* rehearse<D>(
  rehearsal: Pick<Rehearsal<D>, 'fold' | 'fireUntil'>,
  records: AsyncIterable<LogRecord> | Iterable<LogRecord>,
  { untilMs }: { readonly untilMs?: number } = {},
): AsyncGenerator<Happening<D>, void, undefined> {
  let chunk: LogRecord[] = [];
  for await (const record of records) {
    if (chunk.push(record) < CHUNK_RECORDS) continue;
    yield* await rehearsal.fold(chunk);
    chunk = [];
  }
  yield* await rehearsal.fold(chunk);
  if (untilMs !== undefined) yield* await rehearsal.fireUntil(untilMs);
}
