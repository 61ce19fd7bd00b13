import { ConfigError } from '@holdfast/observability';
import { mergeBadRows } from './bad-rows.ts';
import { chooseWithin, sizeOf } from './choice.ts';
import { readCnsCdr } from './cns-cdr.ts';
import type { SimulatorConfig } from './config.ts';
import { loadCnsCdr, loadMegaline } from './data-folder.ts';
import { generatePopulation, type Truth } from './generated.ts';
import { readMegaline } from './megaline.ts';
import type { Naming, Recording } from './recording.ts';
import { buildTimeline, type TimelineEntry } from './timeline.ts';

/** Everything of a replay that is known before the first event is sent. */
export interface Replay {
  /** Names of the recordings, joined by `+`. */
  readonly source: string;
  readonly entries: readonly TimelineEntry[];
  /** Feeds of usage, for heartbeats at the end. */
  readonly feeds: readonly string[];
  readonly customers: number;
  readonly badRows: ReturnType<typeof mergeBadRows>;
  readonly notes: readonly string[];
  /** Of the customers replayed; empty for recorded data. */
  readonly truth: readonly Truth[];
}

export type ReplayOptions = Pick<
  SimulatorConfig,
  'source' | 'data' | 'events' | 'seed' | 'customers' | 'days' | 'suspensions' | 'run'
>;

/** Reads or generates what is to be replayed, ending at `endMs`. Throws `ConfigError` when the data named is not there. */
export function planReplay(options: ReplayOptions, endMs: number): Replay {
  const naming: Naming = { run: options.run };
  const { recordings, truth } = recordingsOf(options, naming, endMs);
  const isRecorded = recordings.some(({ timing }) => timing === 'recorded');
  // The requests are part of the bound, but never all of it.
  const suspensions = isRecorded ? Math.min(options.suspensions, Math.floor((options.events ?? Infinity) / 10)) : 0;
  const chosen =
    options.events === undefined ? recordings : chooseWithin(recordings, Math.max(1, options.events - suspensions));
  const entries = buildTimeline(chosen, { endMs, naming, suspensions });
  const replayed = new Set(chosen.flatMap(({ histories }) => histories.map(({ customerId }) => customerId)));
  return {
    source: chosen.map(({ name }) => name).join('+'),
    entries,
    feeds: chosen.filter(({ histories }) => sizeOf(histories) > 0).map(({ feed }) => feed),
    customers: replayed.size,
    badRows: mergeBadRows(chosen.map(({ badRows }) => badRows)),
    notes: [...chosen.flatMap(({ notes }) => notes), ...suspensionNotes(entries, suspensions)],
    truth: truth.filter(({ customerId }) => replayed.has(customerId)),
  };
}

function suspensionNotes(entries: readonly TimelineEntry[], wanted: number): readonly string[] {
  if (wanted === 0) return [];
  const count = entries.filter(({ isLive }) => isLive).length;
  return [`${count} suspension requests are generated: the recorded data has none`];
}

interface Found {
  readonly recordings: readonly Recording[];
  readonly truth: readonly Truth[];
}

function recordingsOf(options: ReplayOptions, naming: Naming, endMs: number): Found {
  const { source, data } = options;
  if (source === 'generated') return generated(options, naming, endMs);
  const cns = source === 'megaline' ? undefined : loadCnsCdr(data);
  const megaline = source === 'cns_cdr' ? undefined : loadMegaline(data);
  const recordings = [
    ...(cns ? [readCnsCdr(cns, naming)] : []),
    ...(megaline ? [readMegaline(megaline, naming, options.days === undefined ? {} : { days: options.days })] : []),
  ];
  if (recordings.length > 0) return { recordings, truth: [] };
  if (source === 'auto') return generated(options, naming, endMs);
  throw new ConfigError([
    `--source: ${source} is not in ${data}; name its folder with --data, or take --source generated`,
  ]);
}

function generated({ seed, customers }: ReplayOptions, naming: Naming, endMs: number): Found {
  const { recording, truth } = generatePopulation({ seed, customers, endMs }, naming);
  return { recordings: [recording], truth };
}
