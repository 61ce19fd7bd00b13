import type { Released } from './ports.ts';

export interface SuppressKeys {
  isSuppressed(customerId: string, ...scopes: readonly string[]): Promise<boolean>;
}

/** Nothing is to be sent at all. */
const EVERYTHING = '*';

/**
 * Whether the gateway saw that may not be folded yet: an opt-out for this kind of contact, on its channel or on all, or a
 * wish not to be contacted at all.
 */
export async function isHeldBack({ job, decision }: Released, keys: SuppressKeys): Promise<boolean> {
  return keys.isSuppressed(job.entityId, `${decision.kind}:${job.channel}`, `${decision.kind}:*`, EVERYTHING);
}
