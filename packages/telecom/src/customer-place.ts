import { type CompiledPolicy, type Scope, VALUE_TIER } from '@holdfast/policy';
import { customerScope, cycleOf, surroundingsOf } from './scope.ts';
import { decodeCustomerState } from './state-codec.ts';

/** What says whose customer somebody is: his tier as decisions name it, his city, who looks after him. '' is not known. */
export interface CustomerPlace {
  readonly tier: string;
  readonly city: string;
  readonly accountManager: string;
}

/** Reads it from a stored state. Throws on a layout of a later release. */
export function customerPlace(
  customerId: string,
  stateBytes: Buffer,
  policy: CompiledPolicy,
  nowMs: number,
): CustomerPlace {
  const state = decodeCustomerState(customerId, stateBytes);
  const surroundings = surroundingsOf(policy);
  const cycle = cycleOf(state, nowMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs: nowMs, cycle }, surroundings);
  return placeIn(scope, policy);
}

/** Reads it where the customer is looked at already. */
export function placeIn(scope: Scope, { tiers }: CompiledPolicy): CustomerPlace {
  const text = (name: string) => {
    const value = scope.attribute(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    tier: text(tiers.length > 0 ? VALUE_TIER : 'tier'),
    city: text('city'),
    accountManager: text('account_manager'),
  };
}
