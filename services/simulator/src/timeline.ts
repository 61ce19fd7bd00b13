import { partitionOf } from '@holdfast/engine';
import type { EventInput } from '@holdfast/events';
import { inDrawnOrder } from './choice.ts';
import type { CustomerHistory, Naming, Recording } from './recording.ts';

/** One event of a replay. */
export interface TimelineEntry {
  /** Its place in the replay, ms since the epoch. */
  readonly atMs: number;
  readonly event: EventInput;
  /** Its event time is when it is sent, because it is not from a recording. */
  readonly isLive: boolean;
}

export interface TimelineOptions {
  /** Event time of the last event of what was recorded. */
  readonly endMs: number;
  readonly naming: Naming;
  /** Suspension requests to add; recordings of usage have none. */
  readonly suspensions: number;
}

/** All events in the order they are sent: by event time, what was recorded moved so that it ends at `endMs`. */
export function buildTimeline(recordings: readonly Recording[], options: TimelineOptions): readonly TimelineEntry[] {
  const entries = recordings.flatMap((recording) => shifted(recording, options.endMs));
  const histories = recordings.flatMap((recording) => recording.histories);
  entries.push(...suspensionRequests(histories, firstTimes(entries), options));
  // The sort is stable: what a recording tells first at one time stays first.
  return entries.sort((a, b) => a.atMs - b.atMs);
}

function shifted({ histories, timing }: Recording, endMs: number): TimelineEntry[] {
  let last = Number.NEGATIVE_INFINITY;
  for (const { events } of histories) for (const { occurredAt } of events) last = Math.max(last, occurredAt);
  const byMs = timing === 'actual' ? 0 : endMs - last;
  return histories.flatMap(({ events }) =>
    events.map((event) => {
      const occurredAt = event.occurredAt + byMs;
      return { atMs: occurredAt, event: { ...event, occurredAt }, isLive: false };
    }),
  );
}

export const SUSPENSION_FEED = 'generated:suspensions';

function firstTimes(entries: readonly TimelineEntry[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { atMs, event } of entries) {
    const known = first.get(event.customerId);
    if (known === undefined || atMs < known) first.set(event.customerId, atMs);
  }
  return first;
}

/** The first request comes so early in the replay that somebody who watches sees an offer at once. */
const FIRST_REQUEST_AT = 0.02;
const HOUR_MS = 3_600_000;

/** Asked for by customers drawn from the recordings, at even distances over the replay, but by nobody before he is there. */
function suspensionRequests(
  histories: readonly CustomerHistory[],
  firstTimeOf: ReadonlyMap<string, number>,
  { endMs, naming, suspensions }: TimelineOptions,
): TimelineEntry[] {
  const source = naming.run === '' ? SUSPENSION_FEED : `${SUSPENSION_FEED}/${naming.run}`;
  const startMs = [...firstTimeOf.values()].reduce((least, atMs) => Math.min(least, atMs), endMs);
  const thereFrom = ({ customerId }: CustomerHistory) => firstTimeOf.get(customerId) ?? startMs;
  const askers = inDrawnOrder(histories).slice(0, suspensions);
  askers.sort((a, b) => thereFrom(a) - thereFrom(b));
  return askers.map((asker, index) => {
    const { customerId, subscriptionId } = asker;
    const evenlyMs = Math.round(startMs + (endMs - startMs) * (FIRST_REQUEST_AT + index / askers.length));
    const atMs = Math.min(endMs, Math.max(evenlyMs, thereFrom(asker) + HOUR_MS));
    const requestId = `suspension-${customerId}`;
    const request = { type: 'SuspensionRequested', source, customerId, subscriptionId, occurredAt: atMs } as const;
    return { atMs, isLive: true, event: { ...request, eventId: requestId, requestId, reason: 'too expensive' } };
  });
}

/** Says in every partition that the usage feeds have come as far as `atMs`, so that silences at the end are noticed. */
export function heartbeats(feeds: readonly string[], partitions: number, atMs: number): readonly EventInput[] {
  const keys = keysByPartition(partitions);
  return feeds.flatMap((source) =>
    keys.map((customerId): EventInput => {
      const eventId = `heartbeat-${customerId}-${atMs}`;
      return { type: 'FeedHeartbeat', source, eventId, occurredAt: atMs, customerId, feedType: 'UsageRecorded' };
    }),
  );
}

/** A key for every partition: heartbeats speak for a feed, but travel like the events of a customer. */
export function keysByPartition(partitions: number): readonly string[] {
  const keys = new Map<number, string>();
  for (let n = 0; keys.size < partitions; n++) {
    const key = `heartbeat-${n}`;
    const partition = partitionOf(Buffer.from(key), partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return Array.from({ length: partitions }, (_, partition) => keys.get(partition) ?? '');
}
