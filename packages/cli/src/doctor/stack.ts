import { isPortFree, redisCall, type StackStatus, USUAL_PORTS } from '../../../../infra/stack/index.mjs';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const START = 'npx holdfast up';

/** What runs, and whether the services are as Holdfast needs them. */
export function stackChecks(stack: StackStatus): readonly Check[] {
  const running = stack.phase === 'up';
  return [
    { name: 'stack', run: async () => judgeStack(stack) },
    { name: 'ports', run: () => ports(stack) },
    ...(running && stack.redisUrl ? [redisCheck(stack.redisUrl)] : []),
    ...(running && stack.registryUrl ? [registryCheck(stack.registryUrl)] : []),
  ];
}

export function judgeStack({ phase, kind, services }: StackStatus): Finding {
  if (phase === 'up') return ok(`up (${kind})`);
  if (phase === 'down') return warn('down', START);
  const dead = Object.entries(services).flatMap(([name, service]) => (service.running ? [] : [name]));
  return fail(dead.length > 0 ? `${dead.join(', ')} not running` : 'its start was interrupted', START);
}

async function ports(stack: StackStatus): Promise<Finding> {
  const own = Object.values(stack.services).filter(({ running }) => running);
  if (own.length > 0) return ok(own.map(({ port }) => port).join(', '));
  const usual = await Promise.all(
    Object.values(USUAL_PORTS).map(async (port) => ({ port, free: await isPortFree(port) })),
  );
  const taken = usual.flatMap(({ port, free }) => (free ? [] : [port]));
  return taken.length === 0
    ? ok('the usual ones are free')
    : ok(`${taken.join(', ')} taken: the stack takes free ones instead`);
}

function redisCheck(url: string): Check {
  return {
    name: 'redis',
    run: async () => judgeRedis((await redisCall(Number(new URL(url).port), ['INFO'], { timeoutMs: 1_500 })) ?? ''),
  };
}

/** Judges the answer to INFO: durable, never evicting, able to take writes. */
export function judgeRedis(info: string): Finding {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  if (!field('redis_version')) return fail('does not answer', START);
  if (field('maxmemory_policy') !== 'noeviction') {
    const fix = 'CONFIG SET maxmemory-policy noeviction, and in redis.conf';
    return fail(`evicts keys (${field('maxmemory_policy')}): profiles would vanish`, fix);
  }
  if (field('aof_enabled') !== '1')
    return fail('keeps no append-only file', 'CONFIG SET appendonly yes, and in redis.conf');
  if (field('aof_last_write_status') === 'err')
    return fail('cannot write its append-only file', 'look at its log and the disk');
  // The server prints the second line only where a minimum is set.
  if (Number(field('connected_slaves') ?? 0) > 0 && field('min_slaves_good_slaves') === undefined) {
    const fix = 'CONFIG SET min-replicas-to-write 1, and in redis.conf';
    return fail('has replicas, but min-replicas-to-write is 0: cut off, it would go on accepting writes', fix);
  }
  return ok(`Redis ${field('redis_version')}, append-only, noeviction, ${field('used_memory_human')} used`);
}

function registryCheck(url: string): Check {
  return {
    name: 'registry',
    run: async () => {
      const response = await fetch(`${url}/config`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
      return judgeRegistry(response?.ok ? ((await response.json()) as { compatibilityLevel?: string }) : null);
    },
  };
}

/** Judges the registry's answer about its own rule; null is no answer. */
export function judgeRegistry(config: { readonly compatibilityLevel?: string } | null): Finding {
  if (!config) return fail('does not answer', START);
  const level = config.compatibilityLevel ?? 'NONE';
  if (level === 'BACKWARD') return ok('answers, compatibility BACKWARD');
  return warn(`answers, compatibility ${level}: a schema that breaks readers would pass`, 'npx holdfast init');
}
