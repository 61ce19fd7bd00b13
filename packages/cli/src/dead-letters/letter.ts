import type { LogRecord } from '@holdfast/engine';
import { CUT_HEADER, type ErrorDescription, type Headers, readErrorHeaders, textOf } from './error-headers.ts';

/** A record that was set aside. */
export interface Letter extends ErrorDescription {
  /** Where the letter itself stands in its topic, `partition/offset`. */
  readonly id: string;
  /**
   * What it is a letter of, `topic/partition@offset`: of the record that failed, where the headers tell; of the letter
   * otherwise. Two letters of one record (a crash between writing and trimming) are one.
   */
  readonly origin: string;
  /** When it was set aside, ms since the epoch. */
  readonly setAsideAtMs: number;
  /** 1 for the record as its producer sent it, one more for each replay. */
  readonly attempt: number;
  readonly key: Buffer | null;
  readonly valueBytes: number;
  /** Bytes of the value before it was cut; undefined when it is whole. */
  readonly cutFromBytes: number | undefined;
}

/** Which delivery of a record this is; absent on the first. */
export const ATTEMPT_HEADER = 'holdfast-attempt';
/** On a replayed record: the origin of the letter. */
export const REPLAY_OF_HEADER = 'holdfast-replay-of';

export function letterOf(record: LogRecord): Letter {
  const description = readErrorHeaders(record.headers);
  return {
    ...description,
    id: `${record.partition}/${record.offset}`,
    origin: originOf(record, description),
    setAsideAtMs: record.appendTime,
    attempt: attemptOf(record.headers),
    key: record.key,
    valueBytes: record.value?.length ?? 0,
    cutFromBytes: positive(textOf(record.headers, CUT_HEADER)),
  };
}

function originOf(record: LogRecord, { topic, partition, offset }: ErrorDescription): string {
  if (topic === undefined || partition === undefined || offset === undefined) {
    return `${record.topic}/${record.partition}@${record.offset}`;
  }
  return `${topic}/${partition}@${offset}`;
}

/** Anybody can write headers: what is no count counts as the first attempt. */
function attemptOf(headers: Headers): number {
  return positive(textOf(headers, ATTEMPT_HEADER)) ?? 1;
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
