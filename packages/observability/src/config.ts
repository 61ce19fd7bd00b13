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
  'HOLDFAST_API_KEY',
  'HOLDFAST_API_KEYS',
  'HOLDFAST_API_KEYS_FILE',
  'HOLDFAST_CALLBACK_PORT',
  'HOLDFAST_CHANNELS_FILE',
  'HOLDFAST_CONSOLE_PORT',
  'HOLDFAST_CORS_ORIGINS',
  'HOLDFAST_DESKS_FILE',
  'HOLDFAST_DISPATCHER_PORT',
  'HOLDFAST_ERASURE_KEY',
  'HOLDFAST_GATEWAY_PORT',
  'HOLDFAST_GATEWAY_URL',
  'HOLDFAST_GROUP_ID',
  'HOLDFAST_HTTP_HOST',
  'HOLDFAST_HTTP_PORT',
  'HOLDFAST_JOURNAL',
  'HOLDFAST_KAFKA_BROKERS',
  'HOLDFAST_KAFKA_CA_FILE',
  'HOLDFAST_KAFKA_CERT_FILE',
  'HOLDFAST_KAFKA_HEAP',
  'HOLDFAST_KAFKA_KEY_FILE',
  'HOLDFAST_KAFKA_PASSWORD',
  'HOLDFAST_KAFKA_PASSWORD_FILE',
  'HOLDFAST_KAFKA_PORT',
  'HOLDFAST_KAFKA_SASL',
  'HOLDFAST_KAFKA_TLS',
  'HOLDFAST_KAFKA_USERNAME',
  'HOLDFAST_LEARN_EVERY',
  'HOLDFAST_LOG_LEVEL',
  'HOLDFAST_MAX_CONNECTIONS',
  'HOLDFAST_OIDC_AUDIENCE',
  'HOLDFAST_OIDC_DESKS_CLAIM',
  'HOLDFAST_OIDC_ID_CLAIM',
  'HOLDFAST_OIDC_ISSUER',
  'HOLDFAST_OIDC_JWKS_URL',
  'HOLDFAST_OIDC_ROLES_CLAIM',
  'HOLDFAST_OIDC_ROLE_MAP',
  'HOLDFAST_OIDC_TEAMS_CLAIM',
  'HOLDFAST_POLICY_DIR',
  'HOLDFAST_PSEUDONYM_KEY',
  'HOLDFAST_QUEUE_REDIS_PASSWORD_FILE',
  'HOLDFAST_QUEUE_REDIS_URL',
  'HOLDFAST_RATE_LIMIT',
  'HOLDFAST_REDIS_PASSWORD_FILE',
  'HOLDFAST_REDIS_PORT',
  'HOLDFAST_REDIS_URL',
  'HOLDFAST_REGISTRY_PASSWORD_FILE',
  'HOLDFAST_REGISTRY_PORT',
  'HOLDFAST_REGISTRY_URL',
  'HOLDFAST_S3_PATH_STYLE',
  'HOLDFAST_STACK',
  'HOLDFAST_TLS_CERT_FILE',
  'HOLDFAST_TLS_KEY_FILE',
  'HOLDFAST_TMF_PREFIX',
  'HOLDFAST_TRUSTED_PROXIES',
  'HOLDFAST_WEBHOOK_ALLOW_HTTP',
  'HOLDFAST_WEBHOOK_ALLOW_PRIVATE',
  'HOLDFAST_WEBHOOK_CREDENTIALS_FILE',
  'HOLDFAST_WEBHOOK_KEY',
  'HOLDFAST_WEBHOOK_TEMPLATES_DIR',
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
