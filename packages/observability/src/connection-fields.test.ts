import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './config.ts';
import {
  kafkaConnection,
  kafkaFields,
  redisFields,
  redisUrlsOf,
  registryFields,
  registryUrlOf,
} from './connection-fields.ts';

let folder: string;
let secret: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'));
  secret = join(folder, 'secret');
  writeFileSync(secret, 'p@ss/w:rd\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.object({ ...kafkaFields(), ...registryFields(), ...redisFields() });
const REQUIRED = {
  HOLDFAST_KAFKA_BROKERS: 'b:9093',
  HOLDFAST_REGISTRY_URL: 'https://svc@registry/apis',
  HOLDFAST_REDIS_URL: 'rediss://worker@redis:6380',
};
const read = (more: Readonly<Record<string, string>>) => parseConfig({ ...REQUIRED, ...more }, schema);

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the connection to Kafka', () => {
  it('is plain and unproved unless something is set', () => {
    expect(kafkaConnection(read({}))).toEqual({ brokers: ['b:9093'], kafkaSecurity: {} });
  });

  it('takes TLS with the certificates of the system, or with files', () => {
    expect(kafkaConnection(read({ HOLDFAST_KAFKA_TLS: 'on' })).kafkaSecurity).toEqual({ ssl: true });
    const files = { HOLDFAST_KAFKA_CA_FILE: secret, HOLDFAST_KAFKA_CERT_FILE: secret, HOLDFAST_KAFKA_KEY_FILE: secret };
    const text = 'p@ss/w:rd\n';
    expect(kafkaConnection(read({ HOLDFAST_KAFKA_TLS: 'on', ...files })).kafkaSecurity).toEqual({
      ssl: { ca: [text], cert: text, key: text },
    });
  });

  it('takes a password from its file', () => {
    const sasl = { HOLDFAST_KAFKA_SASL: 'scram-sha-512', HOLDFAST_KAFKA_USERNAME: 'worker' };
    expect(kafkaConnection(read({ ...sasl, HOLDFAST_KAFKA_PASSWORD_FILE: secret })).kafkaSecurity.sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'worker',
      password: 'p@ss/w:rd',
    });
  });

  it.each<[Readonly<Record<string, string>>, string]>([
    [{ HOLDFAST_KAFKA_CA_FILE: '/x' }, 'HOLDFAST_KAFKA_TLS: is off, but files for it are named'],
    [{ HOLDFAST_KAFKA_TLS: 'on', HOLDFAST_KAFKA_KEY_FILE: '/x' }, 'HOLDFAST_KAFKA_CERT_FILE: goes with'],
    [{ HOLDFAST_KAFKA_TLS: 'on', HOLDFAST_KAFKA_CA_FILE: '/nowhere' }, '/nowhere cannot be read (ENOENT)'],
    [{ HOLDFAST_KAFKA_USERNAME: 'x' }, 'HOLDFAST_KAFKA_SASL: is missing'],
    [{ HOLDFAST_KAFKA_SASL: 'plain' }, 'HOLDFAST_KAFKA_USERNAME: is missing'],
    [{ HOLDFAST_KAFKA_SASL: 'plain', HOLDFAST_KAFKA_USERNAME: 'x' }, 'HOLDFAST_KAFKA_PASSWORD_FILE: is missing'],
    [{ HOLDFAST_KAFKA_PASSWORD: 'x', HOLDFAST_KAFKA_PASSWORD_FILE: '/x' }, 'contradicts HOLDFAST_KAFKA_PASSWORD'],
  ])('refuses %j', (settings, problem) => {
    expect(problemsOf(() => kafkaConnection(read(settings)))).toEqual([expect.stringContaining(problem)]);
  });
});

describe('the addresses of Redis and the registry', () => {
  it('get the password of their file, whatever is in it', () => {
    const { redisUrl, queueUrl } = redisUrlsOf(read({ HOLDFAST_REDIS_PASSWORD_FILE: secret }));
    expect(decodeURIComponent(new URL(redisUrl).password)).toBe('p@ss/w:rd');
    expect(new URL(redisUrl).username).toBe('worker');
    expect(queueUrl).toBe(redisUrl);
    const registry = new URL(registryUrlOf(read({ HOLDFAST_REGISTRY_PASSWORD_FILE: secret })));
    expect([registry.username, decodeURIComponent(registry.password), registry.pathname]).toEqual([
      'svc',
      'p@ss/w:rd',
      '/apis',
    ]);
  });

  it.each<[Readonly<Record<string, string>>, string]>([
    [{ HOLDFAST_QUEUE_REDIS_PASSWORD_FILE: '/x' }, 'is set without HOLDFAST_QUEUE_REDIS_URL'],
    [
      { HOLDFAST_REDIS_URL: 'redis://u:p@h:1', HOLDFAST_REDIS_PASSWORD_FILE: '/x' },
      'contradicts the password in HOLDFAST_REDIS_URL',
    ],
    [{ HOLDFAST_REDIS_PASSWORD_FILE: '/nowhere' }, '/nowhere cannot be read (ENOENT)'],
  ])('are refused with %j', (settings, problem) => {
    expect(problemsOf(() => redisUrlsOf(read(settings)))).toEqual([expect.stringContaining(problem)]);
  });
});
