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
  HOLDFAST_HTTP_HOST: hostField(),
  HOLDFAST_HTTP_PORT: portField(9102),
  HOLDFAST_LOG_LEVEL: logLevelField(),
});

/** Throws `ConfigError`, naming the keys, for an environment that cannot be used. */
export function readConfig(environment: Environment = process.env) {
  const values = parseConfig(environment, schema);
  return {
    brokers: values.HOLDFAST_KAFKA_BROKERS,
    registryUrl: values.HOLDFAST_REGISTRY_URL,
    redisUrl: values.HOLDFAST_REDIS_URL,
    queueUrl: values.HOLDFAST_QUEUE_REDIS_URL ?? values.HOLDFAST_REDIS_URL,
    host: values.HOLDFAST_HTTP_HOST,
    port: values.HOLDFAST_HTTP_PORT,
    logLevel: values.HOLDFAST_LOG_LEVEL,
  };
}

export type DispatcherConfig = ReturnType<typeof readConfig>;
