import { createHash, randomUUID } from 'node:crypto';
import type { EventOf } from '@holdfast/events';
import { kpiCode } from '@holdfast/telecom';
import { OUTCOMES, type Outcome, type OutcomeKind } from '../outcomes/outcome.ts';
import { DESK_SOURCE } from '../outcomes/outcome-events.ts';
import type { CreateBody, InteractionItem, PartyInteraction, UpdateBody } from './party-interaction-schema.ts';

const CUSTOMER = 'customer';
const AGENT = 'agent';
const CONTACT = 'contact';

/** An interaction as it is kept: with whom, by whom, and the resource. */
export interface KeptInteraction {
  readonly customerId: string;
  readonly agent: string;
  readonly resource: PartyInteraction;
}

/** Made again under the same key, by the same caller and of the same customer, it is the same one. */
export function interactionId(of: readonly string[], requestKey: string | undefined): string {
  if (requestKey === undefined) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([...of, requestKey]))
    .digest('base64url')
    .slice(0, 32);
}

/** The customer it is with: the one party of that role. */
export function customerOf(parties: CreateBody['relatedParty']): string | undefined {
  const customers = new Set(parties.filter(({ role }) => role?.toLowerCase() === CUSTOMER).map(({ id }) => id));
  const [only, ...others] = customers;
  return others.length === 0 ? only : undefined;
}

export interface Making {
  readonly id: string;
  readonly href: string;
  readonly agent: string;
  readonly nowMs: number;
}

export function begun(body: CreateBody, { id, href, agent, nowMs }: Making): PartyInteraction {
  const now = new Date(nowMs).toISOString();
  const { interactionItem } = body;
  return {
    ...body,
    id,
    href,
    creationDate: now,
    statusChangeDate: now,
    relatedParty: withAgent(body.relatedParty, agent),
    ...(interactionItem && { interactionItem: named(interactionItem, now) }),
  };
}

/** What a change makes of it; who had it stays who had it. */
export function changed(kept: KeptInteraction, body: UpdateBody, nowMs: number): PartyInteraction {
  const { resource, agent } = kept;
  const now = new Date(nowMs).toISOString();
  const { creationDate: _, statusChangeDate: __, relatedParty, interactionItem, ...rest } = body;
  const hasTurned = body.status !== undefined && body.status !== resource.status;
  return {
    ...resource,
    // What came as JSON has no fields that are undefined.
    ...(rest as Partial<PartyInteraction>),
    ...(relatedParty && { relatedParty: withAgent(relatedParty, agent) }),
    ...(interactionItem && { interactionItem: named(interactionItem, now) }),
    ...(hasTurned && { statusChangeDate: now }),
  };
}

/** The agent is whoever called, whatever the body says. */
function withAgent(parties: CreateBody['relatedParty'], agent: string): CreateBody['relatedParty'] {
  const others = parties.filter(({ role }) => role?.toLowerCase() !== AGENT);
  return [...others, { id: agent, href: agent, role: AGENT, '@referredType': 'Individual' }];
}

/** Each item has an id, so that what became of a contact is told once, however often the interaction is sent. */
function named(items: readonly InteractionItem[], now: string): InteractionItem[] {
  return items.map((item, index) => ({
    ...item,
    id: item.id ?? String(index + 1),
    creationDate: item.creationDate ?? now,
  }));
}

export type ReadItems =
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'refused'; readonly message: string };

/** The outcomes that the items of an interaction tell; what is about other things is kept and says nothing here. */
export function outcomesOf(customerId: string, { id, interactionItem = [] }: PartyInteraction): ReadItems {
  const outcomes: Outcome[] = [];
  for (const item of interactionItem) {
    const read = outcomeOf(customerId, id, item);
    if (typeof read === 'string') return { kind: 'refused', message: `interactionItem ${item.id}: ${read}` };
    if (read !== undefined) outcomes.push(read);
  }
  return { kind: 'outcomes', outcomes };
}

function outcomeOf(customerId: string, interaction: string, item: InteractionItem): Outcome | string | undefined {
  const { resolution = '', reason, itemDate } = item;
  const outcome = OUTCOMES.find((known) => known === resolution);
  const isContact = item.item?.role.toLowerCase() === CONTACT;
  if (outcome === undefined) {
    // A contact that was not spoken of yet has no resolution.
    return isContact && resolution !== '' ? `resolution is none of ${OUTCOMES.join(', ')}` : undefined;
  }
  const contactId = isContact ? item.item?.id : undefined;
  if (contactId === undefined && outcome !== 'do_not_contact') {
    return 'names no contact; send item with its contact id and the role contact';
  }
  return {
    ...{ customerId, outcome, contactId },
    ...detailOf(outcome, reason, itemDate?.endDateTime),
    ...(itemDate?.startDateTime && { occurredAt: Date.parse(itemDate.startDateTime) }),
    requestId: `${interaction}:${item.id}`,
  };
}

function detailOf(outcome: OutcomeKind, reason: string | undefined, until: string | undefined): Partial<Outcome> {
  if (outcome === 'rejected' && reason !== undefined) return { reason: kpiCode(reason) || 'other' };
  return outcome === 'deferred' && until !== undefined ? { until: Date.parse(until) } : {};
}

/** That the customer called or came; undefined where he was called. */
export function openedBy(kept: KeptInteraction): EventOf<'ContactOpened'> | undefined {
  const { customerId, agent, resource } = kept;
  if (resource.direction !== 'inbound') return undefined;
  return {
    type: 'ContactOpened',
    eventId: `desk:opened:${resource.id}`,
    source: DESK_SOURCE,
    occurredAt: Date.parse(resource.creationDate),
    customerId,
    interactionId: resource.id,
    channel: resource.channel[0]?.id ?? '',
    // What somebody wrote stays with the interaction.
    reason: kpiCode(resource.reason),
    agent,
  };
}
