/** One file: the records of a partition from `first` to `last`, as far as the log has any between them. */
export interface ArchiveFile {
  readonly topic: string;
  /** UTC day on which its first record was appended, `YYYY-MM-DD`. */
  readonly date: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

const EXTENSION = '.parquet';
const NAME = /^(\d{1,6})-(\d{1,16})-(\d{1,16})\.parquet$/;
const FOLDER = /^topic=([\w.-]{1,249})$/;
const DAY = /^date=(\d{4}-\d\d-\d\d)$/;
/** What is being written; other engines look for `*.parquet`. */
export const UNFINISHED = '.tmp';

/** Relative to the archive, with `/` between: `topic=…/date=…/partition-first-last.parquet`. */
export function pathOf({ topic, date, partition, first, last }: ArchiveFile): string {
  return `topic=${topic}/date=${date}/${partition}-${first}-${last}${EXTENSION}`;
}

/** Undefined for what is no file of an archive. */
export function fileAt(path: string): ArchiveFile | undefined {
  const [folder = '', day = '', name = '', ...rest] = path.split('/');
  const [, topic] = FOLDER.exec(folder) ?? [];
  const [, date] = DAY.exec(day) ?? [];
  const [, partition, first, last] = NAME.exec(name) ?? [];
  if (!topic || !date || !partition || rest.length > 0) return undefined;
  return { topic, date, partition: Number(partition), first: Number(first), last: Number(last) };
}

/** UTC day, `YYYY-MM-DD`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
