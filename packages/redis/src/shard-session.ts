import type {
  ClaimAnswer,
  Commit,
  CommitAnswer,
  OutboxAnswer,
  OutboxEntry,
  PollAnswer,
  ReadAnswer,
  ShardId,
  ShardSession,
  StoreFailure,
  SweepAnswer,
  Trim,
  TrimAnswer,
} from '@holdfast/engine';
import { FAR_FUTURE } from '@holdfast/engine';
import { ANSWER } from './answers.ts';
import { type CommitBounds, CommitRefusedError, type KeepBounds, writeCommit } from './commit-frame.ts';
import type { Outcome, SessionConnection } from './connection.ts';
import { awaitDurable, type Durability } from './durability.ts';
import { createFrame } from './frame.ts';
import { type ShardKeys, shadowKeys, shardKeys } from './keys.ts';
import { generationIn, positionText, readMetaFields } from './meta.ts';
import { decodeMessage } from './outbox-codec.ts';
import { SCRIPTS, type Script } from './scripts.ts';

export interface SessionOptions {
  /** 32 hex digits, fresh for this connection. */
  readonly token: string;
  /** Highest layout of states this worker reads. */
  readonly codecVersion: number;
  /** What the shard tells people about who holds it. */
  readonly owner: string;
  /** A generation that is being built beside the live one; undefined for the live shard. */
  readonly shadow: string | undefined;
  /** What a write can be waited for. */
  durability(): Promise<Durability>;
  readonly commit: CommitBounds;
  readonly history: KeepBounds;
  readonly told: KeepBounds;
}

/** A reply split into the script's answer and what follows it. */
type Parsed = { readonly answer: string; readonly rest: readonly unknown[] };

/** The owner's side of a shard over one connection that is never mended. */
export function createShardSession(
  connection: SessionConnection,
  shard: ShardId,
  options: SessionOptions,
): ShardSession {
  const { token, owner, shadow } = options;
  // The live shard's generation is learnt at the claim; before it nothing but meta is touched.
  let keys: ShardKeys = shadow === undefined ? shardKeys(shard) : shadowKeys(shard, shadow);
  const commitFrame = createFrame();
  let isCommitting = false;

  const call = async (script: Script, scriptKeys: readonly string[], args: readonly (string | number)[]) =>
    parsed(await connection.run(script, command(['EVALSHA', script.sha, scriptKeys.length, ...scriptKeys, ...args])));

  /** What came back cannot be believed: the session ends. */
  const unbelievable = async (reason: string): Promise<{ kind: 'unknown'; reason: string }> => {
    await connection.close();
    return { kind: 'unknown', reason };
  };
  const refusal = async (found: Parsed | UnknownOutcome): Promise<StoreFailure> => {
    if ('kind' in found) return found;
    if (found.answer === ANSWER.fenced) return { kind: 'fenced' };
    if (found.answer === ANSWER.rolledBack) return { kind: 'rolled-back' };
    if (found.answer === ANSWER.uninitialised) return { kind: 'uninitialised' };
    return unbelievable(`${found.answer} ${texts(found.rest).join(' ')}`);
  };

  const runCommit = async (frame: Buffer): Promise<CommitAnswer> => {
    isCommitting = true;
    const found = parsed(await connection.run(SCRIPTS.commit, frame));
    isCommitting = false;
    if ('kind' in found) return found;
    if (found.answer === ANSWER.invalid) throw new CommitRefusedError(texts(found.rest).join(' '));
    if (found.answer !== ANSWER.ok) return refusal(found);
    return { kind: 'ok', version: Number(found.rest[0]), outboxLength: Number(found.rest[1]) };
  };

  return {
    async claim(): Promise<ClaimAnswer> {
      const found = await call(SCRIPTS.claim, [keys.meta], [token, options.codecVersion, owner]);
      if ('kind' in found) return found;
      if (found.answer === ANSWER.uninitialised) return { kind: 'uninitialised' };
      if (found.answer === ANSWER.incompatible) return { kind: 'incompatible', minCodec: Number(found.rest[0]) };
      if (found.answer === ANSWER.held) return { kind: 'held', untilMs: Number(found.rest[0]) };
      if (found.answer !== ANSWER.ok) return unbelievable(`${found.answer} ${texts(found.rest).join(' ')}`);
      const fields = texts(list(found.rest[0]));
      if (shadow === undefined) keys = shardKeys(shard, generationIn(fields));
      const meta = readMetaFields(fields);
      return meta ? { kind: 'claimed', meta } : unbelievable('meta is incomplete or malformed');
    },

    async read(ids): Promise<ReadAnswer> {
      if (ids.length === 0) return { kind: 'ok', states: [] };
      const frame = createFrame();
      frame.begin(1 + ids.length);
      frame.text('MGET');
      for (const id of ids) frame.joined(keys.statePrefix, id);
      const outcome = await connection.send(frame.finish());
      if (outcome.kind === 'failed') return { kind: 'unknown', reason: outcome.reason };
      const states = list(outcome.value).map((state) => (Buffer.isBuffer(state) ? state : null));
      return states.length === ids.length ? { kind: 'ok', states } : unbelievable('MGET answered another number');
    },

    async commit(version: number, commit: Commit): Promise<CommitAnswer> {
      if (isCommitting) throw new CommitRefusedError('a commit of this session is in flight');
      // What is awaited holds the bytes alone.
      return runCommit(writeCommit(commitFrame, keys, { token, version }, commit, options));
    },

    async poll(version, nowMs, limit): Promise<PollAnswer> {
      const found = await call(SCRIPTS.poll, [keys.meta, keys.due], [token, version, nowMs, limit]);
      if ('kind' in found || found.answer !== ANSWER.ok) return refusal(found);
      const due = scored(found.rest[0]);
      const next = String(found.rest[1]);
      return { kind: 'ok', due, nextDueMs: next === '' ? FAR_FUTURE : Number(next) };
    },

    async sweep(version, cursor, limit): Promise<SweepAnswer> {
      const found = await call(SCRIPTS.sweep, [keys.meta, keys.due], [token, version, cursor ?? SCAN_END, limit]);
      if ('kind' in found || found.answer !== ANSWER.ok) return refusal(found);
      const next = String(found.rest[0]);
      return { kind: 'ok', entries: scored(found.rest[1]), cursor: next === SCAN_END ? undefined : next };
    },

    async readOutbox(version, limit): Promise<OutboxAnswer> {
      const found = await call(SCRIPTS.readOutbox, [keys.meta, keys.outbox], [token, version, limit]);
      if ('kind' in found || found.answer !== ANSWER.ok) return refusal(found);
      const entries: OutboxEntry[] = [];
      for (const raw of list(found.rest[0])) {
        const entry = outboxEntry(raw);
        if (!entry) return unbelievable('outbox holds an entry of an unknown layout');
        entries.push(entry);
      }
      return { kind: 'ok', entries, length: Number(found.rest[1]) };
    },

    async trim(version: number, trim: Trim): Promise<TrimAnswer> {
      const relay = trim.relay ? positionText(trim.relay) : '';
      const args = [token, version, trim.entriesVersion, trim.producedFrom ?? '', relay, ...trim.ids];
      const found = await call(SCRIPTS.trim, [keys.meta, keys.outbox], args);
      if ('kind' in found || found.answer !== ANSWER.ok) return refusal(found);
      return { kind: 'ok', relayMoved: found.rest[0] === 1 };
    },

    awaitDurable: (timeoutMs) => awaitDurable(connection, options.durability, timeoutMs),

    async noteStopped(reason, message) {
      await call(SCRIPTS.noteStopped, [keys.meta], [token, reason, message]);
    },

    close: () => connection.close(),
  };
}

/** Cursor of a scan that has not begun, or has ended. */
const SCAN_END = '0';

type UnknownOutcome = { readonly kind: 'unknown'; readonly reason: string };

function command(parts: readonly (string | number)[]): Buffer {
  const frame = createFrame();
  frame.begin(parts.length);
  for (const part of parts) frame.text(String(part));
  return frame.finish();
}

function parsed(outcome: Outcome): Parsed | UnknownOutcome {
  if (outcome.kind === 'failed') return { kind: 'unknown', reason: outcome.reason };
  const [answer, ...rest] = list(outcome.value);
  return { answer: String(answer), rest };
}

/** `[id, ['v', version, 'm', message]]` as XRANGE gives it. */
function outboxEntry(raw: unknown): OutboxEntry | undefined {
  const [id, fields] = list(raw);
  const [, version, , bytes] = list(fields);
  const message = Buffer.isBuffer(bytes) ? decodeMessage(bytes) : undefined;
  return message && { id: String(id), version: Number(String(version)), message };
}

/** Members and scores in turn. */
function scored(value: unknown): { readonly id: string; readonly dueMs: number }[] {
  const flat = texts(list(value));
  const entries: { readonly id: string; readonly dueMs: number }[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push({ id: flat[i] ?? '', dueMs: Number(flat[i + 1]) });
  return entries;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(values: readonly unknown[]): string[] {
  return values.map(String);
}
