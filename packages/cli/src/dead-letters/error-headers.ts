/** Who wrote the error headers. */
export type HeaderFamily = 'holdfast' | 'connect' | 'spring' | 'streams' | 'none';

/** What the headers of a dead letter say. What they leave out is undefined, never invented. */
export interface ErrorDescription {
  readonly family: HeaderFamily;
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly offset: number | undefined;
  /** A code of ours, or the class name of an exception. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

export type Headers = Readonly<Record<string, Buffer>>;

const CONNECT = '__connect.errors.';
const STREAMS = '__streams.errors.';
const SPRING = 'kafka_dlt-';
const FAMILY_PREFIXES: readonly string[] = [CONNECT, STREAMS, SPRING];

/** The connector name our own letters carry. */
const OWN_NAME = 'holdfast';
/** Size of the value before it was cut, bytes, as text. */
export const CUT_HEADER = 'holdfast-cut-from-bytes';

/**
 * Reads the error headers of Kafka Connect (and of Holdfast, which writes the same), of Kafka Streams (KIP-1034) and of
 * Spring's dead-letter publisher, whose partition and offset are big-endian integers; its imitators write text.
 */
export function readErrorHeaders(headers: Headers): ErrorDescription {
  const of = (prefix: string) => Object.keys(headers).some((name) => name.startsWith(prefix));
  if (of(CONNECT)) return readConnect(headers);
  if (of(STREAMS)) return readStreams(headers);
  if (of(SPRING)) return readSpring(headers);
  const [topic, partition, offset, reason, message] = [undefined, undefined, undefined, undefined, undefined];
  return { family: 'none', topic, partition, offset, reason, message };
}

/** The headers the record had before it was set aside. */
export function withoutErrorHeaders(headers: Headers): Headers {
  const isOriginal = (name: string) => name !== CUT_HEADER && !isErrorHeader(name);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isOriginal(name)));
}

export function isErrorHeader(name: string): boolean {
  return FAMILY_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Text of a header; undefined when there is none or it is empty. */
export function textOf(headers: Headers, name: string): string | undefined {
  return headers[name]?.toString('utf8') || undefined;
}

function readConnect(headers: Headers): ErrorDescription {
  const text = (name: string) => textOf(headers, CONNECT + name);
  return {
    family: text('connector.name') === OWN_NAME ? 'holdfast' : 'connect',
    topic: text('topic'),
    partition: integerOf(headers[`${CONNECT}partition`]),
    offset: integerOf(headers[`${CONNECT}offset`]),
    reason: text('exception.class.name'),
    message: text('exception.message'),
  };
}

/** `exception` holds the exception as Java prints it: its class, a colon, its message. */
function readStreams(headers: Headers): ErrorDescription {
  const text = (name: string) => textOf(headers, STREAMS + name);
  return {
    family: 'streams',
    topic: text('topic'),
    partition: integerOf(headers[`${STREAMS}partition`]),
    offset: integerOf(headers[`${STREAMS}offset`]),
    reason: text('exception')?.split(':')[0]?.trim(),
    message: text('message'),
  };
}

/** The listener's exception is the same for everything; what it was caused by says more. */
function readSpring(headers: Headers): ErrorDescription {
  const text = (name: string) => textOf(headers, SPRING + name);
  return {
    family: 'spring',
    topic: text('original-topic'),
    partition: integerOf(headers[`${SPRING}original-partition`]),
    offset: integerOf(headers[`${SPRING}original-offset`]),
    reason: text('exception-cause-fqcn') ?? text('exception-fqcn') ?? text('key-exception-fqcn'),
    message: text('exception-message') ?? text('key-exception-message'),
  };
}

const DIGITS = /^\d{1,16}$/;

/**
 * Digits as text, or a big-endian integer of four or eight bytes. Four digits could be an integer too, of partition
 * 808 million or more: there is none.
 */
function integerOf(bytes: Buffer | undefined): number | undefined {
  if (!bytes) return undefined;
  const text = bytes.toString('latin1');
  if (DIGITS.test(text)) return safe(Number(text));
  if (bytes.length === 4) return safe(bytes.readInt32BE());
  return bytes.length === 8 ? safe(Number(bytes.readBigInt64BE())) : undefined;
}

function safe(number: number): number | undefined {
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
