import { createAddressGuard, type Resolve } from '@holdfast/webhook';
import { describe, expect, it } from 'vitest';
import { receiverUrlProblem } from './receiver-url.ts';

const resolve: Resolve = (hostname, _options, callback) => {
  if (hostname.startsWith('gone.')) return callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []);
  callback(null, [{ address: hostname.startsWith('inside.') ? '10.0.0.7' : '93.184.216.34', family: 4 }]);
};
const problem = (url: string, isHttpAllowed = false, allow: readonly string[] = []) =>
  receiverUrlProblem(url, { guard: createAddressGuard({ resolve, allow }), isHttpAllowed });

describe('the address of a receiver', () => {
  it.each(['https://hooks.example/x?y=1', 'https://hooks.example:8443/', 'https://8.8.8.8/', 'https://gone.example/'])(
    '%s may be called',
    async (url) => {
      expect(await problem(url)).toBeUndefined();
    },
  );

  it.each([
    ['not a url', 'must be a URL'],
    [`https://hooks.example/${'x'.repeat(2_048)}`, 'must be a URL'],
    ['http://hooks.example/', 'https://'],
    ['ftp://hooks.example/', 'https://'],
    ['file:///etc/passwd', 'https://'],
    ['unix:/var/run/docker.sock', 'https://'],
    ['http+unix://%2Fvar%2Frun%2Fdocker.sock/x', 'https://'],
    ['https://user:pass@hooks.example/', 'user or password'],
    ['https://hooks.example@127.0.0.1/', 'user or password'],
    ['https://hooks.example/#x', 'fragment'],
    ['https://hooks.example:22/', 'port 22'],
    ['https://hooks.example:25/', 'port 25'],
    ['https://hooks.example:80/', 'port 80'],
    ['https://hooks.example:6667/', 'port 6667'],
    ['https://127.0.0.1/', 'private'],
    ['https://2130706433/', 'private'],
    ['https://0x7f.1/', 'private'],
    ['https://017700000001/', 'private'],
    ['https://[::1]/', 'private'],
    ['https://[::ffff:127.0.0.1]/', 'private'],
    ['https://[64:ff9b::7f00:1]/', 'private'],
    ['https://169.254.169.254/latest/meta-data', 'private'],
    ['https://localhost/', 'private'],
    ['https://inside.example/', 'private'],
  ])('%s may not: it %s', async (url, word) => {
    expect(await problem(url)).toContain(word);
  });

  it('may be http, or inside, where that is allowed, and still nothing else', async () => {
    expect(await problem('http://hooks.example/', true)).toBeUndefined();
    expect(await problem('http://hooks.example:80/', true)).toBeUndefined();
    expect(await problem('https://inside.example/', false, ['10.0.0.0/8'])).toBeUndefined();
    expect(await problem('https://127.0.0.1/', true, ['10.0.0.0/8'])).toContain('private');
  });
});
