import { Agent, type Dispatcher, request } from 'undici';
import type { AddressGuard } from './address-guard.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type HttpAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: string; readonly body: string }
  /** No answer. `isUnsent`: no connection was made, so nothing was asked. */
  | { readonly kind: 'error'; readonly detail: string; readonly isUnsent: boolean };

/** Calls one provider over connections that are kept. Follows no redirection, uses no proxy. */
export interface HttpClient {
  call(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface HttpClientOptions {
  readonly timeoutMs: number;
  readonly connections: number;
  readonly guard: AddressGuard;
  /** The status is the whole answer: a body that does not come, or does not end, changes nothing. Default false. */
  readonly isBodyIgnored?: boolean;
}

/** What is read of an answer; the rest is dropped with its connection. */
const ANSWER_MAX_BYTES = 64 * 1024;
/** Less, where nobody looks at it: enough to keep the connection of a receiver that says something short. */
const IGNORED_MAX_BYTES = 4 * 1024;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { timeoutMs, connections, guard, isBodyIgnored = false } = options;
  const agent = new Agent({
    connections,
    connect: { timeout: timeoutMs, lookup: guard.lookup },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    async call({ url, ...rest }) {
      // An address in the URL itself is connected to without being looked up.
      if (!guard.permitsHost(new URL(url).hostname)) return { kind: 'error', detail: 'eprivate', isUnsent: true };
      try {
        // The whole call has a deadline as well: a body that drips would keep its own timeouts from running out.
        const signal = AbortSignal.timeout(timeoutMs);
        const response = await request(url, { ...rest, dispatcher: agent, signal });
        const retryAfter = response.headers['retry-after'];
        const body = isBodyIgnored ? await dropBody(response) : await bodyOf(response, ANSWER_MAX_BYTES);
        return {
          kind: 'answer',
          status: response.statusCode,
          body,
          ...(typeof retryAfter === 'string' && { retryAfter }),
        };
      } catch (error) {
        return errorAnswer(error);
      }
    },
    close: () => agent.destroy(),
  };
}

async function dropBody(response: Dispatcher.ResponseData): Promise<string> {
  try {
    await bodyOf(response, IGNORED_MAX_BYTES);
  } catch {
    // The status has come; its connection is gone.
  }
  return '';
}

async function bodyOf({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Codes of errors that come before anything was sent. */
const UNSENT: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPRIVATE'],
  'UND_ERR_CONNECT_TIMEOUT',
]);

function errorAnswer(error: unknown): HttpAnswer {
  const code = codeOf(error);
  if (code === undefined) throw error;
  return { kind: 'error', detail: detailOf(code), isUnsent: UNSENT.has(code) };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'TIMEOUT';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried; they failed alike.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : codeOf(error.cause);
}

function detailOf(code: string): string {
  if (code.includes('TIMEOUT') || code === 'ETIMEDOUT') return 'timeout';
  return code.toLowerCase().replaceAll('_', '-');
}

/** A provider that asks for more is asked again after so long. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** `Retry-After` in seconds or as a date (RFC 9110), as ms since the epoch. */
export function retryAfterMs(
  header: string | undefined,
  nowMs: number,
  maxMs: number = RETRY_AFTER_MAX_MS,
): number | undefined {
  if (header === undefined) return undefined;
  const atMs = /^\d{1,9}$/.test(header) ? nowMs + Number(header) * 1_000 : Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(atMs, nowMs), nowMs + maxMs);
}
