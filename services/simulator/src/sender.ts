import type { EventInput } from '@holdfast/events';
import type { SendOutcome } from '@holdfast/kafka';
import { dueTimes, dueUntil, type Pace } from './schedule.ts';
import type { TimelineEntry } from './timeline.ts';

export interface SenderDeps {
  send(events: readonly EventInput[]): Promise<readonly SendOutcome[]>;
  /** Ms since the epoch. */
  now(): number;
  /** Resolves after `ms`, or when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface SendResult {
  /** Acknowledged by the log. */
  readonly accepted: number;
  /** Against their contract; the first few messages say how. */
  readonly rejected: number;
  readonly rejections: readonly string[];
  /** Not acknowledged however often they were sent. */
  readonly lost: number;
  readonly elapsedMs: number;
  /** The farthest the sending was behind its schedule, ms. */
  readonly behindMs: number;
}

const CHUNK = 2_000;
/** Chunks under way at once when there is no pace to keep. */
const UNPACED_CHUNKS = 4;
/** Shorter waits would be spent in the timer. */
const MIN_WAIT_MS = 5;
const MAX_ATTEMPTS = 20;
const RETRY_MS = 500;
const MAX_REJECTIONS = 5;

/** Sends entries on their schedule until all are answered or the signal aborts. Never rejects. */
export async function sendTimeline(
  entries: readonly TimelineEntry[],
  pace: Pace,
  deps: SenderDeps,
  options: { readonly signal: AbortSignal; progress?(sent: number): void },
): Promise<SendResult> {
  const { signal } = options;
  const tally = { accepted: 0, rejected: 0, lost: 0, rejections: [] as string[] };
  const due = dueTimes(entries, pace);
  const underWay = new Set<Promise<void>>();
  const startMs = deps.now();
  let behindMs = 0;
  let sent = 0;

  const begin = (chunk: readonly TimelineEntry[]) => {
    const chunkSent = sendUntilAnswered(
      chunk.map((entry) => stamped(entry, deps.now())),
      deps,
      signal,
      tally,
    );
    underWay.add(chunkSent);
    void chunkSent.then(() => underWay.delete(chunkSent));
  };
  while (sent < entries.length && !signal.aborted) {
    const elapsedMs = deps.now() - startMs;
    const end = dueUntil(sent, entries.length, due, { elapsedMs, limit: CHUNK });
    if (end === sent) {
      await deps.sleep(Math.max(MIN_WAIT_MS, due(sent) - elapsedMs), signal);
      continue;
    }
    if (pace.kind !== 'unpaced') behindMs = Math.max(behindMs, elapsedMs - due(sent));
    begin(entries.slice(sent, end));
    sent = end;
    options.progress?.(sent);
    if (pace.kind === 'unpaced' && underWay.size >= UNPACED_CHUNKS) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return { ...tally, elapsedMs: deps.now() - startMs, behindMs: Math.round(behindMs) };
}

function stamped({ event, isLive }: TimelineEntry, nowMs: number): EventInput {
  return isLive ? { ...event, occurredAt: nowMs } : event;
}

interface Tally {
  accepted: number;
  rejected: number;
  lost: number;
  readonly rejections: string[];
}

/** What was not acknowledged is sent again under the same ids: the reader recognises what came twice. */
async function sendUntilAnswered(
  events: readonly EventInput[],
  deps: SenderDeps,
  signal: AbortSignal,
  tally: Tally,
): Promise<void> {
  let open = events;
  for (let attempt = 1; open.length > 0; attempt++) {
    const outcomes = await deps.send(open);
    const again: EventInput[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const event = open[index];
      if (event && count(outcome, tally) === 'again') again.push(event);
    }
    open = again;
    if (open.length === 0) return;
    if (attempt >= MAX_ATTEMPTS || signal.aborted) {
      tally.lost += open.length;
      return;
    }
    await deps.sleep(RETRY_MS, signal);
  }
}

function count(outcome: SendOutcome, tally: Tally): 'answered' | 'again' {
  if (outcome.kind === 'accepted') {
    tally.accepted += 1;
    return 'answered';
  }
  if (outcome.kind !== 'rejected') return 'again';
  tally.rejected += 1;
  if (tally.rejections.length < MAX_REJECTIONS) tally.rejections.push(outcome.message);
  return 'answered';
}
