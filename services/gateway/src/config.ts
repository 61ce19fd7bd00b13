import { MIN_SECRET_LENGTH } from '@holdfast/kafka';
import {
  type Environment,
  hostField,
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
import { MOST_UNTOLD } from '@holdfast/redis';
import { z } from 'zod';
import { DEFAULT_TMF_PREFIX } from './security/guard.ts';
import { SECURITY_FIELDS, securityContradictions, securityPlan } from './security/security-config.ts';
import { subscriptionsConfig, subscriptionsFields } from './subscriptions/subscriptions-config.ts';

const schema = z
  .object({
    ...SECURITY_FIELDS,
    ...kafkaFields(),
    ...registryFields(),
    ...redisFields(),
    HOLDFAST_POLICY_DIR: z.string().optional(),
    /** The secret the workers have; without it nobody is erased here. */
    HOLDFAST_ERASURE_KEY: z.string().min(MIN_SECRET_LENGTH).optional(),
    /** Where TM Forum interfaces begin. */
    HOLDFAST_TMF_PREFIX: z
      .string()
      .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be an address like /tmf-api')
      .default(DEFAULT_TMF_PREFIX),
    /** So many changes of work items wait for the log at most: about 270 B of Redis each. */
    HOLDFAST_WORK_UNTOLD_MAX: z.coerce.number().int().min(1_000).max(10_000_000).default(MOST_UNTOLD),
    HOLDFAST_HTTP_HOST: hostField(),
    HOLDFAST_HTTP_PORT: portField(8080),
    HOLDFAST_LOG_LEVEL: logLevelField(),
    ...subscriptionsFields,
  })
  .superRefine((values, context) => {
    for (const { key, message } of securityContradictions(values)) {
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });

/** Throws `ConfigError`, naming the keys, for an environment that cannot be used. */
export function readConfig(environment: Environment = process.env) {
  const values = parseConfig(environment, schema);
  return {
    security: securityPlan(values),
    ...kafkaConnection(values),
    registryUrl: registryUrlOf(values),
    ...redisUrlsOf(values),
    /** Holds until the first published policy; undefined: the pack that comes with the product. */
    policyDir: values.HOLDFAST_POLICY_DIR,
    tmfPrefix: values.HOLDFAST_TMF_PREFIX,
    mostUntold: values.HOLDFAST_WORK_UNTOLD_MAX,
    erasureKey: values.HOLDFAST_ERASURE_KEY,
    host: values.HOLDFAST_HTTP_HOST,
    port: values.HOLDFAST_HTTP_PORT,
    logLevel: values.HOLDFAST_LOG_LEVEL,
    subscriptions: { ...subscriptionsConfig(values), environment },
  };
}

export type GatewayConfig = ReturnType<typeof readConfig>;
