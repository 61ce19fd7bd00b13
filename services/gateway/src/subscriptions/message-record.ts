import { z } from 'zod';
import { HUB_ORIGIN, type OutboundMessage } from './outbound-message.ts';
import { KINDS } from './subscription.ts';

const tried = z.object({
  atMs: z.number(),
  /** Of the answer; absent when none came. */
  httpStatus: z.number().exactOptional(),
  /** Why none came, or was not asked for: `timeout`, `econnrefused`, `eprivate` … */
  error: z.string().exactOptional(),
  tookMs: z.number(),
});
export type Try = z.infer<typeof tried>;

const record = z.object({
  kind: z.enum(KINDS),
  name: z.string(),
  timeMs: z.number(),
  hub: HUB_ORIGIN.exactOptional(),
  source: z.object({ stream: z.enum(['alerts', 'events']), id: z.string() }),
  /** Absent once delivered: then the stream has it, for as long as it keeps it. */
  data: z.record(z.string(), z.unknown()).exactOptional(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  /** When it was put in line, at first or by hand. */
  takenAtMs: z.number(),
  /** Since then. */
  tries: z.number(),
  /** The newest last. */
  log: z.array(tried),
});

/** A message of one subscription, as it is kept. */
export type MessageRecord = z.infer<typeof record>;

const LOG_MAX = 12;

export function freshRecord(message: OutboundMessage, source: MessageRecord['source'], nowMs: number): MessageRecord {
  const { kind, name, timeMs, hub, data } = message;
  const identity = { kind, name, timeMs, ...(hub && { hub }), source };
  return { ...identity, data: { ...data }, state: 'waiting', takenAtMs: nowMs, tries: 0, log: [] };
}

/** With one more try. */
export function withTry(of: MessageRecord, one: Try, state: MessageRecord['state']): MessageRecord {
  const { data, ...rest } = of;
  const log = [...of.log, one].slice(-LOG_MAX);
  const kept = state === 'delivered' || data === undefined ? {} : { data };
  return { ...rest, ...kept, state, tries: of.tries + 1, log };
}

/** As it was before its first try, with its log. */
export function sentAgain(of: MessageRecord, data: Readonly<Record<string, unknown>>, nowMs: number): MessageRecord {
  return { ...of, data: { ...data }, state: 'waiting', tries: 0, takenAtMs: nowMs };
}

/** Undefined for a record that this version cannot read. */
export function readRecord(json: string): MessageRecord | undefined {
  try {
    return record.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

export function writeRecord(of: MessageRecord): string {
  return JSON.stringify(of);
}
