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
  /** Followed by the entity id. */
  readonly toldPrefix: string;
  /** Followed by the campaign. */
  readonly kpiPrefix: string;
}

/** States, timers and KPI cells belong to a generation, `''` before the first rebuild; all else outlives it. */
export function shardKeys(shard: ShardId, generation = ''): ShardKeys {
  const all = keysUnder(shardPrefix(shard));
  const { due, statePrefix, kpiPrefix } = shadowKeys(shard, generation);
  return { ...all, due, statePrefix, kpiPrefix };
}

/** A generation that is being built: a whole shard beside the live one, in the same slot. */
export function shadowKeys(shard: ShardId, generation: string): ShardKeys {
  return keysUnder(shardPrefix(shard) + generationPart(generation));
}

function shardPrefix(shard: ShardId): string {
  return `{${shard.topology}:${shard.partition}}:`;
}

/** A state's key in two parts, between which `read-states` puts the generation that the shard's meta names. */
export function stateKeyParts(shard: ShardId, shadow: string | undefined, entityId: string): [string, string] {
  return [shardPrefix(shard) + generationPart(shadow ?? ''), `s:${entityId}`];
}

function generationPart(generation: string): string {
  return generation === '' ? '' : `g${generation}:`;
}

function keysUnder(prefix: string): ShardKeys {
  return {
    meta: `${prefix}meta`,
    due: `${prefix}due`,
    outbox: `${prefix}outbox`,
    journal: `${prefix}journal`,
    statePrefix: `${prefix}s:`,
    historyPrefix: `${prefix}h:`,
    toldPrefix: `${prefix}e:`,
    kpiPrefix: `${prefix}kpi:`,
  };
}

/** What delivery keeps beside the queue: one tag, because a feed entry and its sent mark are written together. */
export const contactKeys = {
  alerts: '{contact}:alerts',
  sent: (contactId: string) => `{contact}:sent:${contactId}`,
  sending: (contactId: string) => `{contact}:sending:${contactId}`,
  reference: (channel: string, reference: string) => `{contact}:ref:${channel}:${reference}`,
  suppress: (customerId: string, purpose: string) => `{contact}:suppress:${customerId}:${purpose}`,
  /** Of the work list: an item is opened together with its alert. `work-item.lua` says what lies under it. */
  work: '{contact}:work:',
};

/** Events that gateways appended about a customer lately. */
export function recentAnswersKey(customerId: string): string {
  return `{contact}:answers:${customerId}`;
}
const RECOMMENDATIONS = '{recommendation}:';

/** Recommendations that were given: one tag, because each is written with its indexes. */
export const recommendationKeys = {
  prefix: RECOMMENDATIONS,
  all: `${RECOMMENDATIONS}all`,
  entry: (id: string) => `${RECOMMENDATIONS}entry:${id}`,
  by: (askedBy: string) => `${RECOMMENDATIONS}by:${askedBy}`,
  of: (customerId: string) => `${RECOMMENDATIONS}of:${customerId}`,
  contact: (contactId: string) => `${RECOMMENDATIONS}contact:${contactId}`,
};

/** Interactions with customers, under one tag because they change together with the lists they are in. */
export const interactionKeys = {
  one: (id: string) => `{contact}:interaction:${id}`,
  ofCustomer: (customerId: string) => `{contact}:interactions:customer:${customerId}`,
  ofAgent: (agent: string) => `{contact}:interactions:agent:${agent}`,
};

/**
 * Webhooks: under the tag of the alert feed, because both streams are waited for in one call. A subscription's messages,
 * their times and its positions change together.
 */
export const webhookKeys = {
  subscriptions: '{contact}:webhooks',
  revision: '{contact}:webhooks:revision',
  members: '{contact}:webhooks:members',
  events: '{contact}:events',
  eventPlaces: '{contact}:events:places',
  lease: (id: string) => `{contact}:webhook:${id}:lease`,
  state: (id: string) => `{contact}:webhook:${id}:state`,
  due: (id: string) => `{contact}:webhook:${id}:due`,
  messages: (id: string) => `{contact}:webhook:${id}:messages`,
  ended: (id: string) => `{contact}:webhook:${id}:ended`,
};
