import type { PlaceOptions } from '@holdfast/archive';
import { type Environment, parseConfig } from '@holdfast/observability';
import { z } from 'zod';

const schema = z.object({ HOLDFAST_S3_PATH_STYLE: z.enum(['true', 'false']).optional() });

/** What a place in S3 needs beside what the AWS tools look up themselves. Throws `ConfigError`. */
export function placeOptions(environment: Environment): PlaceOptions {
  return { isPathStyle: parseConfig(environment, schema).HOLDFAST_S3_PATH_STYLE === 'true' };
}
