import { describe, expect, it } from 'vitest';
import { CredentialsError, NO_CREDENTIALS, readCredentials } from './credentials.ts';

const FILE = `
  zendesk: { hosts: [acme.zendesk.com], basic: { user: ann/token, password: { env: ZENDESK } } }
  genesys: { hosts: [api.mypurecloud.de], bearer: { env: GENESYS } }
  own: { hosts: ['hooks.example:8443'], header: { name: X-Api-Key, value: { env: OWN } } }
  connect:
    hosts: [connect.eu-west-1.amazonaws.com]
    aws: { region: eu-west-1, service: connect, accessKeyId: { env: ID }, secretAccessKey: { env: KEY } }
`;
const SECRETS: Record<string, string> = { ZENDESK: 'z\n', GENESYS: 'g', OWN: 'o', ID: 'AKID', KEY: 'key' };
const read = (text: string) =>
  readCredentials(text, (place) => {
    const secret = 'env' in place ? SECRETS[place.env] : undefined;
    if (secret === undefined) throw new Error('not set');
    return secret;
  });
const request = (url: string) => ({ method: 'POST', url, headers: {}, body: '{}' });

describe('credentials', () => {
  it.each([
    [
      'zendesk',
      'https://acme.zendesk.com/api',
      { authorization: `Basic ${Buffer.from('ann/token:z').toString('base64')}` },
    ],
    ['genesys', 'https://api.mypurecloud.de/', { authorization: 'Bearer g' }],
    ['own', 'https://hooks.example:8443/x', { 'x-api-key': 'o' }],
  ])('%s say who sends a request', (name, url, headers) => {
    expect(read(FILE).problem(name, url)).toBeUndefined();
    expect(read(FILE).headers(name, request(url), 0)).toEqual(headers);
  });

  it('of AWS sign each request', () => {
    const headers = read(FILE).headers('connect', request('https://connect.eu-west-1.amazonaws.com/contact/task'), 0);
    expect(headers.authorization).toContain('Credential=AKID/19700101/eu-west-1/connect/aws4_request');
  });

  it.each([
    ['zendesk', 'https://evil.example/'],
    ['zendesk', 'https://acme.zendesk.com.evil.example/'],
    ['zendesk', 'https://acme.zendesk.com:8443/'],
    ['own', 'https://hooks.example/'],
    ['constructor', 'https://acme.zendesk.com/'],
  ])('%s are never sent to %s', (name, url) => {
    expect(read(FILE).problem(name, url)).toBeDefined();
    expect(() => read(FILE).headers(name, request(url), 0)).toThrow();
    expect(NO_CREDENTIALS.problem(name, url)).toBeDefined();
  });

  it.each([
    ['a secret that is not set', 'x: { hosts: [a.example], bearer: { env: NOT_SET } }'],
    ['no hosts', 'x: { hosts: [], bearer: { env: OWN } }'],
    ['a host that is an address', "x: { hosts: ['https://a.example/'], bearer: { env: OWN } }"],
    ['two ways at once', 'x: { hosts: [a.example], bearer: { env: OWN }, aws: {} }'],
    ['a secret in the file itself', 'x: { hosts: [a.example], bearer: swordfish }'],
    ['no YAML', 'x: [swordfish'],
  ])('with %s are refused, without a word of secrets', (_title, text) => {
    expect(() => read(text)).toThrow(CredentialsError);
    if (text.includes('swordfish') && !text.includes('[')) {
      try {
        read(text);
      } catch (error) {
        expect(String(error)).not.toContain('swordfish');
      }
    }
  });
});
