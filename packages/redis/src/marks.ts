import { gathered } from './gathered-calls.ts';
import { contactKeys } from './keys.ts';
import { createSharedConnection } from './shared-connection.ts';

/** Longer than any backup that could be restored and any job that could be asked for again. */
export const MARK_TTL_SECONDS = 45 * 24 * 3600;
const TIMEOUT_MS = 5_000;
/** One MGET blocks the server while it runs. */
const MOST_KEYS = 1_000;

/**
 * Marks of delivery, and the suppress keys of fresh opt-outs.
 *
 * What holds when `markSending` has answered: the server has the mark. Killed, or without power, it may lose the last two
 * seconds unless `appendfsync always` is set (while a sync is under way, `everysec` puts the writing to the file off as
 * well), and a failover may lose it unless a replica had it. A rejected call leaves it open whether the mark stands: asking again
 * then answers `already`, and the contact ends as unknown instead of twice.
 */
export interface ContactMarks {
  /** Before the call of an at-most-once channel: only who gets `first` may call. The note is kept with the mark. */
  markSending(contactId: string, note: string): Promise<'first' | 'already'>;
  /** The call is known to have reached nobody: it may be made again. */
  clearSending(contactId: string): Promise<void>;
  /** After the call, on every channel: a job asked for again is answered instead of sent. The first note stays. */
  markSent(contactId: string, note: string, reference?: ProviderReference): Promise<void>;
  /** The note of the sent mark; undefined where nothing was sent. */
  sentNote(contactId: string): Promise<string | undefined>;
  /** The note of the sent mark, or of the sending mark where only that stands. */
  noteOf(contactId: string): Promise<string | undefined>;
  /** Which contact a provider means by its own id. */
  contactOf(reference: ProviderReference): Promise<string | undefined>;
  /** Holds back contacts at once, until the consent event was folded. `purpose` is a channel or category. */
  suppress(customerId: string, purpose: string, ttlSeconds: number): Promise<void>;
  /** Whether any of these purposes is held back. */
  isSuppressed(customerId: string, ...purposes: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}

/** A provider's own id of a message; unique within its channel. */
export interface ProviderReference {
  readonly channel: string;
  readonly id: string;
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
  const read = gathered<string, string | null>(MOST_KEYS, (keys) => redis.mget([...keys]));
  return {
    async markSending(contactId, note) {
      const written = await redis.set(contactKeys.sending(contactId), note, 'EX', ttlSeconds, 'NX');
      return written === 'OK' ? 'first' : 'already';
    },
    async clearSending(contactId) {
      await redis.del(contactKeys.sending(contactId));
    },
    async markSent(contactId, note, reference) {
      const sent = redis.set(contactKeys.sent(contactId), note, 'EX', ttlSeconds, 'NX');
      if (reference === undefined) return void (await sent);
      const { channel, id } = reference;
      await Promise.all([sent, redis.set(contactKeys.reference(channel, id), contactId, 'EX', ttlSeconds)]);
    },
    sentNote: async (contactId) => (await read(contactKeys.sent(contactId))) ?? undefined,
    async noteOf(contactId) {
      const [sent, sending] = await Promise.all(
        [contactKeys.sent(contactId), contactKeys.sending(contactId)].map(read),
      );
      return sent ?? sending ?? undefined;
    },
    contactOf: async ({ channel, id }) => (await redis.get(contactKeys.reference(channel, id))) ?? undefined,
    async suppress(customerId, purpose, seconds) {
      await redis.set(contactKeys.suppress(customerId, purpose), '1', 'EX', seconds);
    },
    async isSuppressed(customerId, ...purposes) {
      const found = await Promise.all(purposes.map((purpose) => read(contactKeys.suppress(customerId, purpose))));
      return found.some((value) => value !== null);
    },
    async close() {
      redis.disconnect();
    },
  };
}
