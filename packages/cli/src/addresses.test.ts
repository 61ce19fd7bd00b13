import { describe, expect, it } from 'vitest';
import { findAddresses, findLog } from './addresses.ts';

const LOG = { HOLDFAST_KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092', HOLDFAST_REGISTRY_URL: 'http://registry:8080' };
const REDIS = { HOLDFAST_REDIS_URL: 'redis://redis:6379' };

describe('an environment that names its own parts', () => {
  it('needs no local stack, nor settings of a secured connection', async () => {
    expect(await findAddresses({ ...LOG, ...REDIS })).toMatchObject({
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      registryUrl: 'http://registry:8080',
      redisUrl: 'redis://redis:6379',
    });
  });

  it('needs no Redis for a command that only sends events', async () => {
    expect(await findLog(LOG)).toMatchObject({ registryUrl: 'http://registry:8080' });
  });
});
