import type { LogRecord, ProducedMessage } from '@holdfast/engine';
import { KIND_HEADER } from '@holdfast/kafka';

/**
 * Records among the dead letters that say which of them were replayed. They live as long as the letters do, in the same
 * topic, so that whoever reads the one reads the other.
 */
const REPLAYED_KIND = 'replayed';

export function replayMarker(origins: readonly string[]): ProducedMessage {
  return {
    key: null,
    value: Buffer.from(JSON.stringify(origins)),
    headers: { [KIND_HEADER]: Buffer.from(REPLAYED_KIND) },
  };
}

/** The origins a marker names; undefined when the record is a letter. */
export function replayedOrigins(record: LogRecord): readonly string[] | undefined {
  if (record.headers[KIND_HEADER]?.toString('utf8') !== REPLAYED_KIND) return undefined;
  try {
    const value: unknown = JSON.parse(record.value?.toString('utf8') ?? '[]');
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
