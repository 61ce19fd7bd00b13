import type { CompiledPolicy, CompiledTrigger } from '@holdfast/policy';
import { activationsOf } from './activations.ts';

/** What a trigger does first where its definition comes into force among customers who live already. */
export type TriggerStart =
  /** A value beyond its level shuts the latch without firing. */
  | 'primed'
  /** Silences that run are counted from their last event; those too old for its freshness are closed without firing. */
  | 'armed'
  /** It waits for the next of its days. */
  | 'scheduled'
  /** It looks at the next event. */
  | 'next-event'
  | 'removed';

/** A feature whose past is not there: new, or defined otherwise than before. */
export interface FeatureStart {
  readonly feature: string;
  /** Its window is known for everybody so long after the switch, ms; null where it begins with the next event or cycle. */
  readonly knownAfterMs: number | null;
}

/** What a switch from one policy to another does to customers whom nobody tells anything. */
export interface PolicyEffects {
  readonly features: readonly FeatureStart[];
  readonly droppedFeatures: readonly string[];
  /** Those that are new, gone, or wait for something else than before. */
  readonly triggers: readonly { readonly trigger: string; readonly start: TriggerStart }[];
  /** At most, of the features in one customer's state; null where there is no policy before. */
  readonly bytesBefore: number | null;
  readonly bytesAfter: number;
}

/** Reads from two policies what a shard will do when it switches. */
export function policyEffects(before: CompiledPolicy | undefined, after: CompiledPolicy): PolicyEffects {
  const known = new Set(before?.features.definitions.map(asText));
  const names = new Set(after.features.definitions.map(({ name }) => name));
  const gone = [...(before?.triggers.keys() ?? [])].filter((id) => !after.triggers.has(id));
  return {
    features: after.features.definitions
      .filter((definition) => !known.has(asText(definition)))
      .map(({ name, window }) => ({ feature: name, knownAfterMs: reachOf(window) })),
    droppedFeatures: (before?.features.definitions ?? []).map(({ name }) => name).filter((name) => !names.has(name)),
    triggers: [...startsOf(before, after), ...gone.map((trigger) => ({ trigger, start: 'removed' as const }))],
    bytesBefore: before?.features.maxBytes ?? null,
    bytesAfter: after.features.maxBytes,
  };
}

function startsOf(before: CompiledPolicy | undefined, after: CompiledPolicy): PolicyEffects['triggers'] {
  const primed = before ? primedBy(before, after) : new Set<string>();
  const startOf = (trigger: CompiledTrigger): TriggerStart | undefined => {
    if (primed.has(trigger.id)) return 'primed';
    const known = before?.triggers.get(trigger.id);
    if (known && waitsFor(known) === waitsFor(trigger)) return undefined;
    if (trigger.schedule) return 'scheduled';
    return trigger.on === undefined ? 'armed' : 'next-event';
  };
  return [...after.triggers.values()].flatMap((trigger) => {
    const start = startOf(trigger);
    return start === undefined ? [] : [{ trigger: trigger.id, start }];
  });
}

/** Triggers whose latches the switch gives a beginning. */
function primedBy(before: CompiledPolicy, after: CompiledPolicy): ReadonlySet<string> {
  const place = { atMs: 0, watermarks: new Map<string, number>() };
  return new Set(Object.keys(activationsOf(after, { policy: before, activations: {} }, place)));
}

/** All of a trigger but what it says and how long it stays fresh; what time fires is asked its condition when it is due. */
function waitsFor({ reason: _reason, freshnessMs: _freshness, when, ...rest }: CompiledTrigger): string {
  return JSON.stringify([rest.on === undefined ? '' : when.source, rest]);
}

/** Functions are compiled from the rest. */
function asText(definition: object): string {
  return JSON.stringify(definition);
}

function reachOf(window: object): number | null {
  const { lengthMs, offsetMs } = window as { readonly lengthMs?: number; readonly offsetMs?: number };
  return lengthMs === undefined ? null : lengthMs + (offsetMs ?? 0);
}
