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
  sweep: script('sweep'),
  readOutbox: script('read-outbox'),
  trim: script('trim'),
  initialise: script('initialise'),
  readStates: script('read-states'),
  readHistories: script('read-histories'),
  noteStopped: script('note-stopped'),
  hold: script('hold'),
  operate: script('operate'),
  beginGeneration: script('begin-generation'),
  endGeneration: script('end-generation'),
  finaliseLayout: script('finalise-layout'),
  appendAlerts: script('work-item', 'append-alerts'),
  publishEvents: script('publish-events'),
  forgetEntries: script('forget-entries'),
  forgetMessages: script('forget-messages'),
  writeInteraction: script('write-interaction'),
  saveRecommendation: script('save-recommendation'),
  forgetRecommendations: script('forget-recommendations'),
  createSubscription: script('create-subscription'),
  replaceSubscription: script('replace-subscription'),
  leaseSubscription: script('lease-subscription'),
  releaseSubscription: script('release-subscription'),
  takeInMessages: script('take-in-messages'),
  takeDueMessages: script('take-due-messages'),
  listMessages: script('list-messages'),
  settleMessage: script('settle-message'),
  sendMessageAgain: script('send-message-again'),
  openWork: script('work-item', 'work-open'),
  claimWork: script('work-item', 'work-claim'),
  holdWork: script('work-item', 'work-hold'),
  finishWork: script('work-item', 'work-finish'),
  withdrawWork: script('work-item', 'work-withdraw'),
  reopenWork: script('work-item', 'work-reopen'),
  dueWork: script('work-item', 'work-due'),
  scanWork: script('work-item', 'work-scan'),
  forgetWork: script('work-item', 'work-forget'),
  forgetWorkOutbox: script('work-item', 'work-forget-outbox'),
  listWork: script('work-item', 'work-read'),
  readWorkOutbox: script('work-item', 'work-outbox'),
} as const;

/** The scripts a shard session runs, loaded when it opens. */
export const SESSION_SCRIPTS: readonly Script[] = [
  SCRIPTS.claim,
  SCRIPTS.commit,
  SCRIPTS.poll,
  SCRIPTS.sweep,
  SCRIPTS.readOutbox,
  SCRIPTS.trim,
];

/** The files one after the other: what several scripts begin with is a file of its own. */
function script(...names: readonly string[]): Script {
  const files = names.map((name) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'));
  const source = files.join('\n');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
