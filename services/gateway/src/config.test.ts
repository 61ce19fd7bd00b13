import { ConfigError } from '@holdfast/observability';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const good = {
  HOLDFAST_API_KEYS: 'producer:producer-0123456789,agent:agent-0123456789abc',
  HOLDFAST_KAFKA_BROKERS: 'b:9092',
  HOLDFAST_REGISTRY_URL: 'http://r:8081/apis/ccompat/v7',
  HOLDFAST_REDIS_URL: 'redis://shards:6379',
};

const BAD_KEY = 'HOLDFAST_WEBHOOK_KEY: must be 32 random bytes in base64 (openssl rand -base64 32)';
const BAD_NETWORKS = 'HOLDFAST_WEBHOOK_ALLOW_PRIVATE: must be networks such as 10.0.0.0/8, comma-separated';

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
    const own = { ...good, HOLDFAST_QUEUE_REDIS_URL: 'redis://queues:6379' };
    expect(readConfig(own)).toMatchObject({ redisUrl: 'redis://shards:6379', queueUrl: 'redis://queues:6379' });
  });

  it('calls nothing private and nothing without TLS unless told so', () => {
    expect(readConfig(good).subscriptions).toMatchObject({ boxKeys: [], allowedNetworks: [], isHttpAllowed: false });
    const open = { HOLDFAST_WEBHOOK_ALLOW_PRIVATE: '10.0.0.0/8, fd00::/8', HOLDFAST_WEBHOOK_ALLOW_HTTP: 'true' };
    const { subscriptions } = readConfig({ ...good, ...open });
    expect(subscriptions).toMatchObject({ allowedNetworks: ['10.0.0.0/8', 'fd00::/8'], isHttpAllowed: true });
  });

  it.each([
    [{ HOLDFAST_API_KEYS_FILE: 'keys.yaml' }],
    [{ HOLDFAST_OIDC_ISSUER: 'https://id.example.org', HOLDFAST_OIDC_AUDIENCE: 'holdfast' }],
  ])('needs no keys of its own with %j', (change) => {
    expect(problems({ HOLDFAST_API_KEYS: '', ...change })).toEqual([]);
  });

  it('reads what tokens mean', () => {
    const { tokens } = readConfig({
      ...good,
      HOLDFAST_OIDC_ISSUER: 'https://id.example.org',
      HOLDFAST_OIDC_AUDIENCE: 'holdfast',
      HOLDFAST_OIDC_ROLES_CLAIM: 'realm_access.roles',
      HOLDFAST_OIDC_ROLE_MAP: 'care=agent, CN%3Dleads%2COU%3Dcare=supervisor,care=producer',
    }).security;
    expect(tokens).toEqual({
      issuer: 'https://id.example.org',
      audience: 'holdfast',
      rolesClaim: 'realm_access.roles',
      rolesOf: new Map([
        ['care', ['agent', 'producer']],
        ['CN=leads,OU=care', ['supervisor']],
      ]),
    });
  });

  it.each([
    ['care=admin', 1],
    ['care=agent,supervisor', 2],
    ['=agent', 1],
    ['%zz=agent', 1],
  ])('refuses the role map %j', (map, entry) => {
    const change = {
      HOLDFAST_OIDC_ISSUER: 'https://id.example.org',
      HOLDFAST_OIDC_AUDIENCE: 'holdfast',
      HOLDFAST_OIDC_ROLE_MAP: map,
    };
    expect(problems(change)).toEqual([
      expect.stringMatching(`^HOLDFAST_OIDC_ROLE_MAP: entry ${entry} must be value=role with a role of producer,`),
    ]);
  });

  it.each([
    [
      { HOLDFAST_API_KEYS: '' },
      [
        'HOLDFAST_API_KEYS: is missing; so are HOLDFAST_API_KEYS_FILE and HOLDFAST_OIDC_ISSUER, and nobody could come in',
      ],
    ],
    [
      { HOLDFAST_OIDC_ISSUER: 'https://id.example.org' },
      ['HOLDFAST_OIDC_AUDIENCE: is needed with HOLDFAST_OIDC_ISSUER'],
    ],
    [
      { HOLDFAST_OIDC_ROLE_MAP: 'a=agent', HOLDFAST_OIDC_DESKS_CLAIM: 'desks' },
      ['HOLDFAST_OIDC_ISSUER: is needed with HOLDFAST_OIDC_ROLE_MAP'],
    ],
    [
      { HOLDFAST_OIDC_ISSUER: 'http://id.example.org', HOLDFAST_OIDC_AUDIENCE: 'holdfast' },
      ['HOLDFAST_OIDC_ISSUER: must be an https URL (http on this machine only)'],
    ],
    [{ HOLDFAST_TLS_CERT_FILE: 'c.pem' }, ['HOLDFAST_TLS_KEY_FILE: is needed with HOLDFAST_TLS_CERT_FILE']],
    [{ HOLDFAST_TLS_KEY_FILE: 'k.pem' }, ['HOLDFAST_TLS_CERT_FILE: is needed with HOLDFAST_TLS_KEY_FILE']],
    [
      { HOLDFAST_CORS_ORIGINS: '*' },
      ['HOLDFAST_CORS_ORIGINS: must be origins such as https://desk.example.org, comma-separated; * is not one'],
    ],
    [
      { HOLDFAST_CORS_ORIGINS: 'https://desk.example.org/' },
      ['HOLDFAST_CORS_ORIGINS: must be origins such as https://desk.example.org, comma-separated; * is not one'],
    ],
    [
      { HOLDFAST_TRUSTED_PROXIES: 'true' },
      ['HOLDFAST_TRUSTED_PROXIES: must be addresses or networks such as 10.0.0.0/8, comma-separated'],
    ],
    [{ HOLDFAST_RATE_LIMIT: '0' }, ['HOLDFAST_RATE_LIMIT: must be a whole number from 1 to 9999999']],
    [{ HOLDFAST_PSEUDONYM_KEY: 'short-secret' }, ['HOLDFAST_PSEUDONYM_KEY: must have 32 characters or more']],
    [{ HOLDFAST_API_KEYS: 'agent:tooshort' }, ['HOLDFAST_API_KEYS: entry 1 has a key shorter than 16 characters']],
    [{ HOLDFAST_REDIS_URL: '' }, ['HOLDFAST_REDIS_URL: is missing']],
    [{ HOLDFAST_WEBHOOK_KEY: 'swordfish' }, [BAD_KEY]],
    [{ HOLDFAST_WEBHOOK_ALLOW_PRIVATE: '10.0.0.0' }, [BAD_NETWORKS]],
    [{ HOLDFAST_WEBHOOK_ALLOW_HTTP: 'yes' }, ['HOLDFAST_WEBHOOK_ALLOW_HTTP: must be true or false']],
    [{ HOLDFAST_TMF_PREFIX: 'tmf-api/' }, ['HOLDFAST_TMF_PREFIX: must be an address like /tmf-api']],
    [{ HOLDFAST_ERASURE_KEY: 'short' }, [expect.stringContaining('HOLDFAST_ERASURE_KEY')]],
    [{ HOLDFAST_APIKEYS: 'x' }, ['HOLDFAST_APIKEYS: is not known; did you mean HOLDFAST_API_KEYS?']],
  ])('refuses %j', (change, expected) => {
    expect(problems(change)).toEqual(expected);
  });
});
