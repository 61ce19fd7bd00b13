import { readFileSync } from 'node:fs';
import type { SecretPlace } from '@holdfast/webhook';
import { describe, expect, it } from 'vitest';
import { ChannelFileError, readChannelFile } from './channel-file.ts';

const secretOf = (place: SecretPlace) => `secret of ${'env' in place ? place.env : place.file}\n`;
const read = (text: string, readSecret = secretOf) => readChannelFile(text, readSecret);

const WEBHOOK = 'url: https://example.org/hook, secrets: [{ env: KEY }]';
const one = (plan: string) => `channels: { web: { ${plan} } }`;

describe('a channel file', () => {
  it('is read with durations in ms, defaults, and secrets from where it says they are', () => {
    const file = read(one(`adapter: webhook, ${WEBHOOK}, rate: { max: 100, per: 1s }, timeout: 3s`));
    expect(file.channels.web).toMatchObject({
      concurrency: 32,
      rate: { max: 100, per: 1_000 },
      timeout: 3_000,
      semantics: 'idempotent',
      retry: { first: 1_000, max: 300_000, tries: 10 },
      breaker: { failures: 5, open: 10_000, maxOpen: 300_000 },
      texts: { subject: '{title}', body: '{script}' },
    });
    expect(file.secret({ env: 'KEY' })).toBe('secret of KEY');
  });

  it.each<[string, string, RegExp]>([
    ['is no YAML', 'channels: [', /no YAML/],
    ['has no channels', '{}', /channels/],
    ['names a channel badly', 'channels: { SMS: { adapter: work-list } }', /channels/],
    ['names an adapter there is not', one('adapter: fax'), /adapter/],
    ['says what its adapter does not know', one('adapter: work-list, url: https://example.org'), /url/],
    ['holds a bad duration', one(`adapter: webhook, ${WEBHOOK}, timeout: 3`), /timeout/],
    ['holds a secret itself', one('adapter: webhook, url: https://example.org, secrets: [abc]'), /secrets/],
    [
      'calls a private address',
      one('adapter: webhook, url: http://10.0.0.1/, secrets: [{ env: KEY }]'),
      /private address/,
    ],
    ['waits for reports that cannot come', one(`adapter: webhook, ${WEBHOOK}, arrival: on-report`), /needs callbacks/],
    ['believes callbacks of anybody', one(`adapter: webhook, ${WEBHOOK}, callbacks: {}`), /signature or bearer/],
    ['promises what SMTP cannot', one('adapter: smtp, host: h, from: a@b, semantics: idempotent'), /semantics/],
    ['has nowhere to look for addresses', one('adapter: smtp, host: h, from: a@b'), /directory/],
    ['names a placeholder there is not', one(`adapter: webhook, ${WEBHOOK}, texts: { body: '{phone}' }`), /\{phone\}/],
  ])('that %s is refused', (_title, text, message) => {
    expect(() => read(text)).toThrow(ChannelFileError);
    expect(() => read(text)).toThrow(message);
  });

  it('without its secrets is refused, naming the place alone', () => {
    const missing = () => {
      throw new Error('hunter2');
    };
    expect(() => read(one(`adapter: webhook, ${WEBHOOK}`), missing)).toThrow(/^the variable KEY cannot be read$/);
    expect(() => read(one(`adapter: webhook, ${WEBHOOK}`), () => '\n')).toThrow(/holds no secret/);
  });

  it('is another one when a secret changes, and the same for the same', () => {
    const text = one(`adapter: webhook, ${WEBHOOK}`);
    const print = (readSecret?: typeof secretOf) => {
      const file = read(text, readSecret);
      return file.fingerprintOf(file.channels.web);
    };
    expect(print()).toBe(print());
    expect(print()).not.toBe(print(() => 'changed'));
  });

  it('takes what looks like a secret in a payload as it is', () => {
    const text = one("adapter: http, url: https://example.org, needsAddress: false, payload: { file: 'a', env: 'b' }");
    const nothing = () => {
      throw new Error('nothing is asked for');
    };
    expect(read(text, nothing).channels.web).toMatchObject({ payload: { file: 'a', env: 'b' } });
  });

  it('in the example is one', () => {
    const example = readFileSync(new URL('../../channels.example.yaml', import.meta.url), 'utf8');
    expect(Object.values(read(example).channels).map(({ adapter }) => adapter)).toEqual([
      'work-list',
      'smpp',
      'smtp',
      'push',
      'webhook',
      'http',
    ]);
  });
});
