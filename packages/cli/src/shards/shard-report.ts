import type { Configuration, ShardMeta } from '@holdfast/engine';
import { printableLines, table } from '../terminal-text.ts';
import type { InputView, ShardView } from './shard-view.ts';

/** One line per shard, and why the stopped ones stopped. */
export function describeShards(shards: readonly ShardView[]): string {
  const rows = shards.map(({ partition, standing, record, lag, behindSeconds }) => [
    String(partition),
    standing,
    record.owner || '-',
    isoOf(record.claimedAtMs),
    String(record.meta.version),
    String(record.meta.minCodec),
    String(lag),
    String(behindSeconds),
    String(record.outboxLength),
    String(record.entities),
    policyText(record.meta.configuration?.name),
  ]);
  const lines = table([HEAD, ...rows]);
  const stopped = shards.flatMap(({ partition, record }) =>
    record.stopped ? [`shard ${partition} stopped: ${record.stopped.reason}: ${record.stopped.message}`] : [],
  );
  const refused = shards.flatMap(({ partition, record }) => refusedLines(`shard ${partition} refused`, record.meta));
  return printableLines([...lines, ...stopped, ...refused]);
}

const HEAD = [
  'shard',
  'standing',
  'owner',
  'since',
  'version',
  'layout',
  'lag',
  'lag-s',
  'outbox',
  'entities',
  'policy',
];
/** Of a version in a table: enough to tell two of an installation apart. */
const SHORT_VERSION = 'sha256:'.length + 12;

function policyText(version: string | undefined): string {
  return version?.slice(0, SHORT_VERSION) ?? 'folder';
}

function refusedLines(who: string, { refused }: ShardMeta): readonly string[] {
  return refused ? [`${who} ${refused.name}: ${refused.message}`] : [];
}

/** Everything a shard says of itself. */
export function describeShard(view: ShardView): string {
  const { partition, standing, record, inputs, relay } = view;
  const { meta, stopped } = record;
  return printableLines([
    `shard ${partition}   ${standing}   version ${meta.version}, layout ${meta.minCodec}, ${record.entities} entities, ${record.outboxLength} in the outbox`,
    `owner   ${record.owner || 'nobody yet'}   since ${isoOf(record.claimedAtMs)}${record.isOwned ? '' : ', fenced since'}`,
    `states are ${record.isTrusted ? 'trusted: the dispatcher acts on them' : 'not trusted: the dispatcher waits'}`,
    `cluster ${meta.clusterId}   generation ${record.generation || 'first'}   claims without progress ${meta.attempts}`,
    `policy ${meta.configuration?.name ?? 'of the folder its worker was started with'}`,
    ...(meta.isSweepDue ? ['customers nobody touches are being judged by it'] : []),
    ...refusedLines('refused', meta),
    ...(record.heldUntilMs === undefined ? [] : [`held by a rebuild until ${isoOf(record.heldUntilMs)} at the latest`]),
    ...(record.building === '' ? [] : [`generation ${record.building} is being built, or was left behind`]),
    ...(stopped ? [`stopped ${isoOf(stopped.atMs)}: ${stopped.reason}: ${stopped.message}`, ADVICE] : []),
    '',
    ...table([['topic', 'next', 'log from', 'log to', 'lag', 'lag-s', 'note'], ...[...inputs, relay].map(inputRow)]),
    ...section(
      'watermarks',
      Object.entries(meta.watermarks).map(([feed, ms]) => `  ${feed}   ${isoOf(ms)}`),
    ),
    ...section(
      'changed by hand, newest first',
      record.operated.map(({ atMs, by, what }) => `  ${isoOf(atMs)}   ${by}   ${what}`),
    ),
  ]);
}

const ADVICE = 'decide with holdfast shard rebase; a running worker then claims the shard again by itself';

/** For programs: all of it but the texts of the policy in force and of settings, which may be megabytes in each shard. */
export function jsonOf(view: ShardView | { readonly shards: readonly ShardView[] }): string {
  const withoutTexts = (key: string, value: unknown) => {
    if (key === 'configuration') return { name: (value as Configuration).name };
    return key === 'settings' ? Object.keys(value as object) : value;
  };
  return `${JSON.stringify(view, withoutTexts)}\n`;
}

function inputRow(input: InputView): string[] {
  const { topic, nextOffset, low, high, lag, behindSeconds } = input;
  return [topic, nextOffset, low, high, Math.max(0, lag), behindSeconds, noteOf(input)].map(String);
}

function noteOf({ nextOffset, low, high }: InputView): string {
  if (nextOffset < low) return `${low - nextOffset} records are lost`;
  return nextOffset > high ? `the log ends ${nextOffset - high} records before it` : '';
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function isoOf(ms: number | undefined): string {
  return ms === undefined || ms === 0 ? '-' : new Date(ms).toISOString();
}
