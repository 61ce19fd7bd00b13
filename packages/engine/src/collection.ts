import { deadLetterOf, type Fault } from './dead-letter.ts';
import type { JournalLine } from './journal.ts';
import type { LogRecord } from './ports/log.ts';
import type { Commit } from './ports/store.ts';
import type { Effects } from './topology.ts';
import { createWordCount } from './word-count.ts';

/** What a batch does to others than its entities, collected for one commit. */
export interface Collected extends Pick<Commit, 'outbox' | 'kpis' | 'history'> {
  readonly told: NonNullable<Commit['told']>;
  readonly deletions: readonly string[];
  readonly outcomes: ReadonlyMap<string, number>;
  /** Events that came late, by source. */
  readonly late: ReadonlyMap<string, number>;
  readonly journal: readonly JournalLine[];
}

export interface Collection {
  add(effects: Effects): void;
  /** The record is kept with the entity. */
  keep(entityId: string, record: LogRecord): void;
  count(outcome: string): void;
  countLate(source: string): void;
  setAside(record: LogRecord, fault: Fault): void;
  /** The record belongs to another partition. */
  reroute(record: LogRecord, partition: number): void;
  /** Tells what was folded, in order, where somebody asked for it. */
  note(line: JournalLine): void;
  /** What was collected of the entity goes, and what the store has of it. */
  erase(entityId: string): void;
  isErased(entityId: string): boolean;
  collected(): Collected;
}

export function createCollection(options: { readonly deadLetterTopic: string }): Collection {
  let outbox: Commit['outbox'][number][] = [];
  let history: Commit['history'][number][] = [];
  let told: Collected['told'][number][] = [];
  const kpis: Commit['kpis'][number][] = [];
  const deletions = new Set<string>();
  const outcomes = createWordCount();
  const late = createWordCount();
  const journal: JournalLine[] = [];
  return {
    add(effects) {
      if (effects.outbox.length > 0) outbox.push(...effects.outbox);
      if (effects.kpis.length > 0) kpis.push(...effects.kpis);
      if (effects.history.length > 0) history.push(...effects.history);
    },
    keep(entityId, { value }) {
      if (value) told.push({ entityId, record: value });
    },
    count: outcomes.add,
    countLate: late.add,
    setAside(record, fault) {
      outbox.push(deadLetterOf(record, fault, options.deadLetterTopic));
      outcomes.add(`dead-letter:${fault.code}`);
    },
    reroute({ topic, partition: from, offset, key, value, headers }, partition) {
      const marked = { ...headers, 'holdfast-rerouted-from': Buffer.from(`${from}/${offset}`) };
      outbox.push({ topic, partition, key, value, headers: marked });
      outcomes.add('rerouted');
    },
    note: (line) => void journal.push(line),
    erase(entityId) {
      const isHis = (key: Buffer | null) => key?.toString('utf8') === entityId;
      outbox = outbox.filter(({ key }) => !isHis(key));
      history = history.filter((entry) => entry.entityId !== entityId);
      told = told.filter((entry) => entry.entityId !== entityId);
      deletions.add(entityId);
    },
    isErased: (entityId) => deletions.has(entityId),
    collected: () => ({
      outbox,
      kpis,
      history,
      told,
      deletions: [...deletions],
      outcomes: outcomes.totals(),
      late: late.totals(),
      journal,
    }),
  };
}
