import type { Contact } from './ports.ts';

export interface SuppressKeys {
  isSuppressed(customerId: string, scope: string): Promise<boolean>;
}

/** Whether the gateway saw an opt-out for this kind of contact, on its channel or on all, that may not be folded yet. */
export async function isHeldBack({ job, decision }: Contact, keys: SuppressKeys): Promise<boolean> {
  const scopes = [`${decision.kind}:${job.channel}`, `${decision.kind}:*`];
  const answers = await Promise.all(scopes.map((scope) => keys.isSuppressed(job.entityId, scope)));
  return answers.includes(true);
}
