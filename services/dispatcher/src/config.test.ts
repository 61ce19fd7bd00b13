import { describe, expect, it } from 'vitest';
import { readConfig, secretReader } from './config.ts';

const NEEDED = {
  HOLDFAST_KAFKA_BROKERS: 'b:9092',
  HOLDFAST_REGISTRY_URL: 'http://r:8081',
  HOLDFAST_REDIS_URL: 'redis://s:6379',
};

describe('the settings of a dispatcher', () => {
  it('name no channel file unless told, as an empty variable does not', () => {
    expect(readConfig(NEEDED)).toMatchObject({
      channelsFile: undefined,
      callbackPort: 9103,
      queueUrl: 'redis://s:6379',
    });
    expect(readConfig({ ...NEEDED, HOLDFAST_CHANNELS_FILE: '' }).channelsFile).toBeUndefined();
    expect(readConfig({ ...NEEDED, HOLDFAST_CHANNELS_FILE: '/etc/c.yaml' }).channelsFile).toBe('/etc/c.yaml');
  });

  it('hold secrets by name; one that is missing says which', () => {
    const secret = secretReader({ SMTP_PASSWORD: 'hunter2' });
    expect(secret({ env: 'SMTP_PASSWORD' })).toBe('hunter2');
    expect(() => secret({ env: 'OTHER' })).toThrow('OTHER is not set');
    expect(() => secret({ file: '/nowhere/at/all' })).toThrow();
  });
});
