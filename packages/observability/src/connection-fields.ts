import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config.ts';
import { brokersField, redisUrlField, registryUrlField } from './config-fields.ts';

/** How a client proves itself to Kafka, and how it knows the brokers; in the words of the client. */
export interface KafkaSecurity {
  /** True: the certificates of the system. */
  readonly ssl?: true | { readonly ca?: string[]; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly kafkaSecurity: KafkaSecurity;
}

const file = () => z.string().min(1).optional();

/** Settings of the connection to Kafka. */
export const kafkaFields = () => ({
  HOLDFAST_KAFKA_BROKERS: brokersField(),
  HOLDFAST_KAFKA_TLS: z.enum(['on', 'off'], 'must be on or off').default('off'),
  /** PEM; the certificates of the system, and of NODE_EXTRA_CA_CERTS, where it is absent. */
  HOLDFAST_KAFKA_CA_FILE: file(),
  /** PEM, for brokers that ask clients for a certificate. */
  HOLDFAST_KAFKA_CERT_FILE: file(),
  HOLDFAST_KAFKA_KEY_FILE: file(),
  HOLDFAST_KAFKA_SASL: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional(),
  HOLDFAST_KAFKA_USERNAME: z.string().min(1).optional(),
  HOLDFAST_KAFKA_PASSWORD: z.string().min(1).optional(),
  HOLDFAST_KAFKA_PASSWORD_FILE: file(),
});

/** Settings of the connection to the schema registry; the address may name a user. */
export const registryFields = () => ({
  HOLDFAST_REGISTRY_URL: registryUrlField(),
  HOLDFAST_REGISTRY_PASSWORD_FILE: file(),
});

/** Settings of the connections to Redis; an address may name a user, and `rediss:` is TLS. */
export const redisFields = () => ({
  HOLDFAST_REDIS_URL: redisUrlField(),
  HOLDFAST_REDIS_PASSWORD_FILE: file(),
  HOLDFAST_QUEUE_REDIS_URL: redisUrlField().optional(),
  HOLDFAST_QUEUE_REDIS_PASSWORD_FILE: file(),
});

type Values<F extends () => z.core.$ZodLooseShape> = z.output<z.ZodObject<ReturnType<F>>>;

/** Throws `ConfigError` for settings that contradict each other and files that cannot be read. */
export function kafkaConnection(values: Values<typeof kafkaFields>): KafkaConnection {
  return { brokers: values.HOLDFAST_KAFKA_BROKERS, kafkaSecurity: { ...tlsOf(values), ...saslOf(values) } };
}

/** The address of the registry with the password of its file. */
export function registryUrlOf(values: Values<typeof registryFields>): string {
  return withPassword(values, 'HOLDFAST_REGISTRY_URL', 'HOLDFAST_REGISTRY_PASSWORD_FILE') ?? '';
}

/** The addresses of both Redis with the passwords of their files; that of the queues is the other where it is not set. */
export function redisUrlsOf(values: Values<typeof redisFields>): {
  readonly redisUrl: string;
  readonly queueUrl: string;
} {
  const redisUrl = withPassword(values, 'HOLDFAST_REDIS_URL', 'HOLDFAST_REDIS_PASSWORD_FILE') ?? '';
  const own = withPassword(values, 'HOLDFAST_QUEUE_REDIS_URL', 'HOLDFAST_QUEUE_REDIS_PASSWORD_FILE');
  return { redisUrl, queueUrl: own ?? redisUrl };
}

function tlsOf(values: Values<typeof kafkaFields>): Pick<KafkaSecurity, 'ssl'> {
  const { HOLDFAST_KAFKA_CA_FILE: ca, HOLDFAST_KAFKA_CERT_FILE: cert, HOLDFAST_KAFKA_KEY_FILE: key } = values;
  if (values.HOLDFAST_KAFKA_TLS === 'off') {
    if (ca ?? cert ?? key) throw new ConfigError(['HOLDFAST_KAFKA_TLS: is off, but files for it are named']);
    return {};
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(['HOLDFAST_KAFKA_CERT_FILE: goes with HOLDFAST_KAFKA_KEY_FILE: name both or neither']);
  }
  const files = {
    ...(ca === undefined ? {} : { ca: [readText('HOLDFAST_KAFKA_CA_FILE', ca)] }),
    ...(cert === undefined ? {} : { cert: readText('HOLDFAST_KAFKA_CERT_FILE', cert) }),
    ...(key === undefined ? {} : { key: readText('HOLDFAST_KAFKA_KEY_FILE', key) }),
  };
  return { ssl: Object.keys(files).length === 0 ? true : files };
}

function saslOf(values: Values<typeof kafkaFields>): Pick<KafkaSecurity, 'sasl'> {
  const { HOLDFAST_KAFKA_SASL: mechanism, HOLDFAST_KAFKA_USERNAME: username } = values;
  const password = secretOf(values, 'HOLDFAST_KAFKA_PASSWORD', 'HOLDFAST_KAFKA_PASSWORD_FILE');
  if (mechanism === undefined) {
    if (username ?? password) throw new ConfigError(['HOLDFAST_KAFKA_SASL: is missing, but a user or password is set']);
    return {};
  }
  if (username === undefined) throw new ConfigError(['HOLDFAST_KAFKA_USERNAME: is missing for HOLDFAST_KAFKA_SASL']);
  if (password === undefined) {
    throw new ConfigError(['HOLDFAST_KAFKA_PASSWORD_FILE: is missing for HOLDFAST_KAFKA_SASL']);
  }
  return { sasl: { mechanism, username, password } };
}

type Settings = Readonly<Record<string, unknown>>;

function secretOf(values: Settings, key: string, fileKey: string): string | undefined {
  const [given, path] = [values[key], values[fileKey]];
  if (given !== undefined && path !== undefined) throw new ConfigError([`${fileKey}: contradicts ${key}: set one`]);
  if (typeof path === 'string') return readText(fileKey, path).trim();
  return typeof given === 'string' ? given : undefined;
}

function withPassword(values: Settings, key: string, fileKey: string): string | undefined {
  const [text, path] = [values[key], values[fileKey]];
  if (typeof text !== 'string') {
    if (path !== undefined) throw new ConfigError([`${fileKey}: is set without ${key}`]);
    return undefined;
  }
  if (typeof path !== 'string') return text;
  const url = new URL(text);
  if (url.password !== '') throw new ConfigError([`${fileKey}: contradicts the password in ${key}: set one`]);
  url.password = encodeURIComponent(readText(fileKey, path).trim());
  return url.href.replace(/\/+$/, '');
}

function readText(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError([`${key}: ${path} cannot be read (${code})`]);
  }
}
