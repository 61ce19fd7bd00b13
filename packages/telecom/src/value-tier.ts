import { type CompiledPolicy, type Scope, tierOf, VALUE_TIER } from '@holdfast/policy';
import type { CustomerState } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { markFired } from './firings.ts';
import { tierOccasion } from './occasion.ts';

/** Under this name, which no trigger can have, the tier of a customer is kept among what had its turn. */
export const TIER_KEEPER = '@tier';

/** The tier a customer is in as of the scope: the one he was in last counts, so that he does not flap at the edge. */
export function valueTier(state: CustomerState, { tiers }: CompiledPolicy, scope: Scope): string | undefined {
  return tierOf(tiers, scope, heldTier(state));
}

/** Remembers a tier that has changed. */
export function keepTier(state: CustomerState, scope: Scope, nowMs: number, effects: EffectCollector): void {
  const tier = scope.attribute(VALUE_TIER);
  const name = typeof tier === 'string' ? tier : undefined;
  if (name === heldTier(state)) return;
  const firing = { trigger: TIER_KEEPER, occasion: tierOccasion(name ?? ''), at: nowMs, isLatched: false };
  if (markFired(state.dealings.change(), firing)) effects.trimmed();
}

function heldTier(state: CustomerState): string | undefined {
  const kept = state.dealings.read().firings.find(({ trigger }) => trigger === TIER_KEEPER);
  return kept?.occasion.slice(tierOccasion('').length) || undefined;
}
