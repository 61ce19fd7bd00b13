/** What a log line or a health answer may show of an error. */
export interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

const MAX_DEPTH = 4;

/**
 * Reduces an error to type, message, code, stack and cause. Other properties are left out on purpose: clients hang the
 * failed command with its arguments on their errors, and those are personal data.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutCredentials(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack === undefined ? {} : { stack: withoutCredentials(error.stack) };
  const cause = error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: describeError(error.cause, depth + 1) };
  return { type: error.name, message: errorMessage(error), ...code, ...stack, ...cause };
}

/** The message alone, fit for a reason in a health answer. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return withoutCredentials(String(error));
  const own = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return withoutCredentials(own);
}

/**
 * Cuts out of a text what opens something: `user:password@` of every URL, secrets in its query, credentials as they stand
 * in an Authorization header, API keys.
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(URL_CREDENTIALS, '$1')
    .replace(QUERY_SECRETS, '$1[redacted]')
    .replace(HEADER_CREDENTIALS, '$1 [redacted]')
    .replace(API_KEYS, '[redacted]');
}

/** Up to the last `@` before the path: a password may hold one itself. */
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#]{0,2048}@/gi;
const QUERY_SECRETS = /([?&](?:[\w-]{0,40}(?:token|secret|password|signature)|api[-_]?key|key|sig)=)[^\s&#"']+/gi;
const HEADER_CREDENTIALS = /\b(bearer|basic) +[A-Za-z0-9+/=._~-]{8,}/gi;
const API_KEYS = /\bhfk_[A-Za-z0-9_-]{8,}/g;
