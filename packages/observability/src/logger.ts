import { type DestinationStream, pino } from 'pino';
import { describeError } from './error-description.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Fields first, then a constant message. What varies belongs into the fields. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
  /** A logger that adds these fields to each line. */
  child(fields: object): Logger;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level?: LogLevel;
}

/**
 * Names of fields that never reach a line, at the top and one level down: secrets, ids and addresses of customers.
 * A list cannot be complete; it is a net below the rule that such fields are not logged at all.
 */
const REDACTED = [
  'apiKey',
  'apiKeys',
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'customerId',
  'entityId',
  'subject',
  'msisdn',
  'phone',
  'email',
  'birthYear',
];

/** JSON lines on standard output (or `destination`), errors reduced to what may be shown. */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: [...REDACTED.flatMap((name) => [name, `*.${name}`]), '*["x-api-key"]'], censor: '[redacted]' },
    serializers: { err: describeError, error: describeError },
  };
  // Synchronous: lines stay in order and none is lost when the process exits right after.
  return pino(settings, destination ?? pino.destination({ sync: true }));
}
