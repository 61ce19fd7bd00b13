import {
  brokersField,
  type Environment,
  hostField,
  logLevelField,
  parseConfig,
  portField,
  redisUrlField,
  registryUrlField,
} from '@holdfast/observability';
import { z } from 'zod';

const schema = z.object({
  HOLDFAST_KAFKA_BROKERS: brokersField(),
  HOLDFAST_REGISTRY_URL: registryUrlField(),
  HOLDFAST_REDIS_URL: redisUrlField(),
  HOLDFAST_QUEUE_REDIS_URL: redisUrlField().optional(),
  HOLDFAST_POLICY_DIR: z.string().optional(),
  HOLDFAST_GROUP_ID: z.string().min(1).default('holdfast-customer'),
  HOLDFAST_HTTP_HOST: hostField(),
  HOLDFAST_HTTP_PORT: portField(9101),
  HOLDFAST_LOG_LEVEL: logLevelField(),
  /** `on` keeps in Redis what an oracle needs to fold the log again; costs space, for tests. */
  HOLDFAST_JOURNAL: z.enum(['on', 'off']).default('off'),
});

export interface WorkerConfig {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly redisUrl: string;
  readonly queueRedisUrl: string;
  /** Undefined: the policy pack that comes with the product. */
  readonly policyDir: string | undefined;
  readonly groupId: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: z.output<typeof schema>['HOLDFAST_LOG_LEVEL'];
  readonly journal: boolean;
}

/** Throws `ConfigError`, naming the keys. */
export function readConfig(environment: Environment = process.env): WorkerConfig {
  const parsed = parseConfig(environment, schema);
  return {
    brokers: parsed.HOLDFAST_KAFKA_BROKERS,
    registryUrl: parsed.HOLDFAST_REGISTRY_URL,
    redisUrl: parsed.HOLDFAST_REDIS_URL,
    queueRedisUrl: parsed.HOLDFAST_QUEUE_REDIS_URL ?? parsed.HOLDFAST_REDIS_URL,
    policyDir: parsed.HOLDFAST_POLICY_DIR,
    groupId: parsed.HOLDFAST_GROUP_ID,
    host: parsed.HOLDFAST_HTTP_HOST,
    port: parsed.HOLDFAST_HTTP_PORT,
    logLevel: parsed.HOLDFAST_LOG_LEVEL,
    journal: parsed.HOLDFAST_JOURNAL === 'on',
  };
}
