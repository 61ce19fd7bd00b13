import { ConfigError } from '@holdfast/observability';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const good = {
  HOLDFAST_API_KEYS: 'producer:producer-0123456789,agent:agent-0123456789abc',
  HOLDFAST_KAFKA_BROKERS: 'b:9092',
  HOLDFAST_REGISTRY_URL: 'http://r:8081/apis/ccompat/v7',
  HOLDFAST_REDIS_URL: 'redis://shards:6379',
};

function problems(change: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...good, ...change });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration of the gateway', () => {
  it('takes the feed from the Redis of the queues, else from that of the shards', () => {
    expect(readConfig(good)).toMatchObject({ port: 8080, host: '127.0.0.1', queueUrl: 'redis://shards:6379' });
    const own = { ...good, HOLDFAST_REDIS_URL: '', HOLDFAST_QUEUE_REDIS_URL: 'redis://queues:6379' };
    expect(readConfig(own).queueUrl).toBe('redis://queues:6379');
  });

  it.each([
    [{ HOLDFAST_API_KEYS: '' }, ['HOLDFAST_API_KEYS: is missing']],
    [{ HOLDFAST_API_KEYS: 'agent:tooshort' }, ['HOLDFAST_API_KEYS: entry 1 has a key shorter than 16 characters']],
    [{ HOLDFAST_REDIS_URL: '' }, ['HOLDFAST_REDIS_URL: is missing']],
    [{ HOLDFAST_API_KEY: 'x' }, ['HOLDFAST_API_KEY: is not known; did you mean HOLDFAST_API_KEYS?']],
  ])('refuses %j', (change, expected) => {
    expect(problems(change)).toEqual(expected);
  });
});
