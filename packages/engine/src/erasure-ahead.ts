import type { PartitionIntake } from './partition-intake.ts';
import type { LogRecord } from './ports/log.ts';
import type { Decoded } from './topology.ts';

/**
 * Takes up to `limit` records from the buffer of the input that is read ahead, and answers who is erased by them, with the
 * time of the erasure, ms. `decode` answers undefined when the claim is over.
 */
export async function takeErasures<E>(
  ahead: PartitionIntake,
  limit: number,
  decode: (record: LogRecord) => Promise<Decoded<E> | undefined>,
): Promise<ReadonlyMap<string, number>> {
  const erased = new Map<string, number>();
  for (let taken = 0; taken < limit; taken++) {
    const record = ahead.shift();
    if (!record) break;
    const decoded = await decode(record);
    if (decoded?.kind === 'erasure') erased.set(decoded.entityId, record.appendTime);
  }
  return erased;
}
