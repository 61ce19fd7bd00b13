import type { ConfigurationRules } from './configuration.ts';
import type { LogRecord } from './ports/log.ts';
import type { HistoryEntry, KpiIncrement, OutboxMessage } from './ports/store.ts';

/** What decoding a record says. `E` is the event type of the topology. */
export type Decoded<E> =
  | { readonly kind: 'event'; readonly entityId: string; readonly event: E; readonly identity: EventIdentity }
  /** A record for the shard itself (the first record written by init, a heartbeat, a control record). */
  | { readonly kind: 'shard'; readonly identity?: EventIdentity }
  /** Everything known of the entity goes, and what happened to it before is told to nobody any more. */
  | { readonly kind: 'erasure'; readonly entityId: string }
  /** Configures the shard from here on: `text` is for `ConfigurationRules.take`. */
  | { readonly kind: 'configuration'; readonly name: string; readonly text: string }
  /** The shard keeps `text` under this name until another record says otherwise; every later step sees it. */
  | { readonly kind: 'setting'; readonly name: string; readonly text: string; readonly identity?: EventIdentity }
  /** Tells the shard itself something: for `Rules.stepShard`. */
  | { readonly kind: 'shard-event'; readonly event: E; readonly identity?: EventIdentity }
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

/**
 * What a step may know beside what it is told. All of it is committed state, or was said by a record before. Only to be
 * looked at during the step.
 */
export interface ShardContext {
  readonly partition: number;
  /** Of every input. */
  readonly partitionCount: number;
  /** Stream time: append time of the record, or the time of the firing; ms since the epoch. */
  readonly nowMs: number;
  /** Watermark of a feed `source|type`; undefined when that feed was never seen in this shard. */
  watermark(feed: string): number | undefined;
  /** A number of this shard, with what steps before this one made of it; 0 when absent or past its time. */
  tally(name: string): number;
  /** What the newest record that named this setting said; undefined before the first. */
  setting(name: string): string | undefined;
}

export interface StepContext extends ShardContext {
  readonly entityId: string;
}

/** A change of a number of the shard. The names are the topology's. */
export interface TallyChange {
  readonly name: string;
  /** An integer; what comes to 0 is forgotten. */
  readonly by: number;
  /** From then on the number is 0, ms since the epoch; it stays as it was where this is absent. */
  readonly untilMs?: number;
}

export interface Effects {
  readonly outbox: readonly OutboxMessage[];
  readonly kpis: readonly KpiIncrement[];
  readonly history: readonly HistoryEntry[];
  /** Numbers of the shard, committed with the states: what its entities share. */
  readonly tallies?: readonly TallyChange[];
  /** Counted by the shell as `holdfast_step_total{outcome}`; e.g. late, duplicate, unverifiable, folded. */
  readonly outcome: string;
  /** The record of the event is kept with the entity, among the newest of those; see `Topology.keepsFromLayout`. */
  readonly isKept?: true;
  /**
   * The event came later than its feed, or than a window that would have counted it. `folded`: it counts where it still
   * belongs. `set-aside`: it counts nowhere, and its record is kept with the dead letters.
   */
  readonly late?: 'folded' | 'set-aside';
}

/** What the shard was told is not to be believed: nothing of it counts, and its record is kept with the dead letters. */
export interface RefusedEvent {
  /** `code` is short and stable, `message` says what is wrong. */
  readonly refused: { readonly code: string; readonly message: string };
}

/** When the entity wants to be woken next. */
export interface Due {
  /** Earliest wall timer, ms; undefined when none. */
  readonly wallMs?: number;
  /** Earliest event-time timer, ms, fires once the watermark of `feed` passed it. */
  readonly eventTime?: { readonly dueMs: number; readonly feed: string };
}

/** How a topology's entities are erased and remembered as erased. */
export interface ErasureRules<E> {
  /** The input that holds erasures. At a claim it is read to its end before anything is folded. */
  readonly topic: string;
  /** The keyed hash by which an erased entity is remembered, `key name.hash`; absent in a process without the key. */
  readonly markOf?: (entityId: string) => string;
  /** False for what only tells how something earlier went on: it makes nobody anew who was erased. */
  opens(event: E): boolean;
}

/**
 * What states refer to by name instead of holding it each. A shard keeps every entry that one of its states may refer to:
 * it is written with the first commit of a claim, before any state that needs it.
 */
export interface StateDictionary {
  /** Text by name, of what `encode` may refer to. */
  readonly entries: Readonly<Record<string, string>>;
  /** Entries of a shard: states of it that `read` is given refer to these. `read` throws where one is missing. */
  learn(entries: Readonly<Record<string, string>>): void;
}

/**
 * How entities are folded and written. Where a topology can be configured, each configuration has rules of its own, and
 * rules of one read the states that those of another wrote: by the dictionary. `S` is owned by the engine between calls: `step` may change it in place, but when it
 * throws, the engine forgets every working copy of the batch, reads the committed states again and folds without the
 * record that threw.
 */
export interface Rules<S, E> {
  create(entityId: string): S;
  /** In a layout from 1 to `codecVersion`: the one the shard was finalised for, so that the release before can read it. */
  encode(state: S, layout: number): Buffer;
  /** `bytes` are only to be read, and only until the state was encoded: they may lie in the cache. */
  read(entityId: string, bytes: Buffer): S;
  step(state: S, stimulus: Stimulus<E>, context: StepContext): Effects;
  due(state: S): Due;
  /** What a record tells the shard itself, and no entity. Absent where records tell it nothing. */
  stepShard?(event: E, context: ShardContext): Effects | RefusedEvent;
  /** Absent where states hold everything themselves. */
  readonly dictionary?: StateDictionary;
}

/** A kind of entity: where it is told things, and its rules before it is configured. */
export interface Topology<S, E> extends Rules<S, E> {
  readonly name: string;
  /** Input topics of the shard, co-partitioned. */
  readonly inputs: readonly string[];
  /** The topic whose partition holds this topology's released decisions. */
  readonly decisionTopic: string;
  /** Newest layout it reads and writes; a shard whose `minCodec` is higher is not claimed. */
  readonly codecVersion: number;
  /**
   * Records are kept with entities in shards finalised for this layout or a later one: a worker that writes earlier ones may
   * not know of them, and would leave them behind at an erasure. Absent where none are kept.
   */
  readonly keepsFromLayout?: number;
  /** Input records and, for adoption, records of the decision log. Synchronous once the schemas are known. */
  decode(record: LogRecord): Decoded<E> | Promise<Decoded<E>>;
  /** Absent where the topology's own rules are all there is. */
  readonly configuration?: ConfigurationRules<S, E>;
  /** Absent where nobody can be erased. */
  readonly erasure?: ErasureRules<E>;
}
