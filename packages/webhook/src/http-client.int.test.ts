import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard, type Resolve } from './address-guard.ts';
import { createHttpClient, type HttpAnswer } from './http-client.ts';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A receiver on this machine that counts what reaches it, connections and requests. */
async function receiver(answer: RequestListener) {
  const seen = { connections: 0, requests: [] as string[] };
  const server: Server = createServer((request, response) => {
    seen.requests.push(request.url ?? '');
    answer(request, response);
  });
  server.on('connection', () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { seen, port: (server.address() as AddressInfo).port };
}

function client(
  options: { allow?: readonly string[]; resolve?: Resolve; isBodyIgnored?: boolean; timeoutMs?: number } = {},
) {
  const { allow = [], resolve, isBodyIgnored = true, timeoutMs = 2_000 } = options;
  const guard = createAddressGuard({ allow, ...(resolve && { resolve }) });
  const made = createHttpClient({ timeoutMs, connections: 2, guard, isBodyIgnored });
  closers.push(() => made.close());
  return (url: string) => made.call({ method: 'POST', url, headers: {}, body: '{}' });
}

const ok: RequestListener = (_request, response) => void response.end('ok');
const REFUSED: HttpAnswer = { kind: 'error', detail: 'eprivate', isUnsent: true };
const HERE = ['127.0.0.0/8'];
const resolvesTo =
  (...answers: readonly string[]): Resolve =>
  (_hostname, _options, callback) => {
    const found = [...answers].map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
    callback(null, found);
  };

describe('a call into a private network', () => {
  it.each([
    ...[
      'http://127.0.0.1:P/',
      'http://localhost:P/',
      'http://2130706433:P/',
      'http://0x7f000001:P/',
      'http://0177.0.0.1:P/',
    ],
    ...['http://127.1:P/', 'http://0.0.0.0:P/', 'http://[::ffff:127.0.0.1]:P/', 'http://[::1]:P/', 'http://[::]:P/'],
  ])('%s is never made', async (url) => {
    const { seen, port } = await receiver(ok);
    expect(await client()(url.replace('P', String(port)))).toEqual(REFUSED);
    expect(seen.connections).toBe(0);
  });

  it.each([['127.0.0.1'], ['::ffff:127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['169.254.169.254']])(
    'through a name that resolves to %j is never made',
    async (...addresses) => {
      const { seen, port } = await receiver(ok);
      expect(await client({ resolve: resolvesTo(...addresses) })(`http://hooks.example:${port}/`)).toEqual(REFUSED);
      expect(seen.connections).toBe(0);
    },
  );

  it('through a name that changed between two look-ups is never made: the connection goes where was looked', async () => {
    const { seen, port } = await receiver(ok);
    let asked = 0;
    const resolve: Resolve = (hostname, options, callback) => {
      asked += 1;
      // Nobody answers at the first address, which is for documents; the second is what the name's owner is after.
      resolvesTo(asked === 1 ? '127.0.0.2' : '127.0.0.1')(hostname, options, callback);
    };
    const call = client({ resolve, allow: ['127.0.0.2/32'] });
    expect(await call(`http://hooks.example:${port}/`)).toMatchObject({ kind: 'error', detail: 'econnrefused' });
    expect(await call(`http://hooks.example:${port}/`)).toEqual(REFUSED);
    expect([asked, seen.connections]).toEqual([2, 0]);
  });

  it('by a redirection is not made: none is followed', async () => {
    const inside = await receiver(ok);
    const outside = await receiver((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${inside.port}/` }).end();
    });
    const answer = await client({ allow: HERE })(`http://127.0.0.1:${outside.port}/`);
    expect(answer).toMatchObject({ kind: 'answer', status: 302 });
    expect(inside.seen.connections).toBe(0);
  });

  it('is made where the network is allowed', async () => {
    const { seen, port } = await receiver(ok);
    const answer = await client({ allow: HERE })(`http://127.0.0.1:${port}/x`);
    expect([answer, seen.requests]).toEqual([{ kind: 'answer', status: 200, body: '' }, ['/x']]);
  });
});

describe('an answer that never ends', () => {
  /** Writes for as long as anybody reads, and notes how much it got rid of. */
  function endless(status: number) {
    const written = { bytes: 0, isCut: false };
    const listener: RequestListener = (_request, response) => {
      response.writeHead(status);
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk)) written.bytes += chunk.length;
      };
      response.on('drain', more).on('close', () => {
        written.isCut = true;
      });
      more();
    };
    return { written, listener };
  }

  it('is cut off after a little, and its status counts', async () => {
    const { written, listener } = endless(200);
    const { port } = await receiver(listener);
    const answer = await client({ allow: HERE })(`http://127.0.0.1:${port}/`);
    expect(answer).toEqual({ kind: 'answer', status: 200, body: '' });
    await expect.poll(() => written.isCut, { timeout: 20_000 }).toBe(true);
    expect(written.bytes).toBeLessThan(8 * 1024 * 1024);
  });

  it('is read up to a bound where it is read', async () => {
    const { listener } = endless(500);
    const { port } = await receiver(listener);
    const answer = await client({ allow: HERE, isBodyIgnored: false })(`http://127.0.0.1:${port}/`);
    expect(answer.kind === 'answer' && answer.body.length).toBeLessThanOrEqual(64 * 1024);
  });

  it('because it drips is over at the deadline', async () => {
    const { port } = await receiver((_request, response) => {
      response.writeHead(204 + 2);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    });
    // Without a deadline there is no answer: the body never ends.
    const answer = await client({ allow: HERE })(`http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ kind: 'answer', status: 206 });
  });

  it('because its headers are endless is an error', async () => {
    const { port } = await receiver((request) => {
      const { socket } = request;
      socket.write('HTTP/1.1 200 OK\r\n');
      const line = `x-filling: ${'x'.repeat(4_000)}\r\n`;
      const timer = setInterval(() => socket.write(line), 1);
      socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
    });
    expect(await client({ allow: HERE })(`http://127.0.0.1:${port}/`)).toMatchObject({
      kind: 'error',
      isUnsent: false,
    });
  });
});

describe('an answer', () => {
  it('that is short leaves the connection open for the next call', async () => {
    const { seen, port } = await receiver(ok);
    const call = client({ allow: HERE });
    for (let i = 0; i < 10; i += 1) await call(`http://127.0.0.1:${port}/`);
    expect(seen.requests).toHaveLength(10);
    expect(seen.connections).toBeLessThanOrEqual(2);
  });
});
