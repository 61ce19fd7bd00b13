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
  const firstMs = entries.reduce((least, { atMs }) => Math.min(least, atMs), options.endMs);
  const histories = recordings.flatMap((recording) => recording.histories);
  entries.push(...suspensionRequests(histories, firstMs, options));
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

/** Asked for by customers drawn from the recordings, at even distances over the replay. */
function suspensionRequests(
  histories: readonly CustomerHistory[],
  firstMs: number,
  { endMs, naming, suspensions }: TimelineOptions,
): TimelineEntry[] {
  const source = naming.run === '' ? SUSPENSION_FEED : `${SUSPENSION_FEED}/${naming.run}`;
  const askers = inDrawnOrder(histories).slice(0, suspensions);
  return askers.map(({ customerId, subscriptionId }, index) => {
    const atMs = Math.round(firstMs + ((endMs - firstMs) * (index + 1)) / (askers.length + 1));
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
