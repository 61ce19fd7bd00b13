import type { ReleasedDecision } from './batch.ts';
import { fingerprintOf, hashOf } from './fingerprint.ts';
import type { PartitionIntake } from './partition-intake.ts';
import type { LogRecord } from './ports/log.ts';
import type { InputPosition } from './ports/store.ts';
import type { Decoded } from './topology.ts';

/** A stretch of the decision log, to be adopted in one commit. */
export interface AdoptionSlice<E> {
  readonly adoptions: ReadonlyMap<string, readonly ReleasedDecision<E>[]>;
  /** Of every record of the stretch. */
  readonly hashes: readonly string[];
  /** Position after the stretch; undefined when it is empty. */
  readonly position: InputPosition | undefined;
}

/** Takes up to `limit` records from the decision log's buffer. `decode` answers undefined when the claim is over. */
export async function takeSlice<E>(
  decisions: PartitionIntake,
  limit: number,
  decode: (record: LogRecord) => Promise<Decoded<E> | undefined>,
): Promise<AdoptionSlice<E>> {
  const adoptions = new Map<string, ReleasedDecision<E>[]>();
  const hashes: string[] = [];
  let last: LogRecord | undefined;
  while (hashes.length < limit) {
    const record = decisions.shift();
    if (!record) break;
    last = record;
    hashes.push(hashOf(record));
    const decoded = await decode(record);
    if (decoded?.kind !== 'event') continue;
    const { entityId, event, identity } = decoded;
    const found = adoptions.get(entityId) ?? [];
    found.push({ offset: record.offset, event, atMs: Math.min(identity.occurredAt, record.appendTime) });
    adoptions.set(entityId, found);
  }
  const position = last && { nextOffset: last.offset + 1, fingerprint: fingerprintOf(last) };
  return { adoptions, hashes, position };
}
