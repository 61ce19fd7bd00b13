import { MIN_SECRET_LENGTH } from '@holdfast/kafka';
import {
  type Environment,
  hostField,
  type KafkaConnection,
  kafkaConnection,
  kafkaFields,
  logLevelField,
  parseConfig,
  portField,
  redisFields,
  redisUrlsOf,
  registryFields,
  registryUrlOf,
} from '@holdfast/observability';
import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** A length of time in seconds, minutes or hours, at most a day; `0` is never. Becomes ms. */
const everyField = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) => {
      const [, count = '', unit = ''] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
      return text === '0' ? 0 : Number(count) * (UNIT_MS[unit] ?? 0) || Number.NaN;
    })
    .refine((ms) => ms >= 0 && ms <= LONGEST_EVERY_MS, 'must be like 90s, 5m or 1h, at most 24h; or 0');

const LONGEST_EVERY_MS = 86_400_000;

const schema = z.object({
  ...kafkaFields(),
  ...registryFields(),
  ...redisFields(),
  HOLDFAST_POLICY_DIR: z.string().optional(),
  /** The secret under which erased customers are remembered; without it a worker waits at an erasure. */
  HOLDFAST_ERASURE_KEY: z.string().min(MIN_SECRET_LENGTH).optional(),
  HOLDFAST_GROUP_ID: z.string().min(1).default('holdfast-customer'),
  HOLDFAST_HTTP_HOST: hostField(),
  HOLDFAST_HTTP_PORT: portField(9101),
  HOLDFAST_LOG_LEVEL: logLevelField(),
  /** How often it is learnt from outcomes which offers are accepted, such as `90s`, `5m`, `1h`; 0: never here. */
  HOLDFAST_LEARN_EVERY: everyField('5m'),
  /** Events kept of each customer for who looks at him, the newest; uses are not among them. About 75 bytes of Redis each. */
  HOLDFAST_EVENTS_KEPT: z.coerce.number().int().min(1).max(1_000).default(50),
  /** `on` keeps in Redis what an oracle needs to fold the log again; costs space, for tests. */
  HOLDFAST_JOURNAL: z.enum(['on', 'off']).default('off'),
});

export interface WorkerConfig extends KafkaConnection {
  readonly registryUrl: string;
  readonly redisUrl: string;
  readonly queueRedisUrl: string;
  /** Undefined: the policy pack that comes with the product. */
  readonly policyDir: string | undefined;
  readonly erasureKey: string | undefined;
  readonly groupId: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: z.output<typeof schema>['HOLDFAST_LOG_LEVEL'];
  /** 0: never. */
  readonly learnEveryMs: number;
  readonly eventsKept: number;
  readonly journal: boolean;
}

/** Throws `ConfigError`, naming the keys. */
export function readConfig(environment: Environment = process.env): WorkerConfig {
  const parsed = parseConfig(environment, schema);
  const { redisUrl, queueUrl } = redisUrlsOf(parsed);
  return {
    ...kafkaConnection(parsed),
    registryUrl: registryUrlOf(parsed),
    redisUrl,
    queueRedisUrl: queueUrl,
    policyDir: parsed.HOLDFAST_POLICY_DIR,
    erasureKey: parsed.HOLDFAST_ERASURE_KEY,
    groupId: parsed.HOLDFAST_GROUP_ID,
    host: parsed.HOLDFAST_HTTP_HOST,
    port: parsed.HOLDFAST_HTTP_PORT,
    logLevel: parsed.HOLDFAST_LOG_LEVEL,
    learnEveryMs: parsed.HOLDFAST_LEARN_EVERY,
    eventsKept: parsed.HOLDFAST_EVENTS_KEPT,
    journal: parsed.HOLDFAST_JOURNAL === 'on',
  };
}
