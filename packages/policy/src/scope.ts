import type { FeatureSlots } from '@holdfast/features';
import type { AttributeValue, CompiledPolicy, Scope } from './model.ts';

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

/**
 * What conditions look at. Declared and derived features are answered alike, each worked out when first asked for and
 * then remembered: make a new scope after each fold.
 */
export function scopeOf(policy: Pick<CompiledPolicy, 'features' | 'derived'>, input: ScopeInput): Scope {
  const { slots, event, asOfMs, cycleStartMs, knownSinceMs, latched } = input;
  const known = new Map<string, number | undefined>();
  const scope: Scope = {
    attribute: (name) => input.attribute(name),
    feature(name) {
      const value = known.get(name);
      if (value !== undefined || known.has(name)) return value;
      const derived = policy.derived.get(name);
      const fresh =
        derived === undefined
          ? policy.features.value(slots, name, asOfMs, cycleStartMs, knownSinceMs)
          : derived.evaluate(scope);
      known.set(name, fresh);
      return fresh;
    },
    asOfMs,
    ...(event === undefined ? {} : { event }),
    ...(latched === undefined ? {} : { latched }),
  };
  return scope;
}
