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
import { createSecretReader, type ReadSecret } from '@holdfast/webhook';
import { z } from 'zod';

const schema = z.object({
  ...kafkaFields(),
  ...registryFields(),
  ...redisFields(),
  HOLDFAST_HTTP_HOST: hostField(),
  HOLDFAST_HTTP_PORT: portField(9102),
  HOLDFAST_CALLBACK_PORT: portField(9103),
  HOLDFAST_CHANNELS_FILE: z.string().min(1).optional(),
  HOLDFAST_LOG_LEVEL: logLevelField(),
});

/** Throws `ConfigError`, naming the keys, for an environment that cannot be used. */
export function readConfig(environment: Environment = process.env) {
  const values = parseConfig(environment, schema);
  return {
    ...kafkaConnection(values),
    registryUrl: registryUrlOf(values),
    ...redisUrlsOf(values),
    host: values.HOLDFAST_HTTP_HOST,
    port: values.HOLDFAST_HTTP_PORT,
    callbackPort: values.HOLDFAST_CALLBACK_PORT,
    channelsFile: values.HOLDFAST_CHANNELS_FILE,
    logLevel: values.HOLDFAST_LOG_LEVEL,
  };
}

export type DispatcherConfig = ReturnType<typeof readConfig>;

/** Reads the secrets of the channel file where it says they are. */
export function secretReader(environment: Environment = process.env): ReadSecret {
  return createSecretReader(environment);
}
