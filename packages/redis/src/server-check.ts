import type { Redis } from 'ioredis';

export type CheckAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: string; readonly fix: string };

/** What the engine's promises need of a server; undefined where the server did not say. */
interface ServerSettings {
  readonly version?: string;
  readonly role?: string;
  readonly isAppendOnly?: boolean;
  readonly evictionPolicy?: string;
  readonly replicas?: number;
  readonly hasReplicaMinimum?: boolean;
}

/** Asks the server for its settings, by INFO and, where that is forbidden, by CONFIG, and judges them. */
export async function checkServer(redis: Redis): Promise<CheckAnswer> {
  const silence = await whySilent(redis);
  if (silence !== undefined) {
    const problem = `Redis does not answer: ${silence}`;
    return { ok: false, problem, fix: 'start Redis, or correct the URL and its credentials' };
  }
  const info = await settingsFromInfo(redis);
  const config = info.evictionPolicy === undefined ? await settingsFromConfig(redis) : {};
  return judge({ ...info, ...config });
}

/** What the connection met says more than the command that waited for it. */
async function whySilent(redis: Redis): Promise<string | undefined> {
  let met: Error | undefined;
  const note = (error: Error) => {
    met = error;
  };
  redis.on('error', note);
  try {
    await redis.ping();
    return undefined;
  } catch (error) {
    return messageOf(met ?? error);
  } finally {
    redis.off('error', note);
  }
}

/** Settings against what is required, worst first. */
export function judge(found: ServerSettings): CheckAnswer {
  if (found.isAppendOnly === undefined || found.evictionPolicy === undefined) {
    const problem = 'INFO and CONFIG are forbidden or silent, so persistence and eviction cannot be verified';
    return { ok: false, problem, fix: 'allow INFO to this user: ACL SETUSER <name> +info' };
  }
  if (found.version !== undefined && !isAtLeast7(found.version)) {
    return { ok: false, problem: `Redis ${found.version} is too old`, fix: 'run Redis 7.0 or newer' };
  }
  if (found.role !== undefined && found.role !== 'master') {
    return {
      ok: false,
      problem: `the server is a ${found.role}`,
      fix: 'point the URL at the master, not through a proxy',
    };
  }
  if (found.evictionPolicy !== 'noeviction') {
    const problem = `maxmemory-policy is ${found.evictionPolicy}: profiles would vanish under memory pressure`;
    return { ok: false, problem, fix: 'CONFIG SET maxmemory-policy noeviction, and in redis.conf' };
  }
  if (!found.isAppendOnly) {
    const problem = 'the append-only file is off: a restart would lose what was processed';
    return { ok: false, problem, fix: 'CONFIG SET appendonly yes, and in redis.conf' };
  }
  if ((found.replicas ?? 0) > 0 && found.hasReplicaMinimum === false) {
    const problem = 'there are replicas, but min-replicas-to-write is 0: a cut-off master would go on accepting writes';
    return { ok: false, problem, fix: 'CONFIG SET min-replicas-to-write 1, and in redis.conf' };
  }
  return { ok: true };
}

async function settingsFromInfo(redis: Redis): Promise<ServerSettings> {
  try {
    const fields = new Map<string, string>();
    for (const line of (await redis.info()).split('\r\n')) {
      const [name, value] = line.split(':', 2);
      if (name && value !== undefined) fields.set(name, value);
    }
    const [version, role, policy] = [fields.get('redis_version'), fields.get('role'), fields.get('maxmemory_policy')];
    const appendOnly = fields.get('aof_enabled');
    return {
      ...(version !== undefined && { version }),
      ...(role !== undefined && { role }),
      ...(policy !== undefined && { evictionPolicy: policy }),
      ...(appendOnly !== undefined && { isAppendOnly: appendOnly === '1' }),
      replicas: Number(fields.get('connected_slaves') ?? 0),
      // The server prints this line only where a minimum is set.
      hasReplicaMinimum: fields.has('min_slaves_good_slaves'),
    };
  } catch (error) {
    if (isForbidden(error)) return {};
    throw error;
  }
}

async function settingsFromConfig(redis: Redis): Promise<ServerSettings> {
  try {
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
    const [, appendOnly] = (await redis.config('GET', 'appendonly')) as string[];
    return {
      ...(policy !== undefined && { evictionPolicy: policy }),
      ...(appendOnly !== undefined && { isAppendOnly: appendOnly === 'yes' }),
    };
  } catch (error) {
    if (isForbidden(error)) return {};
    throw error;
  }
}

/** The user may not run the command, or the server does not offer it. */
export function isForbidden(error: unknown): boolean {
  return /^(NOPERM|ERR unknown command)/.test(messageOf(error));
}

function isAtLeast7(version: string): boolean {
  return Number(version.split('.')[0]) >= 7;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
