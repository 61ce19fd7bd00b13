import { parseArgs } from 'node:util';
import {
  ConfigError,
  type Environment,
  type KafkaConnection,
  kafkaConnection,
  kafkaFields,
  parseConfig,
  registryFields,
  registryUrlOf,
} from '@holdfast/observability';
import { z } from 'zod';
import { DEFAULT_DATA_DIR } from './data-folder.ts';
import { RECORDINGS } from './recording.ts';
import type { Pace } from './schedule.ts';

const environmentSchema = z.object({
  ...kafkaFields(),
  ...registryFields(),
});

/** `auto`: what of the recorded data is there, else generated. */
export const SOURCES = ['auto', ...RECORDINGS] as const;
export type Source = (typeof SOURCES)[number];

const wholeNumber = z.coerce.number().int().min(1).max(100_000_000);
const optionsSchema = z
  .object({
    source: z.enum(SOURCES).default('auto'),
    data: z.string().default(DEFAULT_DATA_DIR),
    events: wholeNumber.optional(),
    rate: z.coerce.number().positive().max(1_000_000).optional(),
    speed: z.coerce.number().min(0).max(1e9).optional(),
    seed: z.coerce.number().int().default(1),
    customers: wholeNumber.default(300),
    days: wholeNumber.optional(),
    suspensions: z.coerce.number().int().min(0).max(10_000).default(5),
    run: z
      .string()
      .regex(/^[a-z0-9]{0,16}$/, 'must be up to 16 small letters and digits')
      .default(''),
    truth: z.boolean().default(false),
    wait: z.boolean().default(false),
    desk: z.boolean().default(false),
  })
  .refine(({ rate, speed }) => rate === undefined || !speed, {
    path: ['rate'],
    message: 'contradicts --speed: give one of the two',
  });

export const USAGE = `usage: node services/simulator/src/main.ts [options]
  --source auto|cns_cdr|megaline|generated   --data DIR    where recorded data lies
  --events N    at the most so many          --days N      megaline: only its last days
  --rate N      open loop, events a second   --speed N     recorded time N times faster; 0 is as fast as possible
  --run ID      customers and feeds of their own           --suspensions N  requests added to recorded data
  --seed N  --customers N  --truth           of a generated population
  --wait        send only once a line comes on standard input
  --desk        answer the contacts of the run's customers, until stopped`;

export type SimulatorConfig = Omit<z.output<typeof optionsSchema>, 'rate' | 'speed'> & {
  readonly registryUrl: string;
  readonly pace: Pace;
} & KafkaConnection;

/** Throws `ConfigError`, naming the keys and options. */
export function readConfig(environment: Environment, words: readonly string[]): SimulatorConfig {
  const values = parseConfig(environment, environmentSchema);
  const { rate, speed, ...options } = readOptions(words);
  return {
    ...options,
    ...kafkaConnection(values),
    registryUrl: registryUrlOf(values),
    pace: paceOf(rate, speed),
  };
}

function paceOf(rate: number | undefined, speed: number | undefined): Pace {
  if (rate !== undefined) return { kind: 'rate', perSecond: rate };
  return speed ? { kind: 'speed', factor: speed } : { kind: 'unpaced' };
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

function readOptions(words: readonly string[]): z.output<typeof optionsSchema> {
  const parsed = optionsSchema.safeParse(valuesOf(words));
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`));
}

function valuesOf(words: readonly string[]): object {
  try {
    return parseArgs({
      args: [...words],
      options: {
        source: text,
        data: text,
        events: text,
        rate: text,
        speed: text,
        seed: text,
        customers: text,
        days: text,
        suspensions: text,
        run: text,
        truth: flag,
        wait: flag,
        desk: flag,
      },
    }).values;
  } catch (thrown) {
    throw new ConfigError([`${thrown instanceof Error ? thrown.message : String(thrown)}\n${USAGE}`]);
  }
}
