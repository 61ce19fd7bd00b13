import { createHmac } from 'node:crypto';
import { assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWebhookSigner } from './standard-webhook.ts';

/** The example of the Standard Webhooks specification and its libraries. */
const SPECIFIED = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  atMs: 1_614_265_330_000,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const OTHER = `whsec_${Buffer.from('another secret of 24 byt').toString('base64')}`;

describe('a signature', () => {
  it('is the one the specification gives', () => {
    const { secret, id, atMs, body, signature } = SPECIFIED;
    expect(createWebhookSigner([secret]).headers(id, atMs, body)).toEqual({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': signature,
    });
  });

  it('is HMAC-SHA256 over id, seconds and body, whatever they are', () => {
    const signer = createWebhookSigner([OTHER]);
    const key = Buffer.from(OTHER.slice('whsec_'.length), 'base64');
    assert(
      property(string({ unit: 'grapheme' }), integer({ min: 0, max: 4e12 }), (body, atMs) => {
        const expected = createHmac('sha256', key)
          .update(`c1.${Math.floor(atMs / 1_000)}.${body}`)
          .digest('base64');
        expect(signer.headers('c1', atMs, body)['webhook-signature']).toBe(`v1,${expected}`);
      }),
    );
  });

  it('is made with each secret, and taken when any secret made one of them', () => {
    const body = '{}';
    const rotating = createWebhookSigner([SPECIFIED.secret, OTHER]).headers('c1', Date.now(), body);
    expect(rotating['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [SPECIFIED.secret, OTHER]) {
      expect(createWebhookSigner([secret]).isGenuine(body, rotating)).toBe(true);
    }
    const old = createWebhookSigner([OTHER]).headers('c1', Date.now(), body);
    expect(createWebhookSigner([SPECIFIED.secret, OTHER]).isGenuine(body, old)).toBe(true);
  });

  it.each<[string, (headers: Record<string, string>) => [string, Record<string, string>]]>([
    ['another body', (headers) => ['{"a":1}', headers]],
    ['another id', (headers) => ['{}', { ...headers, 'webhook-id': 'c2' }]],
    [
      'another time',
      (headers) => ['{}', { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 9) }],
    ],
    ['no signature', ({ 'webhook-signature': _, ...headers }) => ['{}', headers]],
    ['a signature of another kind', (headers) => ['{}', { ...headers, 'webhook-signature': 'v1a,x' }]],
  ])('is refused with %s', (_title, change) => {
    const signer = createWebhookSigner([OTHER]);
    expect(signer.isGenuine(...change(signer.headers('c1', Date.now(), '{}')))).toBe(false);
  });

  it('is refused when it is older than five minutes, so that it cannot be played again', () => {
    const signer = createWebhookSigner([OTHER]);
    expect(signer.isGenuine('{}', signer.headers('c1', Date.now() - 600_000, '{}'))).toBe(false);
    expect(signer.isGenuine('{}', signer.headers('c1', Date.now() + 600_000, '{}'))).toBe(false);
  });

  it('needs a secret in base64', () => {
    expect(() => createWebhookSigner(['whsec_'])).toThrow();
  });
});
