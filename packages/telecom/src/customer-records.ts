import type { ShardId, ShardStore } from '@holdfast/engine';
import type { DecisionMade, Event, LogEvent } from '@holdfast/events';
import type { DecodedValue } from './customer-topology.ts';

/** The records that a shard keeps beside a customer's state. */
export interface CustomerRecords {
  /** Newest first. */
  readonly decisions: readonly DecisionMade[];
  /** What happened to him, newest first by event time, each once. */
  readonly events: readonly Event[];
  readonly unreadable: readonly UnreadableRecord[];
}

export interface UnreadableRecord {
  readonly message: string;
  /** Its schema could not be asked for: it can be read later. */
  readonly isTemporary: boolean;
}

export interface CustomerRecordsDeps {
  readonly store: Pick<ShardStore, 'readHistory' | 'readTold'>;
  /** Decodes a value as the log holds it. */
  decode(value: Buffer): DecodedValue | Promise<DecodedValue>;
}

/** Reads them from outside the shard. Rejects as the store does when it cannot be reached. */
export async function readCustomerRecords(
  customerId: string,
  shard: ShardId,
  { store, decode }: CustomerRecordsDeps,
): Promise<CustomerRecords> {
  const [history, told] = await Promise.all([store.readHistory(shard, customerId), store.readTold(shard, customerId)]);
  const decoded = await Promise.all([...history, ...told].map((record) => decode(record)));
  const found = decoded.flatMap((each) => (each.kind === 'event' ? [each.event] : []));
  return {
    decisions: found.filter(isDecision).sort((a, b) => b.decidedAt - a.decidedAt),
    events: newestFirst(found.filter(isEvent)),
    unreadable: [
      ...decoded.flatMap((each) => (each.kind === 'event' ? [] : [unreadable(each)])),
      ...found.filter((each) => !isDecision(each) && !isEvent(each)).map(({ type }) => misplaced(type)),
    ],
  };
}

/** By event time, the latest first, and of those of one identity one. Ids order what happened in the same millisecond. */
export function newestFirst(events: readonly Event[]): readonly Event[] {
  const byIdentity = new Map(events.map((event) => [JSON.stringify([event.source, event.eventId]), event]));
  return [...byIdentity.values()].sort((a, b) => b.occurredAt - a.occurredAt || (a.eventId < b.eventId ? 1 : -1));
}

function isDecision(event: LogEvent): event is DecisionMade {
  return event.type === 'DecisionMade';
}

function isEvent(event: LogEvent): event is Event {
  return 'customerId' in event && !isDecision(event);
}

function unreadable({ kind, message }: Exclude<DecodedValue, { kind: 'event' }>): UnreadableRecord {
  return { message, isTemporary: kind === 'retry' };
}

function misplaced(type: string): UnreadableRecord {
  return { message: `a ${type}`, isTemporary: false };
}
