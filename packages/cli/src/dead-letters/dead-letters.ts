import {
  createOutputLog,
  createRegistryDecoder,
  createSchemaRegistry,
  type RecordPlace,
  type RegistryDecodeOutcome,
  type RegistryDecoder,
  readRecordsAt,
} from '@holdfast/kafka';
import type { KafkaSecurity } from '@holdfast/observability';
import { type Letter, letterOf } from './letter.ts';
import { type ListedLetter, listed, type Naming, type ShownLetter, shown } from './letter-report.ts';
import { CLIENT_ID, readReplayed, type ScanOptions, scanLetters } from './letter-scan.ts';
import { type ReplayOptions, type ReplayReport, replayLetters } from './replay.ts';

/** Where letters are kept, and where the schemas of their values are. */
export interface LetterPlace {
  readonly brokers: readonly string[];
  readonly kafkaSecurity?: KafkaSecurity;
  readonly registryUrl: string;
  /** Topic of the letters. */
  readonly topic: string;
}

type Selection = LetterPlace & Pick<ScanOptions, 'filter'>;

/** The first `limit` letters that match, the oldest first as far as they were read. */
export async function listLetters(selection: Selection, limit: number, naming: Naming): Promise<ListedLetter[]> {
  return withDecoder(selection, async (decoder) => {
    const letters: ListedLetter[] = [];
    for await (const found of scanLetters(selection, { decoder })) {
      letters.push(listed(found, naming));
      if (letters.length === limit) break;
    }
    return letters.sort((a, b) => a.setAsideAt.localeCompare(b.setAsideAt));
  });
}

/** Undefined when there is no letter at the place. */
export async function showLetter(
  { brokers, kafkaSecurity, registryUrl, topic }: LetterPlace,
  place: RecordPlace,
  naming: Naming,
): Promise<ShownLetter | undefined> {
  const records = await readRecordsAt({ brokers, ...kafkaSecurity, clientId: CLIENT_ID, topic, places: [place] });
  const [record] = records.values();
  if (!record) return undefined;
  const letter = letterOf(record);
  const replayed = await readReplayed({
    brokers,
    ...(kafkaSecurity && { kafkaSecurity }),
    topic,
    filter: { fromMs: letter.setAsideAtMs },
  });
  return withDecoder({ registryUrl }, async (decoder) => {
    const outcome = await decoder.decode(record.value);
    const value = outcome.kind === 'event' ? outcome.event : (eventOf(outcome) ?? outcome.message);
    return shown({ letter, record, isReplayed: replayed.has(letter.origin) }, value, naming);
  });
}

/** Replays what matches, to the topics it came from. */
export async function replaySelected(selection: Selection, options: ReplayOptions): Promise<ReplayReport> {
  const client = { brokers: selection.brokers, ...selection.kafkaSecurity, clientId: CLIENT_ID };
  const output = createOutputLog(client);
  try {
    return await withDecoder(selection, (decoder) =>
      replayLetters(scanLetters(selection, { decoder }), { output, originalOf }, options),
    );
  } finally {
    await output.close();
  }

  async function originalOf({ topic, partition, offset }: Letter) {
    if (topic === undefined || partition === undefined || offset === undefined) return undefined;
    const [record] = (await readRecordsAt({ ...client, topic, places: [{ partition, offset }] })).values();
    return record;
  }
}

/** What breaks the contract only was decoded all the same. */
function eventOf(outcome: Exclude<RegistryDecodeOutcome, { kind: 'event' }>): object | undefined {
  return outcome.kind === 'poison' ? outcome.event : undefined;
}

async function withDecoder<T>(
  { registryUrl }: Pick<LetterPlace, 'registryUrl'>,
  call: (decoder: RegistryDecoder) => Promise<T>,
): Promise<T> {
  const registry = createSchemaRegistry({ url: registryUrl });
  try {
    return await call(createRegistryDecoder(registry));
  } finally {
    registry.close();
  }
}
