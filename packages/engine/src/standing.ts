import type { ConfigurationStanding } from './configuration.ts';
import type { InputStanding } from './lag.ts';
import type { ShardPhase } from './ports/observer.ts';

/** Why a shard that could fold does not, as long as it lasts: nothing that a restart would mend. */
export type Hindrance = 'outbox-full' | 'registry';

/** A feed that is behind timers which wait for it: it is silent, its customers may not be. */
export interface HeldBackFeed {
  /** `source|type`. */
  readonly feed: string;
  /** Timers of customers that would fire had the feed come so far, about. */
  readonly timers: number;
}

/** Where a claim stands, for metrics and watchdogs. */
export interface ClaimStanding {
  readonly inputs: readonly InputStanding[];
  /** Age of the oldest record of the log that was not folded, ms; 0 at the end. */
  readonly behindMs: number;
  readonly outboxLength: number;
  readonly hindrance: Hindrance | undefined;
  readonly heldBack: readonly HeldBackFeed[];
  /** How far each feed has come in event time, ms since the epoch. */
  readonly watermarks: ReadonlyMap<string, number>;
  readonly configuration: ConfigurationStanding;
}

/** Where a shard stands. Without a claim nothing is known of its inputs. */
export interface ShardStanding {
  readonly partition: number;
  readonly phase: ShardPhase;
  readonly claim: ClaimStanding | undefined;
  /** For how long it should have moved and did not, ms; 0 when it moves or has nothing to do. */
  readonly stalledMs: number;
}
