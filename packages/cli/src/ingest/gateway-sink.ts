import { cloudEventType, type EventInput } from '@holdfast/events';
import { z } from 'zod';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { EventSink, Handed } from './event-sink.ts';

export interface GatewayAddress {
  readonly url: string;
  readonly apiKey: string;
}

/** Below what the gateway takes in one request. */
const MAX_EVENTS = 500;
const MAX_BODY_CHARACTERS = 300_000;
const TIMEOUT_MS = 30_000;
const BATCH_TYPE = 'application/cloudevents-batch+json';

/** Sends events to a gateway, in batches of CloudEvents. */
export function createGatewaySink({ url, apiKey }: GatewayAddress): EventSink {
  const address = `${url.replace(/\/$/, '')}/v1/events`;
  const post = async (bodies: readonly string[]): Promise<readonly Handed[]> => {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': BATCH_TYPE },
      body: `[${bodies.join(',')}]`,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).then(
      readAnswer,
      (error: unknown): Answer => ({ kind: 'away', why: `the gateway does not answer: ${reasonOf(error)}` }),
    );
    if (answer.kind === 'refused') throw new StackFailure(`the gateway at ${url} refuses: ${answer.why}`, answer.fix);
    if (answer.kind === 'away') return bodies.map(() => ({ kind: 'again', why: answer.why }));
    if (answer.results.length !== bodies.length)
      throw new StackFailure(`${address} answers as no gateway of ours does`);
    return answer.results.map(handedOf);
  };
  return {
    async send(events) {
      const handed: Handed[] = [];
      for (const bodies of batches(events.map(bodyOf))) handed.push(...(await post(bodies)));
      return handed;
    },
    close: async () => undefined,
  };
}

const results = z.array(
  z.object({
    status: z.enum(['accepted', 'rejected', 'unavailable']),
    error: z.object({ field: z.string().optional(), message: z.string() }).optional(),
  }),
);
type Result = z.output<typeof results>[number];

type Answer =
  | { readonly kind: 'results'; readonly results: readonly Result[] }
  | { readonly kind: 'refused'; readonly why: string; readonly fix: string }
  | { readonly kind: 'away'; readonly why: string };

async function readAnswer(response: Response): Promise<Answer> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = results.safeParse(body);
  if (parsed.success && (status === 200 || status === 503)) return { kind: 'results', results: parsed.data };
  const { title, detail } = z.object({ title: z.string(), detail: z.string() }).partial().catch({}).parse(body);
  const why = `${status} ${title ?? response.statusText}`;
  const isPassing = status === 408 || status === 429 || status >= 500;
  return isPassing ? { kind: 'away', why } : { kind: 'refused', why, fix: detail ?? 'is it the address of a gateway?' };
}

function handedOf({ status, error }: Result): Handed {
  if (status === 'accepted') return { kind: 'accepted' };
  if (status === 'unavailable') return { kind: 'again', why: error?.message ?? 'unavailable' };
  return { kind: 'rejected', field: (error?.field ?? '').replace(/^data\./, ''), reason: error?.message ?? 'rejected' };
}

function bodyOf({ type, eventId, source, occurredAt, customerId, ...data }: EventInput): string {
  return JSON.stringify({
    specversion: '1.0',
    id: eventId,
    source,
    type: cloudEventType(type),
    time: new Date(occurredAt).toISOString(),
    subject: customerId,
    datacontenttype: 'application/json',
    data,
  });
}

function* batches(bodies: readonly string[]): Generator<readonly string[]> {
  let batch: string[] = [];
  let characters = 0;
  for (const body of bodies) {
    if (batch.length >= MAX_EVENTS || (batch.length > 0 && characters + body.length > MAX_BODY_CHARACTERS)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(body);
    characters += body.length;
  }
  if (batch.length > 0) yield batch;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
