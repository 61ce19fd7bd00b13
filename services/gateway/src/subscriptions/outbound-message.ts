import { hash } from 'node:crypto';
import type { OutboundStream } from '@holdfast/redis';
import { z } from 'zod';
import type { HubApi } from './hub-events.ts';
import type { Filter, MessageKind, Subscription } from './subscription.ts';
import { KINDS } from './subscription.ts';

/** What subscriptions choose by; empty where it is not known. */
export interface MessagePlace {
  readonly desk: string;
  readonly team: string;
  readonly tier: string;
  readonly play: string;
  readonly accountManager: string;
}

/** What an event of a hub is to subscriptions that choose by kind. */
export const KIND_OF_HUB: Readonly<Record<HubApi, MessageKind>> = { TMF680: 'recommendation', TMF683: 'interaction' };

/** `customerId`: whom it is about. The resource within names him as its interface does; he is forgotten by this field. */
export const HUB_ORIGIN = z.object({
  api: z.enum(['TMF680', 'TMF683']),
  eventId: z.string(),
  customerId: z.string(),
});
export type HubOrigin = z.output<typeof HUB_ORIGIN>;

/** Something that subscribers may be told. */
export interface OutboundMessage {
  /** The same however often and to whomever it is sent. */
  readonly id: string;
  readonly kind: MessageKind;
  /** The record's name: `AlertRaised`, `OfferAccepted`, a TM Forum event type. */
  readonly name: string;
  readonly timeMs: number;
  /** Of an event of a TM Forum interface. */
  readonly hub?: HubOrigin;
  readonly place: MessagePlace;
  readonly data: Readonly<Record<string, unknown>>;
}

const text = z.string().catch('');
const place = z.object({ desk: text, team: text, tier: text, play: text, accountManager: text });
const data = z.record(z.string(), z.unknown());
const message = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  name: z.string(),
  timeMs: z.number(),
  hub: HUB_ORIGIN.exactOptional(),
  place,
  data,
});
const alert = z.looseObject({ contactId: z.string(), decidedAt: z.number() });

/** Opaque and safe in a URL and a header, whatever the id of the thing itself looks like. */
export function messageId(kind: string, id: string): string {
  return `msg_${hash('sha256', `${kind}\n${id}`, 'base64url').slice(0, 24)}`;
}

/** Reads an entry of either stream; undefined for one that is none of ours. */
export function readEntry(stream: OutboundStream, json: string): OutboundMessage | undefined {
  const value = parsed(json);
  if (stream === 'events') return message.safeParse(value).data;
  const found = alert.safeParse(value).data;
  if (found === undefined) return undefined;
  const { contactId, decidedAt } = found;
  const id = messageId('alert', contactId);
  return { id, kind: 'alert', name: 'AlertRaised', timeMs: decidedAt, place: place.parse(found), data: found };
}

export function writeMessage(outbound: OutboundMessage): string {
  return JSON.stringify(outbound);
}

/** Whether a subscription asks for it. */
export function isWanted(subscription: Subscription, outbound: OutboundMessage): boolean {
  const { api, eventTypes, kinds, filter } = subscription;
  if (outbound.hub && !hearsHub(subscription, outbound.hub.api)) return false;
  if (api !== undefined) {
    return outbound.hub !== undefined && (eventTypes.length === 0 || eventTypes.includes(outbound.name));
  }
  return kinds.includes(outbound.kind) && isInside(filter, outbound.place);
}

/** Whether a subscription may ask for events that the hub of an interface tells of. */
export function hearsHub({ api, kinds }: Subscription, hub: HubApi): boolean {
  if (api !== undefined) return api === hub;
  // What a TMF683 hub tells of is an event of the log as well, and comes from there.
  return hub !== 'TMF683' && kinds.includes(KIND_OF_HUB[hub]);
}

function isInside(filter: Filter, where: MessagePlace): boolean {
  return FIELDS.every((field) => filter[field] === undefined || filter[field].includes(where[field]));
}

const FIELDS = ['desk', 'team', 'tier', 'play', 'accountManager'] as const satisfies readonly (keyof MessagePlace)[];

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
