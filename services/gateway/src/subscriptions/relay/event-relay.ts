import { setTimeout as delay } from 'node:timers/promises';
import type { InputLog, LogBatch } from '@holdfast/engine';
import type { RegistryDecoder } from '@holdfast/kafka';
import type { OutboundStreams, PublishedPlace } from '@holdfast/redis';
import { writeMessage } from '../outbound-message.ts';
import type { MessageKind } from '../subscription.ts';
import type { FromBeforeErasure, Happened } from './erased-customers.ts';
import { relayedEvent } from './relayed-event.ts';

export interface EventRelayDeps {
  readonly topics: readonly string[];
  /** A consumer of these topics, in a group that all gateways share. */
  openLog(): InputLog;
  /** By partition, where the records appended since a time begin. */
  offsetsSince(topic: string, atMs: number): Promise<ReadonlyMap<number, number>>;
  readonly decoder: RegistryDecoder;
  readonly streams: Pick<OutboundStreams, 'publish' | 'publishedPlaces'>;
  /** A relay behind the log must not tell again of who was erased since. */
  readonly fromBeforeErasure: FromBeforeErasure;
  /** Takes what was published of a customer back. */
  forget(customerId: string): Promise<void>;
  /** The kinds that anybody asks for, and since when; undefined when nobody asks for any. */
  wanted(): Promise<Wanted | undefined>;
  failed(error: unknown): void;
}

export interface Wanted {
  readonly kinds: ReadonlySet<MessageKind>;
  readonly sinceMs: number;
}

/**
 * Publishes events of the log for subscribers, for as long as anybody asks for them. Events and the place they were read
 * at are kept together, so an event is published once but for a gateway that was thought dead; the messages of both have
 * the same id.
 */
export interface EventRelay {
  start(): void;
  close(): Promise<void>;
}

const LOOK_MS = 2_000;
const RETRY_MS = 1_000;
/** Events published in one call. */
const PAGE = 200;

export function createEventRelay(deps: EventRelayDeps): EventRelay {
  const closing = new AbortController();
  const sleep = (ms: number) => delay(ms, undefined, { signal: closing.signal }).catch(() => undefined);
  const keep = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        const wanted = await deps.wanted();
        if (wanted !== undefined) await relayWhileWanted(deps, wanted, closing.signal);
      } catch (error) {
        if (!closing.signal.aborted) deps.failed(error);
      }
      await sleep(LOOK_MS);
    }
  };
  let running = Promise.resolve();
  return {
    start() {
      running = keep();
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Until nobody asks for it any more, the signal aborts, or something fails. */
async function relayWhileWanted(deps: EventRelayDeps, first: Wanted, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const log = deps.openLog();
  let wanted: Wanted | undefined = first;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    over.abort();
  };
  const next = new Map<string, PublishedPlace>();
  let assignment = 0;
  let work = Promise.resolve();

  const begin = async (partitions: readonly number[], current: number): Promise<void> => {
    const published = await deps.streams.publishedPlaces();
    for (const topic of deps.topics) {
      const since = await deps.offsetsSince(topic, first.sinceMs);
      for (const partition of partitions) {
        const { low, high } = await log.bounds(topic, partition);
        const from = Math.max(low, published.get(`${topic}:${partition}`) ?? 0, since.get(partition) ?? high);
        if (current !== assignment || ended.aborted) return;
        next.set(`${topic}:${partition}`, { topic, partition, nextOffset: Math.min(from, high) });
        log.resumeAt(topic, partition, Math.min(from, high));
      }
    }
  };
  const take = async (batch: LogBatch, current: number): Promise<void> => {
    const { topic, partition } = batch;
    const after = batch.nextOffset ?? (batch.records.at(batch.records.length - 1)?.offset ?? 0) + 1;
    const all = await messagesOf(batch, deps, wanted, ended);
    const erased = await deps.fromBeforeErasure(all);
    const messages = all.filter((message) => !erased.has(message));
    if (current !== assignment || ended.aborted) return;
    const place = { topic, partition, nextOffset: after };
    for (let at = 0; at < messages.length; at += PAGE) {
      const page = messages.slice(at, at + PAGE).map(({ json }) => json);
      await deps.streams.publish(page, at + PAGE >= messages.length ? [place] : []);
    }
    if (messages.length === 0) await deps.streams.publish([], [place]);
    // Who was erased between the look and the publication was forgotten perhaps before it.
    const since = await deps.fromBeforeErasure(messages);
    for (const customerId of new Set([...since].map((message) => message.customerId))) await deps.forget(customerId);
    next.set(`${topic}:${partition}`, place);
    log.resumeAt(topic, partition, after);
  };
  const queue = (task: () => Promise<void>) => {
    work = work.then(() => (ended.aborted ? undefined : task())).catch(fail);
  };

  try {
    await log.start({
      assigned(partitions) {
        assignment += 1;
        const current = assignment;
        next.clear();
        queue(() => begin(partitions, current));
      },
      batch(batch) {
        // Paused until it is published, so that what waits here is one batch of each partition at most.
        log.pause(batch.topic, batch.partition);
        const current = assignment;
        queue(() => (current === assignment ? take(batch, current) : Promise.resolve()));
      },
      disturbed(topic, partition) {
        queue(async () => {
          const place = next.get(`${topic}:${partition}`);
          if (place !== undefined) log.resumeAt(topic, partition, place.nextOffset);
        });
      },
      crashed: fail,
    });
    while (!ended.aborted) {
      await delay(LOOK_MS, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) break;
      wanted = await deps.wanted().catch(() => wanted);
      if (wanted === undefined) break;
    }
  } finally {
    over.abort();
    await work;
    await log.close();
  }
  if (failure !== undefined) throw failure;
}

interface RelayedMessage extends Happened {
  readonly json: string;
}

async function messagesOf(
  batch: LogBatch,
  { decoder }: Pick<EventRelayDeps, 'decoder'>,
  wanted: Wanted | undefined,
  ended: AbortSignal,
): Promise<readonly RelayedMessage[]> {
  const messages: RelayedMessage[] = [];
  for (const { value, appendTime } of batch.records) {
    let outcome = await decoder.decode(value);
    while (outcome.kind === 'retry' && !ended.aborted) {
      await delay(RETRY_MS, undefined, { signal: ended }).catch(() => undefined);
      outcome = await decoder.decode(value);
    }
    // What cannot be decoded is the worker's to put aside.
    if (outcome.kind !== 'event') continue;
    const message = relayedEvent(outcome.event);
    if (message === undefined || !wanted?.kinds.has(message.kind)) continue;
    const atMs = Math.min(message.timeMs, appendTime);
    messages.push({ customerId: message.data.customerId, atMs, json: writeMessage(message) });
  }
  return messages;
}
