import { brokersField, type Environment, parseConfig, redisUrlField, registryUrlField } from '@holdfast/observability';
import { z } from 'zod';
import { StackFailure, stackEnvironment, status } from '../../../infra/stack/index.mjs';

const schema = z.object({
  HOLDFAST_KAFKA_BROKERS: brokersField(),
  HOLDFAST_REGISTRY_URL: registryUrlField(),
  HOLDFAST_REDIS_URL: redisUrlField(),
  HOLDFAST_QUEUE_REDIS_URL: redisUrlField().optional(),
  HOLDFAST_POLICY_DIR: z.string().optional(),
});

/** Where the parts are that a command talks to. */
export interface Addresses {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly redisUrl: string;
  readonly queueRedisUrl: string;
  /** Undefined: the policy pack that comes with the product. */
  readonly policyDir: string | undefined;
}

/** From the environment where it says so, else those of the running local stack. Throws `StackFailure` or `ConfigError`. */
export async function findAddresses(environment: Environment): Promise<Addresses> {
  const parsed = parseConfig({ ...(await localStack()), ...withoutEmpty(environment) }, schema);
  return {
    brokers: parsed.HOLDFAST_KAFKA_BROKERS,
    registryUrl: parsed.HOLDFAST_REGISTRY_URL,
    redisUrl: parsed.HOLDFAST_REDIS_URL,
    queueRedisUrl: parsed.HOLDFAST_QUEUE_REDIS_URL ?? parsed.HOLDFAST_REDIS_URL,
    policyDir: parsed.HOLDFAST_POLICY_DIR,
  };

  async function localStack(): Promise<Environment> {
    const keys = ['HOLDFAST_KAFKA_BROKERS', 'HOLDFAST_REGISTRY_URL', 'HOLDFAST_REDIS_URL'];
    if (keys.every((key) => environment[key])) return {};
    const { brokers, registryUrl, redisUrl } = await status();
    if (brokers && registryUrl && redisUrl) return stackEnvironment({ brokers, registryUrl, redisUrl });
    throw new StackFailure(
      'no Kafka, registry and Redis to talk to',
      `start them with holdfast up, or set ${keys.join(', ')}`,
    );
  }
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
}
