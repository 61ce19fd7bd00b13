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
import { type ApiKey, parseApiKeys } from './api-keys.ts';

const schema = z
  .object({
    HOLDFAST_API_KEYS: z.string().transform((text, context): readonly ApiKey[] => {
      const parsed = parseApiKeys(text);
      if (parsed.ok) return parsed.keys;
      context.addIssue({ code: 'custom', message: parsed.problem });
      return z.NEVER;
    }),
    HOLDFAST_KAFKA_BROKERS: brokersField(),
    HOLDFAST_REGISTRY_URL: registryUrlField(),
    HOLDFAST_REDIS_URL: redisUrlField().optional(),
    HOLDFAST_QUEUE_REDIS_URL: redisUrlField().optional(),
    HOLDFAST_HTTP_HOST: hostField(),
    HOLDFAST_HTTP_PORT: portField(8080),
    HOLDFAST_LOG_LEVEL: logLevelField(),
  })
  .superRefine((values, context) => {
    if (values.HOLDFAST_QUEUE_REDIS_URL ?? values.HOLDFAST_REDIS_URL) return;
    context.addIssue({ code: 'custom', path: ['HOLDFAST_REDIS_URL'], message: 'is missing' });
  });

/** Throws `ConfigError`, naming the keys, for an environment that cannot be used. */
export function readConfig(environment: Environment = process.env) {
  const values = parseConfig(environment, schema);
  return {
    apiKeys: values.HOLDFAST_API_KEYS,
    brokers: values.HOLDFAST_KAFKA_BROKERS,
    registryUrl: values.HOLDFAST_REGISTRY_URL,
    queueUrl: values.HOLDFAST_QUEUE_REDIS_URL ?? values.HOLDFAST_REDIS_URL ?? '',
    host: values.HOLDFAST_HTTP_HOST,
    port: values.HOLDFAST_HTTP_PORT,
    logLevel: values.HOLDFAST_LOG_LEVEL,
  };
}
