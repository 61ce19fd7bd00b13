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

/** Cuts `user:password@` out of every URL in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1');
}
