import type { Commit, LogRecord } from '@holdfast/engine';
import { CHANNEL_OF, type CustomerId, DECISIONS } from './ledger.ts';

/** Watches what leaves the store, what reaches the log and who is contacted; remembers the first broken promise. */
export interface Witness {
  /** Undefined while every promise holds. */
  violation(): string | undefined;
  violated(what: string): void;
  committed(commit: Commit): void;
  appended(record: LogRecord): void;
  contacted(contactId: string, customerId: string, wasOpen: boolean): void;
  /** Whoever sends may have lost an answer: a channel that repeats may do so once more. */
  dispatcherFaulted(): void;
  /** A record that the store's log has not seen counted: what was committed may be forgotten. */
  rolledBack(): void;
  hasRolledBack(): boolean;
  readonly contacts: ReadonlyMap<string, number>;
}

const CAP = 1;

export function createWitness(): Witness {
  let violation: string | undefined;
  let dispatcherFaults = 0;
  let hasRolledBack = false;
  const released = new Set<string>();
  const contacts = new Map<string, number>();
  const reached = new Map<string, Set<string>>();

  const violated = (what: string) => {
    violation ??= what;
  };

  return {
    violation: () => violation,
    hasRolledBack: () => hasRolledBack,
    contacts,
    violated,
    committed(commit) {
      for (const { job } of commit.outbox) if (job) released.add(job.contactId);
    },
    appended(record) {
      if (record.topic !== DECISIONS || record.offset === 0) return;
      const contactId = record.value?.toString('latin1').split('|')[4] ?? '';
      if (!released.has(contactId)) violated('a decision reached the log before it was committed');
    },
    contacted(contactId, customerId, wasOpen) {
      const times = (contacts.get(contactId) ?? 0) + 1;
      contacts.set(contactId, times);
      if (!released.has(contactId)) violated('somebody was contacted for a decision that was never committed');
      if (!wasOpen) violated('somebody was contacted though the state did not hold it open');
      const semantics = CHANNEL_OF[customerId as CustomerId];
      if (semantics === 'at-most-once' && times > 1) violated('an at-most-once contact was made twice');
      if (semantics === 'at-least-once' && times > 1 + dispatcherFaults) {
        violated('an at-least-once contact was made again without a fault of the dispatcher');
      }
      const mine = reached.get(customerId) ?? new Set();
      reached.set(customerId, mine.add(contactId));
      if (mine.size > CAP) violated('a customer was contacted more often than the cap allows');
    },
    dispatcherFaulted() {
      dispatcherFaults += 1;
    },
    rolledBack() {
      hasRolledBack = true;
    },
  };
}
