import { contactKeys } from './keys.ts';
import { createSharedConnection } from './shared-connection.ts';

/** Longer than any backup that could be restored and any job that could be asked for again. */
export const MARK_TTL_SECONDS = 45 * 24 * 3600;
const TIMEOUT_MS = 5_000;

/**
 * Marks of delivery, and the suppress keys of fresh opt-outs.
 *
 * What holds when `markSending` has answered: the server wrote the mark to its append-only file before replying, so
 * it outlives a killed server process; a power cut may lose the last second unless `appendfsync always` is set, and a
 * failover may lose it unless a replica had it. A rejected call leaves it open whether the mark stands: asking again
 * then answers `already`, and the contact ends as unknown instead of twice.
 */
export interface ContactMarks {
  /** Before the call of an at-most-once channel: only who gets `first` may call. */
  markSending(contactId: string): Promise<'first' | 'already'>;
  /** After the call, on every channel: a job asked for again is answered instead of sent. */
  markSent(contactId: string): Promise<void>;
  wasSent(contactId: string): Promise<boolean>;
  /** Holds back contacts at once, until the consent event was folded. `purpose` is a channel or category. */
  suppress(customerId: string, purpose: string, ttlSeconds: number): Promise<void>;
  isSuppressed(customerId: string, purpose: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface ContactMarksOptions {
  readonly url: string;
  /** Default MARK_TTL_SECONDS. */
  readonly markTtlSeconds?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

/** Calls reject with the client's error when Redis cannot be reached or the reply was lost. */
export function createContactMarks(options: ContactMarksOptions): ContactMarks {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const ttlSeconds = options.markTtlSeconds ?? MARK_TTL_SECONDS;
  return {
    async markSending(contactId) {
      const written = await redis.set(contactKeys.sending(contactId), '1', 'EX', ttlSeconds, 'NX');
      return written === 'OK' ? 'first' : 'already';
    },
    async markSent(contactId) {
      await redis.set(contactKeys.sent(contactId), '1', 'EX', ttlSeconds, 'NX');
    },
    wasSent: async (contactId) => (await redis.exists(contactKeys.sent(contactId))) === 1,
    async suppress(customerId, purpose, seconds) {
      await redis.set(contactKeys.suppress(customerId, purpose), '1', 'EX', seconds);
    },
    isSuppressed: async (customerId, purpose) => (await redis.exists(contactKeys.suppress(customerId, purpose))) === 1,
    async close() {
      redis.disconnect();
    },
  };
}
