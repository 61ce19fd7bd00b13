import type { ShardId } from '@holdfast/engine';

/** Every key name in Redis is built here. A shard's keys share one hash tag, so they live in one cluster slot. */
export interface ShardKeys {
  readonly meta: string;
  readonly due: string;
  readonly outbox: string;
  readonly journal: string;
  /** Followed by the entity id. */
  readonly statePrefix: string;
  /** Followed by the entity id. */
  readonly historyPrefix: string;
  /** Followed by the campaign. */
  readonly kpiPrefix: string;
}

export function shardKeys(shard: ShardId): ShardKeys {
  const tag = `{${shard.topology}:${shard.partition}}`;
  return {
    meta: `${tag}:meta`,
    due: `${tag}:due`,
    outbox: `${tag}:outbox`,
    journal: `${tag}:journal`,
    statePrefix: `${tag}:s:`,
    historyPrefix: `${tag}:h:`,
    kpiPrefix: `${tag}:kpi:`,
  };
}

/** What delivery keeps beside the queue: one tag, because a feed entry and its sent mark are written together. */
export const contactKeys = {
  alerts: '{contact}:alerts',
  sent: (contactId: string) => `{contact}:sent:${contactId}`,
  sending: (contactId: string) => `{contact}:sending:${contactId}`,
  suppress: (customerId: string, purpose: string) => `{contact}:suppress:${customerId}:${purpose}`,
};
