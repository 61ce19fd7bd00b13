import type { Collection } from './collection.ts';
import type { Fault } from './dead-letter.ts';
import type { Entity } from './entity.ts';
import type { Settings } from './settings.ts';
import type { Tallies } from './tallies.ts';
import type { Effects, Rules, Stimulus } from './topology.ts';
import type { Watermarks } from './watermarks.ts';

/** What of a shard the rules may ask for. */
export interface Known {
  readonly watermarks: Watermarks;
  readonly tallies: Tallies;
  readonly settings: Settings;
}

export interface SteppingOptions {
  readonly partition: number;
  readonly partitionCount: number;
}

/** Calls the rules with what they may know, and takes in what they say. `streamTimeMs` is how far the shard had come. */
export interface Stepping<S, E> {
  step(entity: Entity<S>, stimulus: Stimulus<E>, nowMs: number, streamTimeMs: number): Effects;
  /** Answers the outcome, or why nothing of it counts. */
  stepShard(event: E, nowMs: number, streamTimeMs: number): string | Fault;
}

export function createStepping<S, E>(
  rules: Rules<S, E>,
  { watermarks, tallies, settings }: Known,
  collection: Pick<Collection, 'add'>,
  { partition, partitionCount }: SteppingOptions,
): Stepping<S, E> {
  // One for all steps of a fold, filled anew for each: an object per event would be collected.
  const context = {
    entityId: '',
    partition,
    partitionCount,
    nowMs: 0,
    watermark: watermarks.get,
    tally: (name: string): number => tallies.at(name, context.nowMs),
    setting: settings.get,
  };

  const take = (effects: Effects, streamTimeMs: number): void => {
    collection.add(effects);
    if (effects.tallies) tallies.change(effects.tallies, streamTimeMs);
  };

  return {
    step(entity, stimulus, nowMs, streamTimeMs) {
      context.entityId = entity.id;
      context.nowMs = nowMs;
      const effects = rules.step(entity.state, stimulus, context);
      entity.isDirty = true;
      take(effects, streamTimeMs);
      return effects;
    },
    stepShard(event, nowMs, streamTimeMs) {
      if (!rules.stepShard) return 'shard';
      context.entityId = '';
      context.nowMs = nowMs;
      const answer = rules.stepShard(event, context);
      if ('refused' in answer) return answer.refused;
      take(answer, streamTimeMs);
      return answer.outcome;
    },
  };
}
