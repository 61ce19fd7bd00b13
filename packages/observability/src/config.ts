import type { z } from 'zod';

/** The environment does not make a configuration; each problem names its key. */
export class ConfigError extends Error {
  readonly code = 'configuration';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const PREFIX = 'HOLDFAST_';

/**
 * Every key of the product: services share one environment (a compose file, a shell), so a key that belongs to another
 * service is no mistake, while a key nobody reads is one.
 */
const KEYS = [
  'HOLDFAST_API_KEYS',
  'HOLDFAST_CONSOLE_PORT',
  'HOLDFAST_DISPATCHER_PORT',
  'HOLDFAST_GATEWAY_PORT',
  'HOLDFAST_GATEWAY_URL',
  'HOLDFAST_GROUP_ID',
  'HOLDFAST_HTTP_HOST',
  'HOLDFAST_HTTP_PORT',
  'HOLDFAST_JOURNAL',
  'HOLDFAST_KAFKA_BROKERS',
  'HOLDFAST_KAFKA_HEAP',
  'HOLDFAST_KAFKA_PORT',
  'HOLDFAST_LOG_KEY',
  'HOLDFAST_LOG_LEVEL',
  'HOLDFAST_POLICY_DIR',
  'HOLDFAST_QUEUE_REDIS_URL',
  'HOLDFAST_REDIS_PORT',
  'HOLDFAST_REDIS_URL',
  'HOLDFAST_REGISTRY_PORT',
  'HOLDFAST_REGISTRY_URL',
  'HOLDFAST_STACK',
  'HOLDFAST_WORKER_PORT',
];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses the HOLDFAST_* part of an environment. Empty values count as absent. Throws `ConfigError` for values the schema
 * refuses (contradictions through its refinements) and for keys no part of the product reads. Values are never repeated
 * in messages: they may be secrets.
 */
export function parseConfig<S extends z.ZodObject>(environment: Environment, schema: S): z.output<S> {
  const own = Object.entries(environment).filter(([key, value]) => key.startsWith(PREFIX) && value !== '');
  const known = [...new Set([...KEYS, ...Object.keys(schema.shape)])];
  const problems = own.filter(([key]) => !known.includes(key)).map(([key]) => unknownKey(key, known));
  const parsed = schema.safeParse(Object.fromEntries(own.filter(([key]) => key in schema.shape)));
  if (!parsed.success)
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${wording(issue)}`));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function wording(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : issue.message;
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return `${key}: is not known${near === undefined ? '' : `; did you mean ${near}?`}`;
}

const MAX_DISTANCE = 4;

function nearest(key: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, distance: editDistance(key, name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= MAX_DISTANCE ? best.name : undefined;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
