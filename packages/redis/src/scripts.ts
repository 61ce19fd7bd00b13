import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Script {
  readonly source: string;
  /** What EVALSHA is called with. */
  readonly sha: string;
}

export const SCRIPTS = {
  claim: script('claim'),
  commit: script('commit'),
  poll: script('poll'),
  readOutbox: script('read-outbox'),
  trim: script('trim'),
  initialise: script('initialise'),
  readState: script('read-state'),
  appendAlert: script('append-alert'),
} as const;

/** The scripts a shard session runs, loaded when it opens. */
export const SESSION_SCRIPTS: readonly Script[] = [
  SCRIPTS.claim,
  SCRIPTS.commit,
  SCRIPTS.poll,
  SCRIPTS.readOutbox,
  SCRIPTS.trim,
];

function script(name: string): Script {
  const source = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
