import { setTimeout as delay } from 'node:timers/promises';
import type { SchemaEntry } from '@holdfast/events';
import { createRegistryHttp, type RegistryHttp } from './registry-http.ts';
import { createRegistration } from './registry-registration.ts';

export type SchemaAnswer =
  /** The schema's text, as registered. */
  | { readonly kind: 'found'; readonly schema: string }
  /** The registry itself says that it has no schema with this id. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreachable'; readonly message: string };

export interface SchemaRegistry {
  /**
   * Sets compatibility BACKWARD, globally and for each subject, and registers what is not there. Answers the ids by
   * record name. Rejects with `SchemaRegistryError`, naming the subject and what is incompatible.
   */
  registerAll(table: readonly SchemaEntry[]): Promise<Readonly<Record<string, number>>>;
  /** The ids of schemas registered before; for services without the right to write. */
  idsOf(table: readonly SchemaEntry[]): Promise<Readonly<Record<string, number>>>;
  /** Never rejects. Found schemas are for the caller to keep. */
  schemaById(schemaId: number): Promise<SchemaAnswer>;
  /** Ends requests under way. */
  close(): void;
}

export interface SchemaRegistryOptions {
  /** Base of the Confluent API, e.g. `http://registry:8080/apis/ccompat/v7`. */
  readonly url: string;
  /** Of one request. */
  readonly timeoutMs?: number;
  /** Waits before the second, third … attempt of `schemaById`. */
  readonly retryDelaysMs?: readonly number[];
  /** How long an id the registry does not know is not asked for again. */
  readonly unknownTtlMs?: number;
  /** A monotonic clock, ms. */
  readonly nowMs?: () => number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [100, 400];
const DEFAULT_UNKNOWN_TTL_MS = 10_000;
/** Most unknown ids remembered: a flood of senseless values must not fill the memory. */
const MAX_UNKNOWN = 1_000;
/** The error code that means the id; other 404s mean the path. */
const SCHEMA_NOT_FOUND = 40403;

/** The schema registry (Apicurio or Confluent, by Confluent's API). */
export function createSchemaRegistry(options: SchemaRegistryOptions): SchemaRegistry {
  const { url, timeoutMs = DEFAULT_TIMEOUT_MS, retryDelaysMs = DEFAULT_RETRY_DELAYS_MS } = options;
  const http = createRegistryHttp({ url, timeoutMs });
  const registration = createRegistration(http, { url, timeoutMs });
  const unknown = createUnknownIds(
    options.unknownTtlMs ?? DEFAULT_UNKNOWN_TTL_MS,
    options.nowMs ?? performance.now.bind(performance),
  );
  const underWay = new Map<number, Promise<SchemaAnswer>>();
  const fetchSchema = async (schemaId: number): Promise<SchemaAnswer> => {
    const answer = await askRepeatedly(http, schemaId, retryDelaysMs);
    if (answer.kind === 'unknown') unknown.add(schemaId);
    underWay.delete(schemaId);
    return answer;
  };
  return {
    ...registration,
    async schemaById(schemaId) {
      if (unknown.has(schemaId)) return { kind: 'unknown' };
      const running = underWay.get(schemaId) ?? fetchSchema(schemaId);
      underWay.set(schemaId, running);
      return running;
    },
    close: () => http.close(),
  };
}

async function askRepeatedly(
  http: RegistryHttp,
  schemaId: number,
  retryDelaysMs: readonly number[],
): Promise<SchemaAnswer> {
  let answer = await ask(http, schemaId);
  for (const delayMs of retryDelaysMs) {
    if (answer.kind !== 'unreachable') return answer;
    await delay(delayMs);
    answer = await ask(http, schemaId);
  }
  return answer;
}

async function ask(http: RegistryHttp, schemaId: number): Promise<SchemaAnswer> {
  const exchange = await http.request('GET', `/schemas/ids/${schemaId}`);
  if (exchange.kind === 'unreachable') return exchange;
  const { status, body } = exchange;
  if (status === 200 && typeof body.schema === 'string') return { kind: 'found', schema: body.schema };
  if (status === 404 && body.error_code === SCHEMA_NOT_FOUND) return { kind: 'unknown' };
  return {
    kind: 'unreachable',
    message: `schema ${schemaId}: the registry answered ${status}: ${String(body.message)}`,
  };
}

interface UnknownIds {
  has(schemaId: number): boolean;
  add(schemaId: number): void;
}

function createUnknownIds(ttlMs: number, nowMs: () => number): UnknownIds {
  const expiries = new Map<number, number>();
  return {
    has: (schemaId) => (expiries.get(schemaId) ?? 0) > nowMs(),
    add(schemaId) {
      const [oldest] = expiries.keys();
      if (expiries.size >= MAX_UNKNOWN && oldest !== undefined) expiries.delete(oldest);
      expiries.delete(schemaId);
      expiries.set(schemaId, nowMs() + ttlMs);
    },
  };
}
