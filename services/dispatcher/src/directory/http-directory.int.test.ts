import { type ProviderAnswer, startHttpProvider } from '@holdfast/testkit';
import { createAddressGuard, createHttpClient } from '@holdfast/webhook';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpDirectory } from './http-directory.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(
  answer: (index: number) => ProviderAnswer,
  cache = { entries: 10, keep: 3_600_000 },
  timeout = 5_000,
) {
  const crm = await startHttpProvider((_request, index) => answer(index));
  const client = createHttpClient({ timeoutMs: timeout, connections: 2, guard: createAddressGuard({ allow: 'all' }) });
  closers.push(crm.close, () => client.close());
  const url = `${crm.url}/contacts/{customerId}?channel={channel}`;
  const plan = { url, auth: { bearer: { env: 'A' } }, timeout, address: 'contact.address', cache };
  return { crm, directory: createHttpDirectory(plan, { client, secret: () => 'token' }) };
}

const found = (address: string): ProviderAnswer => ({ status: 200, body: JSON.stringify({ contact: { address } }) });

describe('the directory of an operator', () => {
  it('is asked per customer and channel, with its token, and remembers for a while', async () => {
    const { crm, directory } = await setUp((index) => found(`+3460010020${index}`));
    expect(await directory.addressOf('a/b?c', 'sms')).toEqual({ kind: 'found', address: '+34600100200' });
    expect(await directory.addressOf('a/b?c', 'sms')).toEqual({ kind: 'found', address: '+34600100200' });
    expect(await directory.addressOf('a/b?c', 'email')).toEqual({ kind: 'found', address: '+34600100201' });
    expect(crm.requests.map(({ path }) => path)).toEqual([
      '/contacts/a%2Fb%3Fc?channel=sms',
      '/contacts/a%2Fb%3Fc?channel=email',
    ]);
    expect(crm.requests[0]?.headers.authorization).toBe('Bearer token');
  });

  it('remembers no more than it may', async () => {
    const { crm, directory } = await setUp(() => found('x'), { entries: 2, keep: 3_600_000 });
    for (const customer of ['a', 'b', 'c', 'a']) await directory.addressOf(customer, 'sms');
    expect(crm.requests).toHaveLength(4);
  });

  it.each<[string, ProviderAnswer]>([
    ['knows no such customer', { status: 404 }],
    ['has no address of him', { status: 200, body: '{"contact":{}}' }],
    ['has an empty one', found(' ')],
  ])('that %s says so, and is asked again the next time', async (_title, answer) => {
    const { crm, directory } = await setUp(() => answer);
    expect(await directory.addressOf('a', 'sms')).toEqual({ kind: 'none' });
    await directory.addressOf('a', 'sms');
    expect(crm.requests).toHaveLength(2);
  });

  it.each<[string, ProviderAnswer, string]>([
    ['fails', { status: 500 }, 'directory-http-500'],
    ['refuses us', { status: 401 }, 'directory-http-401'],
    ['answers something else', { status: 200, body: '<html>' }, 'directory-no-json'],
    ['hangs up', 'hang-up', 'directory-away'],
    ['says nothing', 'silence', 'directory-away'],
  ])('that %s is asked again, with no word of the customer', async (_title, answer, detail) => {
    const { directory } = await setUp(() => answer, undefined, answer === 'silence' ? 300 : 5_000);
    expect(await directory.addressOf('4711', 'sms')).toEqual({ kind: 'retry', detail });
  });
});
