import type { EventInput } from '@holdfast/events';

export interface SuppressKeys {
  suppress(customerId: string, scope: string, ttlSeconds: number): Promise<void>;
}

/** Long enough for a shard that has fallen behind; the state answers for itself once it folded the consent. */
const HOLD_SECONDS = 24 * 3600;
/** A renewed consent lifts the hold by letting it run out. */
const LIFT_SECONDS = 1;

/** The hold for a consent event, under the scope `<purpose>:<channel>` that the dispatcher looks at. */
export async function holdForConsent(event: EventInput<'ConsentChanged'>, keys: SuppressKeys): Promise<void> {
  const scope = `${(event.purpose ?? 'MARKETING').toLowerCase()}:${event.channel}`;
  await keys.suppress(event.customerId, scope, event.granted ? LIFT_SECONDS : HOLD_SECONDS);
}
