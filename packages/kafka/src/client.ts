import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import kafkajs from 'kafkajs';
import { registerCodecs } from './codecs.ts';

/** Where the client's own messages go: fields first, as pino has it. */
export interface KafkaLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** How long one request may take, ms. */
  readonly requestTimeoutMs?: number;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: PasswordProof;
}

/** A user with his password, and how it is proved. */
export interface PasswordProof {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface ClientHooks {
  readonly logger?: KafkaLogger | undefined;
  /** Sees every message of the client before it is logged. */
  readonly onLog?: (entry: LogEntry) => void;
  /** A connection that had been established is gone. */
  readonly onSocketClosed?: (address: string) => void;
}

const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTION_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_DELAY_MS = 60_000;
/** About three seconds in all: whoever calls has a better idea of what to do next than to wait longer. */
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000 };

/** A kafkajs client with our codecs registered and its messages routed to the given logger (nowhere without one). */
export function createClient(options: ClientOptions, hooks: ClientHooks = {}): kafkajs.Kafka {
  registerCodecs();
  return new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => {
      hooks.onLog?.(entry);
      if (hooks.logger) route(hooks.logger, entry);
    },
    socketFactory: watchedSockets(hooks.onSocketClosed),
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl as SASLOptions }),
  });
}

/** True of a producer one wants to keep after it failed; ours is replaced. */
const NOT_TRUE_OF_US = 'Limiting retries for the idempotent producer';

/** The client reports its normal life (joins, pauses, resumes) as INFO: that is detail for us. */
function route(logger: KafkaLogger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, ...rest } = log;
  const severity = message.startsWith(NOT_TRUE_OF_US) ? 'debug' : severityOf(level);
  logger[severity]({ kafka: { namespace, ...rest } }, message);
}

function severityOf(level: kafkajs.logLevel): 'error' | 'warn' | 'debug' {
  if (level === kafkajs.logLevel.ERROR) return 'error';
  return level === kafkajs.logLevel.WARN ? 'warn' : 'debug';
}

/** kafkajs reconnects without a word; the sockets are the one place where a lost connection can be noticed. */
function watchedSockets(onClosed: ((address: string) => void) | undefined): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const serverName = isIP(host) ? {} : { servername: host };
    const socket: Socket = ssl
      ? connectTls({ host, port, ...serverName, ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    if (onClosed) {
      const event = ssl ? 'secureConnect' : 'connect';
      socket.once(event, () => socket.once('close', () => onClosed(`${host}:${port}`)));
    }
    return socket;
  };
}
