import { ANSWER } from './answers.ts';
import { customerMark } from './customer-mark.ts';
import { webhookKeys } from './keys.ts';
import type { OutboundStream, StreamHeads } from './outbound-streams.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** A message of a subscription: the record is the caller's JSON. */
export interface StoredMessage {
  readonly id: string;
  readonly record: string;
}

/** Under whose name a subscription's messages are touched. */
export interface SubscriptionLease {
  readonly id: string;
  readonly owner: string;
}

/** With the revision at which the subscription was read: what it asks for is never judged by what it asked for before. */
export interface CurrentLease extends SubscriptionLease {
  readonly revision: string;
}

export interface DueMessages {
  readonly kind: 'due';
  readonly messages: readonly StoredMessage[];
  /** Messages that wait, these included. */
  readonly waiting: number;
  /** When the next one is due, ms since the epoch; absent when none waits. */
  readonly nextDueMs?: number;
  /** Up to where its streams were read. */
  readonly positions: StreamHeads;
}

export interface Settlement {
  readonly id: string;
  readonly record: string;
  readonly result: 'delivered' | 'failed' | 'waiting';
  /** When it is tried again, of a message that waits. */
  readonly againAtMs?: number;
  readonly nowMs: number;
}

export interface SubscriptionStatus {
  readonly waiting: number;
  /** Of the last try that went well, and of the last that did not, ms since the epoch. */
  readonly deliveredAtMs?: number;
  readonly failedAtMs?: number;
  /** When something was seen to be gone from a stream before it was read, ms since the epoch. */
  readonly missedAtMs?: number;
  /** Up to where its streams were read. */
  readonly positions: StreamHeads;
}

type Fenced = { readonly kind: 'fenced' };
/** A subscription was changed since: it has to be read again. */
type Stale = { readonly kind: 'stale' };

/**
 * What waits for each subscription and what became of it. Whoever does not hold the lease is `fenced` and changes
 * nothing. Calls reject with the client's error when Redis cannot be reached or the reply was lost: a message that was
 * then taken in twice stands there once, and a try that could not be settled is made again.
 */
export interface SubscriptionMessages {
  /** Puts messages in line, and with them the position their stream was read to. One that is known stays as it is. */
  takeIn(
    lease: CurrentLease,
    page: {
      readonly stream: OutboundStream;
      readonly position: string;
      readonly dueMs: number;
      readonly messages: readonly StoredMessage[];
    },
  ): Promise<{ readonly kind: 'taken'; readonly waiting: number } | Fenced | Stale>;
  /** Up to `max` messages that are due; those that are never settled are due again at `againMs`. */
  takeDue(
    lease: CurrentLease,
    options: { readonly nowMs: number; readonly againMs: number; readonly max: number },
  ): Promise<DueMessages | Fenced | Stale>;
  /** `undelivered`: how many messages in a row have ended without being delivered. */
  settle(
    lease: SubscriptionLease,
    settlement: Settlement,
  ): Promise<{ readonly kind: 'settled'; readonly undelivered: number } | { readonly kind: 'absent' } | Fenced>;
  read(subscriptionId: string, messageId: string): Promise<StoredMessage | undefined>;
  /** Those that wait, the next due first, then those that have ended, newest first. */
  list(subscriptionId: string, max: number): Promise<readonly (StoredMessage & { readonly dueMs?: number })[]>;
  /** Puts a message in line at once that is still as it was read. */
  sendAgain(
    subscriptionId: string,
    asRead: StoredMessage,
    record: string,
    dueMs: number,
  ): Promise<'waiting' | 'absent' | 'changed'>;
  status(subscriptionId: string): Promise<SubscriptionStatus>;
  /** Something was gone from a stream before it was read. */
  noteMissed(subscriptionId: string, nowMs: number): Promise<void>;
  /** Leaves out what came while nobody sent. */
  skipTo(subscriptionId: string, positions: StreamHeads): Promise<void>;
  /** A new start after messages had ended undelivered. */
  forgive(subscriptionId: string): Promise<void>;
  /** Removes what names a customer, whether it waits or has ended undelivered. Answers how many messages. */
  forget(subscriptionId: string, customerId: string): Promise<number>;
  close(): Promise<void>;
}

export interface SubscriptionMessagesOptions {
  readonly url: string;
  /** Ended messages kept per subscription, for the log. Default 500. */
  readonly maxEnded?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

const MAX_ENDED = 500;
const TIMEOUT_MS = 5_000;
const NOTHING = '0-0';

export function createSubscriptionMessages(options: SubscriptionMessagesOptions): SubscriptionMessages {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const maxEnded = options.maxEnded ?? MAX_ENDED;
  return {
    async takeIn({ id, owner, revision }, { stream, position, dueMs, messages }) {
      const keys = takingKeys(id);
      const records = messages.flatMap((message) => [message.id, message.record]);
      const args = [owner, revision, stream, position, dueMs, ...records];
      const [answer, waiting] = await runScript(redis, SCRIPTS.takeInMessages, keys, args);
      if (String(answer) === ANSWER.fenced) return { kind: 'fenced' };
      if (String(answer) === ANSWER.stale) return { kind: 'stale' };
      return { kind: 'taken', waiting: Number(waiting) };
    },
    async takeDue({ id, owner, revision }, { nowMs, againMs, max }) {
      const args = [owner, revision, nowMs, max, againMs];
      const reply = await runScript(redis, SCRIPTS.takeDueMessages, takingKeys(id), args);
      const [answer = '', waiting = '', next = '', alerts = '', events = '', ...records] = reply.map(String);
      if (answer === ANSWER.fenced) return { kind: 'fenced' };
      if (answer === ANSWER.stale) return { kind: 'stale' };
      return {
        kind: 'due',
        waiting: Number(waiting),
        ...(next !== '' && { nextDueMs: Number(next) }),
        positions: { alerts: alerts || NOTHING, events: events || NOTHING },
        messages: pairs(records).map(([messageId, record]) => ({ id: messageId, record })),
      };
    },
    async settle({ id, owner }, { id: messageId, record, result, againAtMs, nowMs }) {
      const of = [webhookKeys.lease, webhookKeys.state, webhookKeys.due, webhookKeys.messages, webhookKeys.ended];
      const args = [owner, messageId, record, againAtMs ?? '', nowMs, maxEnded, result];
      const [answer, undelivered] = await runScript(
        redis,
        SCRIPTS.settleMessage,
        of.map((key) => key(id)),
        args,
      );
      if (String(answer) === ANSWER.fenced) return { kind: 'fenced' };
      if (String(answer) === ANSWER.absent) return { kind: 'absent' };
      return { kind: 'settled', undelivered: Number(undelivered) };
    },
    async read(id, messageId) {
      const record = await redis.hget(webhookKeys.messages(id), messageId);
      return record === null ? undefined : { id: messageId, record };
    },
    async list(id, max) {
      const keys = [webhookKeys.due(id), webhookKeys.messages(id), webhookKeys.ended(id)];
      const flat = (await runScript(redis, SCRIPTS.listMessages, keys, [max])).map(String);
      return Array.from({ length: flat.length / 3 }, (_, index) => {
        const [messageId = '', record = '', dueMs = ''] = flat.slice(3 * index);
        return { id: messageId, record, ...(dueMs !== '' && { dueMs: Number(dueMs) }) };
      });
    },
    async sendAgain(id, asRead, record, dueMs) {
      const keys = [webhookKeys.due(id), webhookKeys.messages(id), webhookKeys.ended(id)];
      const args = [asRead.id, asRead.record, record, dueMs];
      const [answer] = await runScript(redis, SCRIPTS.sendMessageAgain, keys, args);
      if (String(answer) === ANSWER.absent) return 'absent';
      return String(answer) === ANSWER.changed ? 'changed' : 'waiting';
    },
    async status(id) {
      const [waiting, state] = await Promise.all([
        redis.zcard(webhookKeys.due(id)),
        redis.hmget(webhookKeys.state(id), 'alerts', 'events', 'deliveredAt', 'failedAt', 'missedAt'),
      ]);
      const [alerts, events, deliveredAt, failedAt, missedAt] = state;
      return {
        waiting,
        positions: { alerts: alerts ?? NOTHING, events: events ?? NOTHING },
        ...(deliveredAt != null && { deliveredAtMs: Number(deliveredAt) }),
        ...(failedAt != null && { failedAtMs: Number(failedAt) }),
        ...(missedAt != null && { missedAtMs: Number(missedAt) }),
      };
    },
    async noteMissed(id, nowMs) {
      await redis.hset(webhookKeys.state(id), 'missedAt', String(nowMs));
    },
    async skipTo(id, positions) {
      await redis.hset(webhookKeys.state(id), { ...positions });
    },
    async forgive(id) {
      await redis.hset(webhookKeys.state(id), 'undelivered', '0');
    },
    async forget(id, customerId) {
      const keys = [webhookKeys.due(id), webhookKeys.messages(id), webhookKeys.ended(id)];
      const [, count] = await runScript(redis, SCRIPTS.forgetMessages, keys, [customerMark(customerId)]);
      return Number(count);
    },
    async close() {
      redis.disconnect();
    },
  };
}

function takingKeys(id: string): string[] {
  const { lease, state, due, messages, revision } = webhookKeys;
  return [lease(id), state(id), due(id), messages(id), revision];
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? '', flat[2 * index + 1] ?? '']);
}
