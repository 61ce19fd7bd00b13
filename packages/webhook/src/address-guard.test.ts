import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { createAddressGuard, isPrivateAddress, type Resolve } from './address-guard.ts';

const address = (text: string): LookupAddress => ({ address: text, family: text.includes(':') ? 6 : 4 });

/** A resolver that says something else each time; the last answer stays. */
function resolving(...answers: readonly (readonly string[])[]): Resolve & { asked(): number } {
  let asked = 0;
  const resolve: Resolve = (_hostname, _options, callback) => {
    const found = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    callback(null, found.map(address));
  };
  return Object.assign(resolve, { asked: () => asked });
}

function lookedUp(guard: ReturnType<typeof createAddressGuard>, options: LookupOptions = { all: true }) {
  return new Promise<unknown>((resolve) => {
    guard.lookup('hooks.example', options, (error, found) => resolve(error ? error.code : found));
  });
}

describe('an address', () => {
  it.each([
    ['this machine', ['127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::']],
    ['a private network', ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1', 'fc00::1', 'fec0::1']],
    [
      'link-local, with the metadata service of clouds',
      ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254'],
    ],
    ['a carrier’s own network', ['100.64.0.1', '100.127.255.255']],
    ['for tests and documents', ['192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '2001:db8::1', '3fff::1']],
    ['for many, or for nobody yet', ['224.0.0.1', '255.255.255.255', '240.0.0.1', 'ff02::1', '4000::1', '100::1']],
    [
      'IPv4 inside IPv6',
      ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:a9fe:a9fe', '::127.0.0.1'],
    ],
    [
      '6to4, Teredo and NAT64',
      ['2002:7f00:1::', '2002:808:808::1', '2001:0:808:808::1', '64:ff9b::7f00:1', '64:ff9b:1::1'],
    ],
    ['no address at all', ['', 'example.org', '1.2.3', '0x7f.1']],
  ])('that is %s is private', (_title, addresses) => {
    expect(addresses.filter((text) => !isPrivateAddress(text))).toEqual([]);
  });

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '192.169.0.1',
    '100.128.0.1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
  ])('%s is public', (text) => {
    expect(isPrivateAddress(text)).toBe(false);
  });
});

describe('the host of a URL', () => {
  it.each([
    ...[
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://0/',
    ],
    ...[
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:7f00:1]/',
      'http://169.254.169.254/latest/meta-data/',
    ],
    ...['http://localhost/', 'http://LOCALHOST./', 'http://api.localhost/', 'http://１２７.０.０.１/'],
  ])('%s is refused, however it is spelled', (url) => {
    expect(createAddressGuard().permitsHost(new URL(url).hostname)).toBe(false);
  });

  it('that is a name is judged by what it resolves to', () => {
    expect(createAddressGuard().permitsHost('hooks.example')).toBe(true);
  });
});

describe('a name', () => {
  it('is connected to by the addresses that were looked at', async () => {
    const guard = createAddressGuard({ resolve: resolving(['8.8.8.8', '2606:4700::1111']) });
    expect(await lookedUp(guard)).toEqual([address('8.8.8.8'), address('2606:4700::1111')]);
    expect(await lookedUp(guard, {})).toBe('8.8.8.8');
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['a public and a private one', ['8.8.8.8', '::ffff:192.168.0.1']],
    ['nothing', []],
  ])('that leads to %s is not connected to', async (_title, found) => {
    expect(await lookedUp(createAddressGuard({ resolve: resolving(found) }))).toBe('EPRIVATE');
  });

  it('that changes its mind is looked at each time', async () => {
    const resolve = resolving(['8.8.8.8'], ['127.0.0.1']);
    const guard = createAddressGuard({ resolve });
    expect(await lookedUp(guard)).toEqual([address('8.8.8.8')]);
    expect(await lookedUp(guard)).toBe('EPRIVATE');
    expect(resolve.asked()).toBe(2);
  });
});

describe('a network that is allowed', () => {
  it('may be called, and no other', async () => {
    const guard = createAddressGuard({
      allow: ['10.1.0.0/16', 'fd12::/16'],
      resolve: resolving(['10.1.2.3', 'fd12::9']),
    });
    expect(await lookedUp(guard)).toHaveLength(2);
    expect(['10.1.0.1', '::ffff:10.1.0.1', '10.2.0.1', '169.254.169.254', 'fd13::1'].map(guard.permits)).toEqual([
      ...[true, true, false, false, false],
    ]);
  });

  it('may be this machine, by its name as well', () => {
    const guard = createAddressGuard({ allow: ['127.0.0.0/8'] });
    expect([guard.permitsHost('localhost'), guard.permitsHost('127.0.0.1'), guard.permitsHost('[::1]')]).toEqual([
      ...[true, true, false],
    ]);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'example.org/8', '/8', '10.0.0.0/8/8x'])(
    'has to be CIDR: %j is not',
    (network) => {
      expect(() => createAddressGuard({ allow: [network] })).toThrow(RangeError);
    },
  );
});
