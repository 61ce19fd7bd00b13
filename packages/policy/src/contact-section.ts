import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import type { ContactCap, ContactPolicy, Exclusion } from './model.ts';
import { type RecordReader, readRecord } from './reader.ts';
import { type Entry, type Located, listItems, placeOf } from './yaml-source.ts';

const CATEGORIES = ['retention', 'cross-sell', 'service'] as const;

/** Nothing limits contacts where a policy has no contact-policy. */
export const UNLIMITED: ContactPolicy = {
  caps: [],
  minimumGapMs: 0,
  cooldownMs: 0,
  quietHours: { startHour: 0, endHour: 0, channels: [] },
};

/** `{ caps: [ { max, per, channel?, category? } ], minimumGap?, cooldown?, quietHours?: { from, to, channels } }`. */
export function readContactPolicy(entry: Entry, channels: readonly string[], report: Reporter): ContactPolicy {
  const reader = readRecord(entry, 'contact-policy', ['caps', 'minimumGap', 'cooldown', 'quietHours'], report);
  if (reader === undefined) return UNLIMITED;
  return {
    caps: readCaps(reader, channels, report),
    minimumGapMs: reader.durationMs('minimumGap') ?? 0,
    cooldownMs: reader.durationMs('cooldown') ?? 0,
    quietHours: readQuietHours(reader, channels, report),
  };
}

/** One exclusion: `{ when, scope?: all | marketing }`. */
export function readExclusion(entry: Entry, compiler: ExpressionCompiler, report: Reporter): Exclusion | undefined {
  const reader = readRecord(entry, 'an exclusion', ['when', 'scope'], report);
  const when = reader?.required('when');
  const scope = reader?.has('scope') ? reader.oneOf('scope', ['all', 'marketing']) : 'all';
  const condition = when === undefined ? undefined : compiler.condition(when);
  return condition === undefined || scope === undefined ? undefined : { id: entry.key, when: condition, scope };
}

/** `{ share, salt }`. */
export function readHoldout(entry: Entry, report: Reporter): { readonly share: number; readonly salt: string } {
  const reader = readRecord(entry, 'holdout', ['share', 'salt'], report);
  const share = reader?.required('share') === undefined ? undefined : reader.share('share');
  const salt = reader?.required('salt') === undefined ? undefined : reader.text('salt');
  return { share: share ?? 0, salt: salt ?? '' };
}

function readCaps(reader: RecordReader, channels: readonly string[], report: Reporter): readonly ContactCap[] {
  const entry = reader.entry('caps');
  if (entry === undefined) return [];
  const items = listItems(entry);
  if (items === undefined) report.error(placeOf(entry), 'caps must be a list');
  return (items ?? []).flatMap((item) => readCap(item, channels, report) ?? []);
}

function readCap(item: Located, channels: readonly string[], report: Reporter): ContactCap | undefined {
  const reader = readRecord(item, 'a cap', ['max', 'per', 'channel', 'category'], report);
  const maxEntry = reader?.required('max');
  const max = maxEntry === undefined ? undefined : reader?.number('max');
  const perMs = reader?.required('per') === undefined ? undefined : reader.durationMs('per');
  if (reader === undefined || maxEntry === undefined || max === undefined || perMs === undefined) return undefined;
  if (!Number.isInteger(max) || max < 0) report.error(placeOf(maxEntry), 'max must be a whole number');
  const channel = reader.text('channel');
  const channelEntry = reader.entry('channel');
  if (channel !== undefined && channelEntry !== undefined && !channels.includes(channel)) {
    report.unknown(placeOf(channelEntry), 'channel', channel, channels);
  }
  const category = reader.oneOf('category', CATEGORIES);
  return {
    max,
    perMs,
    ...(channel === undefined ? {} : { channel }),
    ...(category === undefined ? {} : { category }),
  };
}

function readQuietHours(
  reader: RecordReader,
  channels: readonly string[],
  report: Reporter,
): ContactPolicy['quietHours'] {
  const entry = reader.entry('quietHours');
  const quiet = entry === undefined ? undefined : readRecord(entry, 'quietHours', ['from', 'to', 'channels'], report);
  if (quiet === undefined) return UNLIMITED.quietHours;
  for (const key of ['from', 'to', 'channels']) quiet.required(key);
  const items = quiet.texts('channels');
  for (const { text, place } of items) {
    if (!channels.includes(text)) report.unknown(place, 'channel', text, channels);
  }
  return {
    startHour: readHour(quiet, 'from', report),
    endHour: readHour(quiet, 'to', report),
    channels: items.map(({ text }) => text),
  };
}

function readHour(reader: RecordReader, key: 'from' | 'to', report: Reporter): number {
  const entry = reader.entry(key);
  const hour = reader.number(key);
  if (entry === undefined || hour === undefined) return 0;
  if (Number.isInteger(hour) && hour >= 0 && hour <= 24) return hour;
  report.error(placeOf(entry), `${key} must be an hour from 0 to 24`);
  return 0;
}
