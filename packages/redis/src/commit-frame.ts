import { deflateRawSync } from 'node:zlib';
import type { Commit, KpiIncrement } from '@holdfast/engine';
import type { Frame } from './frame.ts';
import type { ShardKeys } from './keys.ts';
import { changedFields, goneFields, type MetaFields } from './meta.ts';
import { encodeMessage } from './outbox-codec.ts';
import { packed } from './packed-record.ts';
import { SCRIPTS } from './scripts.ts';

/** What one commit may hold at most. More is a defect of the caller and is refused before anything is sent. */
export interface CommitBounds {
  /** States, dues, messages, increments, history and told records, and meta fields together. */
  readonly items: number;
  /** Of all arguments together. */
  readonly bytes: number;
}

/** Of what is kept of an entity beside its state. */
export interface KeepBounds {
  /** Newest records kept per entity. */
  readonly keep: number;
  readonly ttlSeconds: number;
}

/** The commit was refused and nothing of it was written; the session goes on. */
export class CommitRefusedError extends Error {
  override readonly name = 'CommitRefusedError';
}

/** Room for the arguments that are not items: keys, token, counts. */
const HEAD_BYTES = 1024;
const HEAD_PARTS = 3 + 4 + 18;

/** Writes the commit script's call into `frame`. Throws CommitRefusedError above the bounds. */
export function writeCommit(
  frame: Frame,
  keys: ShardKeys,
  owner: { readonly token: string; readonly version: number },
  commit: Commit,
  limits: { readonly commit: CommitBounds; readonly history: KeepBounds; readonly told: KeepBounds },
): Buffer {
  const kpis = summed(commit.kpis);
  const meta = metaFields(owner.token, commit);
  const gone = goneFields(commit);
  const messages = commit.outbox.map(encodeMessage);
  const history = commit.history.map((entry) => ({ id: entry.entityId, record: deflateRawSync(entry.record) }));
  const journal = commit.journal ? [commit.journal] : [];
  const told = (commit.told ?? []).map((entry) => ({ id: entry.entityId, record: packed(entry.record) }));
  const { states, dues, deletions = [] } = commit;
  const sections = [states, dues, messages, kpis, history, journal, meta, deletions, gone, told];
  const counts = sections.map((section) => section.length);
  const items = counts.reduce((total, count) => total + count, 0);
  if (items > limits.commit.items) throw tooLarge(`${items} items`, limits.commit);
  refuseUnwritable(commit);

  const pairs = states.length + dues.length + history.length + meta.length + told.length;
  const singles = messages.length + journal.length + gone.length;
  frame.begin(HEAD_PARTS + 2 * pairs + singles + 3 * kpis.length + 4 * deletions.length);
  for (const part of ['EVALSHA', SCRIPTS.commit.sha, '4', keys.meta, keys.due, keys.outbox, keys.journal]) {
    frame.text(part);
  }
  frame.text(owner.token);
  for (const number of [owner.version, limits.commit.items, limits.commit.bytes]) frame.int(number);
  for (const { keep, ttlSeconds } of [limits.history, limits.told]) {
    frame.int(keep);
    frame.int(ttlSeconds);
  }
  for (const count of counts) frame.int(count);
  for (const state of states) {
    frame.joined(keys.statePrefix, state.id);
    frame.bytes(state.bytes);
  }
  for (const due of dues) {
    frame.int(due.dueMs);
    frame.text(due.id);
  }
  for (const message of messages) frame.bytes(message);
  for (const kpi of kpis) {
    frame.joined(keys.kpiPrefix, kpi.campaign);
    frame.text(kpi.cell);
    frame.int(kpi.by);
  }
  for (const entry of history) {
    frame.joined(keys.historyPrefix, entry.id);
    frame.bytes(entry.record);
  }
  for (const entry of journal) frame.bytes(entry);
  for (const [field, value] of meta) {
    frame.text(field);
    frame.text(value);
  }
  for (const id of deletions) {
    frame.joined(keys.statePrefix, id);
    frame.joined(keys.historyPrefix, id);
    frame.joined(keys.toldPrefix, id);
    frame.text(id);
  }
  for (const field of gone) frame.text(field);
  for (const entry of told) {
    frame.joined(keys.toldPrefix, entry.id);
    frame.bytes(entry.record);
  }
  const bytes = frame.finish();
  if (bytes.length > limits.commit.bytes + HEAD_BYTES) throw tooLarge(`${bytes.length} bytes`, limits.commit);
  return bytes;
}

/** One increment per cell, so that a cell counted often costs Redis one write. */
function summed(increments: readonly KpiIncrement[]): readonly KpiIncrement[] {
  if (increments.length < 2) return increments;
  const cells = new Map<string, KpiIncrement>();
  for (const { campaign, cell, by } of increments) {
    const key = JSON.stringify([campaign, cell]);
    cells.set(key, { campaign, cell, by: by + (cells.get(key)?.by ?? 0) });
  }
  return [...cells.values()];
}

function metaFields(token: string, commit: Commit): MetaFields {
  const fields = changedFields(commit);
  if (commit.attempts !== undefined) fields.push(['attempts', String(commit.attempts)]);
  if (commit.adopted !== undefined) fields.push(['adopted', commit.adopted ? token : '']);
  return fields;
}

/** Numbers that Redis could not take, found here with words instead of in the script. */
function refuseUnwritable(commit: Commit): void {
  for (const due of commit.dues) {
    if (!Number.isFinite(due.dueMs)) throw new CommitRefusedError(`due time ${due.dueMs} is not a number of ms`);
  }
  for (const kpi of commit.kpis) {
    if (!Number.isSafeInteger(kpi.by)) throw new CommitRefusedError(`increment of ${kpi.cell} is not an integer`);
  }
}

function tooLarge(found: string, bounds: CommitBounds): CommitRefusedError {
  return new CommitRefusedError(
    `commit too large: ${found}, at most ${bounds.items} items and ${bounds.bytes} bytes; make the batch smaller`,
  );
}
