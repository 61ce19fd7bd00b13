import type { PreparedRecord } from './batch.ts';
import type { Fault } from './dead-letter.ts';
import type { LogRecord } from './ports/log.ts';
import type { Topology } from './topology.ts';

export interface DecodingDeps<E> {
  readonly topology: Pick<Topology<never, E>, 'decode'>;
  /** Why a record is to be set aside unread. Asked before decoding: that, too, may be what ends a process. */
  quarantine(record: LogRecord): Fault | undefined;
  /** The schema registry cannot be asked now. */
  registryAway(message: string): void;
}

/**
 * What follows a configuration record waits for the next batch: its states are read by other rules. Answers the records
 * after the first one, and leaves `prepared` with those up to it.
 */
export function splitAtConfiguration<E>(prepared: PreparedRecord<E>[]): LogRecord[] {
  const at = prepared.findIndex(({ decoded }) => decoded.kind === 'configuration');
  return at < 0 ? [] : prepared.splice(at + 1).map(({ record }) => record);
}

/** Decodes records in their order; answers undefined when the schema registry could not be asked. */
export type DecodeAll<E> = (records: readonly LogRecord[]) => Promise<PreparedRecord<E>[] | undefined>;

export function createDecoding<E>({ topology, quarantine, registryAway }: DecodingDeps<E>): DecodeAll<E> {
  return async (records) => {
    const prepared: PreparedRecord<E>[] = [];
    for (const record of records) {
      const fault = quarantine(record);
      if (fault) {
        prepared.push({ record, decoded: { kind: 'poison', ...fault } });
        continue;
      }
      const answer = topology.decode(record);
      const decoded = answer instanceof Promise ? await answer : answer;
      if (decoded.kind === 'retry') {
        registryAway(decoded.message);
        return undefined;
      }
      prepared.push({ record, decoded });
    }
    return prepared;
  };
}
