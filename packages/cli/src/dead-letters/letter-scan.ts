import type { LogRecord } from '@holdfast/engine';
import { DEAD_LETTER_TOPIC } from '@holdfast/events';
import { KIND_HEADER, type RegistryDecoder, readTopic } from '@holdfast/kafka';
import type { KafkaSecurity } from '@holdfast/observability';
import { textOf } from './error-headers.ts';
import { type Letter, letterOf } from './letter.ts';
import { type LetterFilter, matches } from './letter-filter.ts';
import { replayedOrigins } from './replay-marker.ts';

export interface FoundLetter {
  readonly letter: Letter;
  /** The letter as it stands in its topic, value and all headers. */
  readonly record: LogRecord;
  readonly isReplayed: boolean;
}

export interface ScanOptions {
  readonly brokers: readonly string[];
  readonly kafkaSecurity?: KafkaSecurity;
  /** Where the letters are; ours, or that of another program. */
  readonly topic: string;
  readonly filter: LetterFilter;
}

export const CLIENT_ID = 'holdfast-dead-letters';
const SOURCE_HEADER = 'ce_source';

/**
 * Letters that match, in their order per partition; a second letter of the same record is left out. The topic is read
 * twice, for its markers first: so no more than one fetch of letters is held, however many there are.
 */
export async function* scanLetters(
  options: ScanOptions,
  deps: { readonly decoder: RegistryDecoder },
): AsyncGenerator<FoundLetter, void, undefined> {
  const replayed = await readReplayed(options);
  const seen = new Set<string>();
  for await (const record of read(options, options.topic)) {
    if (record.headers[KIND_HEADER] && replayedOrigins(record)) continue;
    const letter = letterOf(record);
    if (seen.has(letter.origin) || !matches(letter, options.filter)) continue;
    if (!(await isOfSource(record, options.filter, deps.decoder))) continue;
    seen.add(letter.origin);
    yield { letter, record, isReplayed: replayed.has(letter.origin) };
  }
}

/** Origins of the letters replayed so far. Markers are always in our own topic: another program's is left as it is. */
export async function readReplayed(options: ScanOptions): Promise<ReadonlySet<string>> {
  const origins = new Set<string>();
  for await (const record of read(options, DEAD_LETTER_TOPIC)) {
    for (const origin of replayedOrigins(record) ?? []) origins.add(origin);
  }
  return origins;
}

/** A marker is younger than its letter, so what is older than the filter wants matters to neither. */
function read(
  { brokers, kafkaSecurity, filter }: ScanOptions,
  topic: string,
): AsyncGenerator<LogRecord, void, undefined> {
  const from = filter.fromMs === undefined ? 'beginning' : { atMs: filter.fromMs };
  return readTopic({ brokers, ...kafkaSecurity, clientId: CLIENT_ID, topic, from });
}

async function isOfSource(record: LogRecord, { sources }: LetterFilter, decoder: RegistryDecoder): Promise<boolean> {
  if (!sources) return true;
  const source = textOf(record.headers, SOURCE_HEADER) ?? (await decodedSource(record, decoder));
  return source !== undefined && sources.includes(source);
}

/** Undefined where the value cannot be read: nobody knows whose it is. */
async function decodedSource(record: LogRecord, decoder: RegistryDecoder): Promise<string | undefined> {
  const outcome = await decoder.decode(record.value);
  return outcome.kind === 'retry' ? undefined : outcome.event?.source;
}
