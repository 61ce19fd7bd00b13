import { MIN_SECRET_LENGTH } from '@holdfast/kafka';
import {
  type Environment,
  type KafkaConnection,
  type KafkaSecurity,
  kafkaConnection,
  kafkaFields,
  parseConfig,
  redisFields,
  redisUrlsOf,
  registryFields,
  registryUrlOf,
} from '@holdfast/observability';
import { z } from 'zod';
import { StackFailure, stackEnvironment, status } from '../../../infra/stack/index.mjs';

const logSchema = z.object({ ...kafkaFields(), ...registryFields() });
const schema = logSchema.extend({
  ...redisFields(),
  HOLDFAST_POLICY_DIR: z.string().optional(),
  HOLDFAST_ERASURE_KEY: z.string().min(MIN_SECRET_LENGTH).optional(),
});

/** Without these there is nothing to talk to; how one proves himself there is up to the installation. */
const LOG_KEYS = ['HOLDFAST_KAFKA_BROKERS', 'HOLDFAST_REGISTRY_URL'] as const;
const ALL_KEYS = [...LOG_KEYS, 'HOLDFAST_REDIS_URL'] as const;

/** Where the parts are that a command talks to. */
export interface Addresses {
  readonly brokers: readonly string[];
  /** Absent: the brokers take whoever comes. */
  readonly kafkaSecurity?: KafkaSecurity;
  readonly registryUrl: string;
  readonly redisUrl: string;
  readonly queueRedisUrl: string;
  /** Undefined: the policy pack that comes with the product. */
  readonly policyDir: string | undefined;
  /** The secret under which erased customers are remembered. */
  readonly erasureKey?: string | undefined;
}

/** From the environment where it says so, else those of the running local stack. Throws `StackFailure` or `ConfigError`. */
export async function findAddresses(environment: Environment): Promise<Addresses> {
  const parsed = parseConfig({ ...(await localStack(environment, ALL_KEYS)), ...withoutEmpty(environment) }, schema);
  const { redisUrl, queueUrl } = redisUrlsOf(parsed);
  return {
    ...kafkaConnection(parsed),
    registryUrl: registryUrlOf(parsed),
    redisUrl,
    queueRedisUrl: queueUrl,
    policyDir: parsed.HOLDFAST_POLICY_DIR,
    erasureKey: parsed.HOLDFAST_ERASURE_KEY,
  };
}

/** Where events go; for commands that need nothing else. Throws as `findAddresses` does. */
export async function findLog(environment: Environment): Promise<KafkaConnection & Pick<Addresses, 'registryUrl'>> {
  const local = await localStack(environment, LOG_KEYS);
  const parsed = parseConfig({ ...local, ...withoutEmpty(environment) }, logSchema);
  return { ...kafkaConnection(parsed), registryUrl: registryUrlOf(parsed) };
}

async function localStack(environment: Environment, keys: readonly string[]): Promise<Environment> {
  if (keys.every((key) => environment[key])) return {};
  const { brokers, registryUrl, redisUrl } = await status();
  if (brokers && registryUrl && redisUrl) return stackEnvironment({ brokers, registryUrl, redisUrl });
  throw new StackFailure(
    'no Kafka, registry and Redis to talk to',
    `start them with holdfast up, or set ${keys.join(', ')}`,
  );
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
}
