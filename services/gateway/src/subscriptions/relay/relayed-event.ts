import type { LogEvent } from '@holdfast/events';
import { type MessagePlace, messageId, type OutboundMessage } from '../outbound-message.ts';
import type { MessageKind } from '../subscription.ts';

/** The kinds whose messages come from the log. */
export const LOG_KINDS: readonly MessageKind[] = ['decision', 'work-item', 'interaction'];

export interface RelayedEvent extends OutboundMessage {
  readonly data: OutboundMessage['data'] & { readonly customerId: string };
}

/** What subscribers are told of an event of the log; undefined for what is of no kind they can ask for. */
export function relayedEvent(event: LogEvent): RelayedEvent | undefined {
  if (!('customerId' in event)) return undefined;
  const kind = kindOf(event.type);
  const { type, ...data } = event;
  const id = messageId(kind, `${event.source}\n${event.eventId}`);
  return { id, kind, name: type, timeMs: event.occurredAt, place: placeOf(event), data };
}

function kindOf(type: string): MessageKind {
  if (type === 'DecisionMade') return 'decision';
  return type === 'WorkItemChanged' ? 'work-item' : 'interaction';
}

function placeOf(event: object): MessagePlace {
  const text = (field: string): string => {
    const value: unknown = Reflect.get(event, field);
    return typeof value === 'string' ? value : '';
  };
  return {
    desk: text('desk'),
    team: text('team'),
    tier: text('tier'),
    play: text('trigger'),
    accountManager: text('accountManager'),
  };
}
