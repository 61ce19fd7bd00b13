import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { describeError } from './error-description.ts';
import { redacted } from './redaction.ts';

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

/** JSON lines on standard output (or `destination`), errors reduced to what may be shown. */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: redacted },
    serializers: { err: describeError, error: describeError },
  };
  // Synchronous: lines stay in order and none is lost when the process exits right after.
  return withChildren(pino(settings, destination ?? pino.destination({ sync: true })));
}

/** pino formats the fields of a child by nothing of its parent's. */
function withChildren(lines: PinoLogger): Logger {
  return {
    debug: lines.debug.bind(lines),
    info: lines.info.bind(lines),
    warn: lines.warn.bind(lines),
    error: lines.error.bind(lines),
    fatal: lines.fatal.bind(lines),
    child: (fields) => withChildren(lines.child(redacted(fields))),
  };
}
