import type { LogRecord } from './ports/log.ts';
import type { HistoryEntry, KpiIncrement, OutboxMessage } from './ports/store.ts';

/** What decoding a record says. `E` is the event type of the topology. */
export type Decoded<E> =
  | { readonly kind: 'event'; readonly entityId: string; readonly event: E; readonly identity: EventIdentity }
  /** A record for the shard itself (the first record written by init, a heartbeat, a control record). */
  | { readonly kind: 'shard'; readonly identity?: EventIdentity }
  /** Never decodable: dead letter. `code` is short and stable, `message` says what is wrong and what to do. */
  | { readonly kind: 'poison'; readonly code: string; readonly message: string }
  /** The schema registry cannot be asked now: pause and try again. */
  | { readonly kind: 'retry'; readonly message: string };

export interface EventIdentity {
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  /** Event time, ms since the epoch. */
  readonly occurredAt: number;
}

/** What an entity is told. Timers carry no payload: the state knows which of its timers are due. */
export type Stimulus<E> =
  | { readonly kind: 'event'; readonly event: E; readonly identity: EventIdentity; readonly isLate: boolean }
  | { readonly kind: 'timer' }
  /** Decisions of this entity found in the decision log, in log order: they were released, whatever the state says. */
  | { readonly kind: 'adopt'; readonly decisions: readonly E[] };

export interface StepContext {
  readonly entityId: string;
  readonly partition: number;
  /** Stream time: append time of the record, or the time of the firing; ms since the epoch. */
  readonly nowMs: number;
  /** Watermark of a feed `source|type`; undefined when that feed was never seen in this shard. */
  watermark(feed: string): number | undefined;
}

export interface Effects {
  readonly outbox: readonly OutboxMessage[];
  readonly kpis: readonly KpiIncrement[];
  readonly history: readonly HistoryEntry[];
  /** Counted by the shell as `holdfast_step_total{outcome}`; e.g. late, duplicate, unverifiable, folded. */
  readonly outcome: string;
}

/** When the entity wants to be woken next. */
export interface Due {
  /** Earliest wall timer, ms; undefined when none. */
  readonly wallMs?: number;
  /** Earliest event-time timer, ms, fires once the watermark of `feed` passed it. */
  readonly eventTime?: { readonly dueMs: number; readonly feed: string };
}

/**
 * A kind of entity and its rules. `S` is owned by the engine between calls: `step` may change it in place, but when it
 * throws, the engine forgets every working copy of the batch, reads the committed states again and folds without the
 * record that threw.
 */
export interface Topology<S, E> {
  readonly name: string;
  /** Input topics of the shard, co-partitioned. */
  readonly inputs: readonly string[];
  /** The topic whose partition holds this topology's released decisions. */
  readonly decisionTopic: string;
  /** Layout written; compared with `minCodec`. */
  readonly codecVersion: number;
  /** Input records and, for adoption, records of the decision log. Synchronous once the schemas are known. */
  decode(record: LogRecord): Decoded<E> | Promise<Decoded<E>>;
  create(entityId: string): S;
  encode(state: S): Buffer;
  read(entityId: string, bytes: Buffer): S;
  step(state: S, stimulus: Stimulus<E>, context: StepContext): Effects;
  due(state: S): Due;
}
