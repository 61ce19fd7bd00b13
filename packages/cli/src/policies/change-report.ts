import { printableLines } from '../terminal-text.ts';
import type { Change } from './changes.ts';
import { shortVersion } from './diff-report.ts';
import type { ShardPolicy } from './shard-policies.ts';

/** A change, and what the shards made of it; no shards where nothing came into force. */
export interface ChangeReport {
  readonly change: Change;
  readonly shards: readonly ShardPolicy[];
  readonly tookMs: number;
}

/** 0 where what was wanted is in force in every shard. */
export function exitCodeOf({ change, shards }: ChangeReport): number {
  if (change.kind === 'proposed') return 1;
  return shards.every(({ standing }) => standing === 'in-force') ? 0 : 1;
}

/** For people. */
export function describeChange({ change, shards, tookMs }: ChangeReport): string {
  switch (change.kind) {
    case 'in-force-already':
      return printableLines([`${shortVersion(change.version)} is in force already`]);
    case 'proposed':
      return printableLines(proposalLines(change));
    case 'activated': {
      const { version, isResumed } = change.activated;
      const done = shards.filter(({ standing }) => standing === 'in-force').length;
      return printableLines([
        ...(isResumed ? ['it was begun before, and is completed now'] : []),
        `${shortVersion(version)} is in force in ${done} of ${shards.length} shards after ${(tookMs / 1_000).toFixed(1)} s`,
        ...shards.filter(({ standing }) => standing !== 'in-force').map(shardLine),
      ]);
    }
  }
}

function proposalLines({ version, by, reasons, isNew }: Extract<Change, { kind: 'proposed' }>): readonly string[] {
  const short = version.slice('sha256:'.length, 'sha256:'.length + 12);
  return [
    `${shortVersion(version)} ${isNew ? 'is proposed' : `was proposed by ${by} already`}; nothing was changed. A second person has to approve it:`,
    ...reasons.map((reason) => `  ${reason}`),
    `somebody other than ${by} runs: holdfast policy approve ${short}`,
  ];
}

function shardLine({ partition, standing, reason }: ShardPolicy): string {
  const words = { 'not-yet': 'does not report it', refused: 'refused it', other: 'goes on', 'in-force': 'runs it' };
  return `shard ${partition} ${words[standing]}: ${reason}`;
}
