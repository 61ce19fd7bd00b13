import type { FeatureReader, FeatureSlots } from '@holdfast/features';
import type { AttributeValue, CompiledPolicy, DerivedFeature, Scope } from './model.ts';

/** One customer at one moment. */
export interface ScopeInput {
  readonly slots: FeatureSlots;
  attribute(name: string): AttributeValue | undefined;
  readonly event?: Readonly<Record<string, unknown>> | undefined;
  readonly asOfMs: number;
  readonly cycleStartMs: number;
  /** The customer's line exists since then: windows that reach back further are covered. */
  readonly knownSinceMs?: number | undefined;
  readonly latched?: ((feature: string, level: number) => boolean) | undefined;
}

/** Scopes of one policy, one after the other. */
export interface Scopes {
  /** The scope of this moment; the one before must not be used any more. */
  at(input: ScopeInput): Scope;
}

type ScopePolicy = Pick<CompiledPolicy, 'features' | 'derived'>;

/**
 * What conditions look at. Declared and derived features are answered alike, each worked out when first asked for and
 * then remembered: make a new scope after each fold.
 */
export function scopeOf(policy: ScopePolicy, input: ScopeInput): Scope {
  return createScopes(policy).at(input);
}

/** A feature with what it was worked out to in a round. */
interface Place {
  round: number;
  value: number | undefined;
  readonly computed: DerivedFeature | undefined;
  readonly stored: FeatureReader | undefined;
}

/** Scopes without work of their own per moment: one scope, whose memory is out of date from the next `at` on. */
export function createScopes({ features, derived }: ScopePolicy): Scopes {
  const names = [...features.definitions.map(({ name }) => name), ...derived.keys()];
  const places = new Map(names.map((name): [string, Place] => [name, placeOf(name)]));
  let round = 0;
  let moment: ScopeInput;

  function placeOf(name: string): Place {
    return { round: 0, value: undefined, computed: derived.get(name), stored: features.reader(name) };
  }

  const scope: { -readonly [K in keyof Scope]: Scope[K] } = {
    attribute: (name) => moment.attribute(name),
    feature(name) {
      const place = places.get(name);
      if (place === undefined || place.round === round) return place?.value;
      const { computed, stored } = place;
      place.value = computed === undefined ? stored?.(moment.slots, moment) : computed.evaluate(scope);
      place.round = round;
      return place.value;
    },
    asOfMs: 0,
    event: undefined,
    latched: undefined,
  };
  return {
    at(input) {
      moment = input;
      round += 1;
      scope.asOfMs = input.asOfMs;
      scope.event = input.event;
      scope.latched = input.latched;
      return scope;
    },
  };
}
