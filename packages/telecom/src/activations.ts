import type { CompiledPolicy, CompiledTrigger } from '@holdfast/policy';
import { isRecorded } from './freshness.ts';
import { createSourceHash } from './identity-hash.ts';

/** Since when the definition of a trigger with a latch is in force in a shard. */
export interface Activation {
  /** Of what the latch is: two of one definition are one. */
  readonly definition: string;
  /** Append time of the record that brought it, ms. */
  readonly atMs: number;
  /** How far feeds that replay recorded history had come by then, event time, ms; 0 where there was none. */
  readonly recordedMs: number;
}

/** By trigger; those are missing whose definition was there before the first published policy. */
export type Activations = Readonly<Record<string, Activation>>;

/** Before: the policy that was in force, and its activations. */
export function activationsOf(
  policy: CompiledPolicy,
  before: { readonly policy: CompiledPolicy; readonly activations: Activations },
  place: { readonly atMs: number; readonly watermarks: ReadonlyMap<string, number> },
): Activations {
  const { atMs } = place;
  const recordedMs = recordedReached(place.watermarks);
  const activations: Record<string, Activation> = {};
  for (const trigger of latched(policy)) {
    const definition = definitionOf(trigger, policy);
    const known = before.policy.triggers.get(trigger.id);
    const isKnown = known !== undefined && definitionOf(known, before.policy) === definition;
    const activation = isKnown ? before.activations[trigger.id] : { definition, atMs, recordedMs };
    if (activation) activations[trigger.id] = activation;
  }
  return activations;
}

/** Whether some state may be due at another time under the second policy than under the first. */
export function changesDues(before: CompiledPolicy, after: CompiledPolicy): boolean {
  return duesOf(before) !== duesOf(after);
}

function latched({ triggers }: CompiledPolicy): readonly CompiledTrigger[] {
  return [...triggers.values()].filter(({ on, latches }) => on !== undefined && latches.length > 0);
}

/** What a latch shuts on: the source, the levels, and what the features it looks at are made of. */
function definitionOf({ on, latches, occasion }: CompiledTrigger, policy: CompiledPolicy): string {
  const features = latches.map(({ feature }) => featureText(feature, policy));
  const hash = { high: 0, low: 0 };
  hashText('', JSON.stringify([on, latches, occasion, features]), hash);
  return [hash.high, hash.low].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function featureText(name: string, { features, derived }: CompiledPolicy): readonly string[] {
  const made = derived.get(name);
  const names = made ? made.features : [name];
  const definitions = features.definitions.filter((definition) => names.includes(definition.name));
  return [made?.source ?? '', ...definitions.map((definition) => JSON.stringify(definition))];
}

/** Triggers that no event but time fires, without what they ask and say once they are due; a day may be over for one. */
function duesOf({ triggers }: CompiledPolicy): string {
  const timed = [...triggers.values()].filter(({ on }) => on === undefined);
  const texts = timed.map(({ when: _when, reason: _reason, ...rest }) => JSON.stringify(rest));
  return texts.sort().join('\n');
}

function recordedReached(watermarks: ReadonlyMap<string, number>): number {
  let reached = 0;
  for (const [feed, mark] of watermarks) if (isRecorded(feed)) reached = Math.max(reached, mark);
  return reached;
}

const hashText = createSourceHash();
