import type { EngineObserver, KpiIncrement, OutboxMessage } from '@holdfast/engine';
import { JOB_ONLY } from '@holdfast/engine';

type CommittedBatch = Parameters<EngineObserver['committed']>[1];

/** Something a shard did. `D` is the decision of the topology. In the order of the shard's commits. */
export type Happening<D> =
  | { readonly kind: 'decision'; readonly partition: number; readonly decision: D }
  | { readonly kind: 'kpi'; readonly partition: number; readonly increment: KpiIncrement }
  /** A contact without a report, asked for again at its `sendBy`. */
  | { readonly kind: 'asked-again'; readonly partition: number; readonly contactId: string; readonly entityId: string }
  | DeadLetter
  /** Its key belongs to another partition. A recorded log has it there once more, so it is left at that. */
  | { readonly kind: 'rerouted'; readonly partition: number; readonly topic: string }
  | Folded;

/** A record that was set aside, with where it stands. */
export interface DeadLetter {
  readonly kind: 'dead-letter';
  readonly partition: number;
  readonly topic: string;
  readonly offset: number;
  /** Short and stable; `message` says what is wrong and what to do. */
  readonly code: string;
  readonly message: string;
}

/** One commit is through. Every record, timer and late event is counted in one of these. */
export interface Folded {
  readonly kind: 'folded';
  readonly partition: number;
  readonly records: number;
  /** By what became of each record and timer, `timer:…` for the latter. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Events that came late, by source. */
  readonly late: ReadonlyMap<string, number>;
}

export interface Reading<D> {
  readonly partition: number;
  readonly deadLetterTopic: string;
  readonly decisionTopic: string;
  decisionOf(message: OutboxMessage): D;
}

/** What a message that would leave the shard tells. */
export function happeningOf<D>(message: OutboxMessage, reading: Reading<D>): Happening<D> {
  const { partition } = reading;
  const { topic, job } = message;
  if (topic === reading.decisionTopic) return { kind: 'decision', partition, decision: reading.decisionOf(message) };
  if (topic === reading.deadLetterTopic) return deadLetterOf(message, partition);
  if (topic !== JOB_ONLY || !job) return { kind: 'rerouted', partition, topic };
  return { kind: 'asked-again', partition, contactId: job.contactId, entityId: job.entityId };
}

export function foldedOf({ records, outcomes, late }: CommittedBatch, partition: number): Folded {
  return { kind: 'folded', partition, records, outcomes, late };
}

function deadLetterOf({ headers }: OutboxMessage, partition: number): DeadLetter {
  const header = (name: string) => headers[`__connect.errors.${name}`]?.toString() ?? '';
  return {
    kind: 'dead-letter',
    partition,
    topic: header('topic'),
    offset: Number(header('offset')),
    code: header('exception.class.name'),
    message: header('exception.message'),
  };
}
