import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './config.ts';
import { brokersField, logLevelField, portField, redisUrlField, registryUrlField } from './config-fields.ts';

const schema = z.object({
  HOLDFAST_KAFKA_BROKERS: brokersField(),
  HOLDFAST_REDIS_URL: redisUrlField(),
  HOLDFAST_REGISTRY_URL: registryUrlField().optional(),
  HOLDFAST_HTTP_PORT: portField(9102),
  HOLDFAST_LOG_LEVEL: logLevelField(),
});
const good = { HOLDFAST_KAFKA_BROKERS: 'a:1, b:2', HOLDFAST_REDIS_URL: 'redis://h:6379' };

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment, schema);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('configuration from the environment', () => {
  it('is parsed, with defaults, and takes an empty value as absent', () => {
    expect(parseConfig({ ...good, HOLDFAST_LOG_LEVEL: '', PATH: '/bin' }, schema)).toEqual({
      HOLDFAST_KAFKA_BROKERS: ['a:1', 'b:2'],
      HOLDFAST_REDIS_URL: 'redis://h:6379',
      HOLDFAST_HTTP_PORT: 9102,
      HOLDFAST_LOG_LEVEL: 'info',
    });
  });

  it('drops the slash at the end of the registry address', () => {
    const config = parseConfig({ ...good, HOLDFAST_REGISTRY_URL: 'http://r:8081/apis/ccompat/v7/' }, schema);
    expect(config.HOLDFAST_REGISTRY_URL).toBe('http://r:8081/apis/ccompat/v7');
  });

  it.each([
    [{ HOLDFAST_REDIS_URL: '' }, 'HOLDFAST_REDIS_URL: is missing'],
    [{ HOLDFAST_KAFKA_BROKERS: 'localhost' }, 'HOLDFAST_KAFKA_BROKERS: must be host:port, comma-separated'],
    [{ HOLDFAST_HTTP_PORT: '70000' }, 'HOLDFAST_HTTP_PORT: must be a port, 0 to 65535'],
    [{ HOLDFAST_HTTP_PROT: '1' }, 'HOLDFAST_HTTP_PROT: is not known; did you mean HOLDFAST_HTTP_PORT?'],
    [{ HOLDFAST_SOMETHING_ELSE: '1' }, 'HOLDFAST_SOMETHING_ELSE: is not known'],
  ])('refuses %j and names the key', (change, problem) => {
    expect(problemsOf({ ...good, ...change })).toEqual([problem]);
  });

  it('tolerates the keys of other services', () => {
    expect(problemsOf({ ...good, HOLDFAST_API_KEYS: 'agent:0123456789abcdef', HOLDFAST_POLICY_DIR: 'p' })).toEqual([]);
  });

  it('never repeats a refused value', () => {
    const problems = problemsOf({ ...good, HOLDFAST_REDIS_URL: 'http://user:hunter2@h' });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('hunter2');
  });
});
