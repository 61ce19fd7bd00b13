import type { EventInput } from '@holdfast/events';

export interface SuppressKeys {
  suppress(customerId: string, scope: string, ttlSeconds: number): Promise<void>;
}

/** Long enough for a shard that has fallen behind; the state answers for itself once it folded the opt-out. */
const HOLD_SECONDS = 24 * 3600;
/** What is allowed again lifts the hold by letting it run out. */
const LIFT_SECONDS = 1;

/** Sets a hold, or lifts it, for contacts of a customer in a scope that the dispatcher looks at. */
export async function setHold(
  keys: SuppressKeys,
  { customerId, scope, isHeld }: { readonly customerId: string; readonly scope: string; readonly isHeld: boolean },
): Promise<void> {
  await keys.suppress(customerId, scope, isHeld ? HOLD_SECONDS : LIFT_SECONDS);
}

/** The hold for a consent event, under the scope `<purpose>:<channel>`. */
export async function holdForConsent(event: EventInput<'ConsentChanged'>, keys: SuppressKeys): Promise<void> {
  const scope = `${(event.purpose ?? 'MARKETING').toLowerCase()}:${event.channel}`;
  await setHold(keys, { customerId: event.customerId, scope, isHeld: !event.granted });
}
