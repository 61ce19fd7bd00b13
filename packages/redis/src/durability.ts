import type { DurableAnswer } from '@holdfast/engine';
import type { Redis } from 'ioredis';
import type { SessionConnection } from './connection.ts';
import { createFrame } from './frame.ts';
import { isForbidden } from './server-check.ts';

/** What the server can be asked to have a write, before it counts as safe. */
export type Durability = 'replica' | 'disk' | 'nothing';

/** So long one answer holds, ms. A replica that left meanwhile is waited for in vain, never passed over. */
const KNOWN_FOR_MS = 5_000;

/** Asks the server, for all sessions together, what a write can be waited for. Rejects when it cannot be asked. */
export function createDurabilityView(reader: Redis, now: () => number): () => Promise<Durability> {
  let known: { readonly way: Durability; readonly untilMs: number } | undefined;
  return async () => {
    if (known && now() < known.untilMs) return known.way;
    const way = durabilityIn(await infoOf(reader));
    known = { way, untilMs: now() + KNOWN_FOR_MS };
    return way;
  };
}

/** What the answer to INFO allows: a replica where there is one, else WAITAOF, which came with Redis 7.2. */
export function durabilityIn(info: string): Durability {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  if (Number(field('connected_slaves') ?? 0) > 0) return 'replica';
  const [major = 0, minor = 0] = (field('redis_version') ?? '').split('.').map(Number);
  const isAppendOnly = field('aof_enabled') === '1';
  return isAppendOnly && (major > 7 || (major === 7 && minor >= 2)) ? 'disk' : 'nothing';
}

/** Waits on the session's own connection: whatever was read or written on it before is covered. */
export async function awaitDurable(
  connection: SessionConnection,
  view: () => Promise<Durability>,
  timeoutMs: number,
): Promise<DurableAnswer> {
  let by: Durability;
  try {
    by = await view();
  } catch {
    // The session may live though others cannot ask: it finds out by itself.
    return { kind: 'not-yet' };
  }
  const outcome = await connection.send(by === 'nothing' ? command('PING') : waitCommand(by, timeoutMs));
  if (outcome.kind === 'failed') return { kind: 'unknown', reason: outcome.reason };
  if (by === 'nothing') return { kind: 'ok', by };
  // WAIT answers a number, WAITAOF how many have it here and elsewhere.
  const have = Number(Array.isArray(outcome.value) ? outcome.value[0] : outcome.value);
  return have >= 1 ? { kind: 'ok', by } : { kind: 'not-yet' };
}

async function infoOf(reader: Redis): Promise<string> {
  try {
    return await reader.info();
  } catch (error) {
    if (isForbidden(error)) return '';
    throw error;
  }
}

function waitCommand(by: Exclude<Durability, 'nothing'>, timeoutMs: number): Buffer {
  const timeout = String(timeoutMs);
  return by === 'replica' ? command('WAIT', '1', timeout) : command('WAITAOF', '1', '0', timeout);
}

function command(...parts: readonly string[]): Buffer {
  const frame = createFrame();
  frame.begin(parts.length);
  for (const part of parts) frame.text(part);
  return frame.finish();
}
