import type { Rules } from './topology.ts';

/** What a shard is configured with. The engine keeps it and hands it on; only the topology reads its text. */
export interface Configuration {
  /** Names it to people and in metrics, e.g. a content address. */
  readonly name: string;
  readonly text: string;
}

/** A configuration that was not put into force, and why. */
export interface RefusedConfiguration {
  readonly name: string;
  readonly message: string;
  /** Append time of its record, ms. */
  readonly atMs: number;
}

/** A configuration record that the shard was past when it had not put it into force. */
export type Refusal = Pick<RefusedConfiguration, 'name' | 'atMs'>;

/** Where in the stream a configuration record stands. All of it is committed state: a fold again finds the same. */
export interface ConfigurationPlace {
  /** Append time of the record, ms. */
  readonly atMs: number;
  /** How far each feed had come before it, by `source|type`, ms. */
  readonly watermarks: ReadonlyMap<string, number>;
}

export type OpenedConfiguration<S, E> =
  | { readonly kind: 'opened'; readonly rules: Rules<S, E> }
  /** This release cannot work by it. */
  | { readonly kind: 'refused'; readonly message: string };

export type TakenConfiguration<S, E> =
  | {
      readonly kind: 'taken';
      /** What the shard keeps: what came, and what was made of it at its place. */
      readonly kept: Configuration;
      readonly rules: Rules<S, E>;
      /** Some state may be due at another time than before: the index of timers is gone through. */
      readonly isDueChanged: boolean;
    }
  /** It is in force already. */
  | { readonly kind: 'unchanged' }
  /** What was in force stays. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * How a topology is configured by records of its inputs. The topology's own rules hold until the first of them. Both
 * calls answer the same for the same arguments in one release, and never throw.
 */
export interface ConfigurationRules<S, E> {
  /** The rules of a configuration that the shard kept. */
  open(kept: Configuration): OpenedConfiguration<S, E>;
  /** Puts what a record brought into force. `inForce` is what the shard keeps; undefined before the first. */
  take(brought: Configuration, inForce: Configuration | undefined, place: ConfigurationPlace): TakenConfiguration<S, E>;
}

/** What is in force in a shard, for people. */
export interface ConfigurationStanding {
  /** Undefined before the first: the topology's own rules. */
  readonly name: string | undefined;
  /** The newest record brought another, which was refused. */
  readonly refused: RefusedConfiguration | undefined;
  /** The index of timers is being gone through. */
  readonly isSweeping: boolean;
}
