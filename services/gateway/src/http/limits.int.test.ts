import { connect } from 'node:net';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventsFace } from '../events/events-route.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { authenticateByKeys } from '../security/api-keys.ts';
import type { HttpExposure } from './app.ts';
import type { Face } from './face.ts';

const PRODUCER = 'producer-0123456789';
const OTHER = 'producer-9876543210';
const gateways: Gateway[] = [];

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});

/** Routes that are as most are, under addresses that the table has. */
const echo: Face = {
  name: 'echo',
  routes(app) {
    app.get('/v1/alerts', { schema: { querystring: z.object({}) } }, async () => ({ ok: true }));
    app.post('/v1/outcomes', { schema: { body: z.unknown() } }, async () => ({ ok: true }));
  },
};

async function started(exposure: HttpExposure = {}) {
  const taken: unknown[] = [];
  const lines: string[] = [];
  const refused: string[] = [];
  const take = async (events: readonly unknown[]) => {
    taken.push(...events);
    return events.map(() => ({ id: 'e', status: 'accepted' as const }));
  };
  const gateway = await createGateway(
    {
      faces: [eventsFace({ take, counted: () => {}, retry: { busySeconds: () => 1, awaySeconds: () => 2 } }), echo],
      authenticate: authenticateByKeys([
        { role: 'producer', key: PRODUCER },
        { role: 'producer', key: OTHER },
        { role: 'agent', key: 'agent-0123456789abc' },
      ]),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'debug' }, { write: (line: string) => lines.push(line) }),
      requestSeen: () => {},
      requestRefused: (code) => refused.push(code),
    },
    { host: '127.0.0.1', port: 0, ...exposure },
  );
  gateways.push(gateway);
  const port = await gateway.start();
  const base = `http://127.0.0.1:${port}`;
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/v1/events`, {
      method: 'POST',
      headers: { 'x-api-key': PRODUCER, 'content-type': 'application/cloudevents+json', ...headers },
      body,
    });
  return { port, base, post, taken, lines, refused };
}

/** Sends bytes as they are; answers all that comes back until the server ends the connection. */
function raw(port: number, text: string, options: { readonly stayOpen?: boolean } = {}) {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    answer += part;
  });
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(answer)));
  socket.write(text);
  if (!options.stayOpen) socket.end();
  return { ended, socket, answer: () => answer };
}

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { type: string }).type.replace('urn:holdfast:problem:', '');
}

describe('a body', () => {
  it.each([
    ['more than 128 KiB', `"${'x'.repeat(131_072)}"`, 413, 'too-large'],
    ['a hundred thousand brackets', '['.repeat(100_000), 400, 'too-deep'],
    ['33 levels', `{"data":${'['.repeat(32)}${']'.repeat(32)}}`, 400, 'too-deep'],
    ['a name of the prototype', '{"data":{"__proto__":{"x":1}}}', 400, 'forbidden-name'],
    ['a name of the constructor', '{"constructor":{"prototype":{}}}', 400, 'forbidden-name'],
  ])('of %s is refused', async (_title, body, status, code) => {
    const { base } = await started();
    const headers = { 'x-api-key': 'agent-0123456789abc', 'content-type': 'application/json' };
    const answer = await fetch(`${base}/v1/outcomes`, { method: 'POST', headers, body });
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it('that lies about its length is cut off at the limit, not read to its end', async () => {
    const { port, taken } = await started();
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const head = `POST /v1/events HTTP/1.1\r\nhost: x\r\nx-api-key: ${PRODUCER}\r\n`;
    const type = 'content-type: application/cloudevents+json\r\ntransfer-encoding: chunked\r\n\r\n';
    const { ended } = raw(port, head + type + chunk.repeat(64), { stayOpen: true });
    expect(await ended).toMatch(/^HTTP\/1\.1 413 /);
    expect(taken).toEqual([]);
  });

  it('says how large it may be here', async () => {
    const { post } = await started();
    const answer = await post(`"${'x'.repeat(1_048_576)}"`);
    expect(await answer.json()).toMatchObject({ detail: 'Send at most 1048576 bytes here.' });
  });
});

describe('the head of a request', () => {
  it.each([
    ['a long address', `GET /v1/alerts?${'a'.repeat(4_097)} HTTP/1.1\r\nhost: x\r\n`, 414, 'long-address'],
    ['101 headers', `GET /livez HTTP/1.1\r\nhost: x\r\n${header('a', 100)}`, 431, 'many-headers'],
    ['17 KiB of headers', `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17_408)}\r\n`, 431, 'many-headers'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01', 400, 'not-http'],
    [
      'two lengths',
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n',
      400,
      'not-http',
    ],
    [
      'a length and chunks',
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n',
      400,
      'not-http',
    ],
  ])('with %s is answered with a problem', async (_title, head, status, code) => {
    const { port } = await started();
    const answer = await raw(port, `${head}connection: close\r\n\r\n`).ended;
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`urn:holdfast:problem:${code}`);
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  });

  it('with 100 headers is taken', async () => {
    const { port } = await started();
    const head = `GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${header('a', 98)}\r\n`;
    expect(await raw(port, head).ended).toMatch(/^HTTP\/1\.1 200 /);
  });
});

function header(name: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${name}${index}: 1\r\n`).join('');
}

describe('a slow connection', () => {
  const limits = { headersTimeoutMs: 200, requestTimeoutMs: 400, checkEveryMs: 50 };

  it.each([
    ['its headers', 'GET /livez HTTP/1.1\r\nhost: x\r\n'],
    [
      'its body',
      `POST /v1/events HTTP/1.1\r\nhost: x\r\nx-api-key: ${PRODUCER}\r\ncontent-length: 99999\r\ncontent-type: application/json\r\n\r\n{`,
    ],
  ])('that does not finish %s is ended with 408', async (_title, text) => {
    const { port, base } = await started({ limits });
    const { ended, socket } = raw(port, text, { stayOpen: true });
    // A byte now and then keeps no connection alive.
    const drip = setInterval(() => socket.writable && socket.write('a'), 20);
    const answer = await ended.finally(() => clearInterval(drip));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it('that says nothing is ended', async () => {
    const { port } = await started({ limits });
    expect(await raw(port, '', { stayOpen: true }).ended).not.toContain('200');
  });

  it('beyond the number that may be is not taken', async () => {
    const { port } = await started({ limits: { connections: 2 } });
    const held = [raw(port, 'GET', { stayOpen: true }), raw(port, 'GET', { stayOpen: true })];
    const third = raw(port, 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n', { stayOpen: true });
    expect(await third.ended).toBe('');
    for (const { socket } of held) socket.destroy();
  });
});

/** So many in one go that a busy machine does not spread them over windows that admit them all. */
const MANY = 120;

describe('the rate of requests', () => {
  it('is one caller’s own: who asks too often waits, his neighbour does not', async () => {
    const { base, refused } = await started({ callerLimits: { perCaller: 5 } });
    const ask = (key: string) => fetch(`${base}/v1/alerts`, { headers: { 'x-api-key': key } });
    const answers = await Promise.all(Array.from({ length: MANY }, () => ask(PRODUCER)));
    const refusals = answers.filter(({ status }) => status === 429);
    expect(refusals.length).toBeGreaterThan(0);
    for (const each of refusals) {
      expect(each.headers.get('retry-after')).toBe('1');
      expect(await codeOf(each)).toBe('too-many-requests');
    }
    expect((await ask(OTHER)).status).toBe(403);
    expect(refused).toContain('too-many-requests');
  });

  it('of wrong keys is counted by address, and holds up nobody with a right one', async () => {
    const { base } = await started({ callerLimits: { refusedPerAddress: 5 } });
    const ask = (key: string) => fetch(`${base}/v1/alerts`, { headers: { 'x-api-key': key } });
    const answers = await Promise.all(Array.from({ length: MANY }, (_, index) => ask(`wrong-key-${index}-0123456`)));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await ask('agent-0123456789abc')).status).toBe(200);
  });

  it('of probes is not counted', async () => {
    const { base } = await started({ callerLimits: { perCaller: 1 } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${base}/livez`)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  it('is of the address a trusted proxy tells, and of no other', async () => {
    const wrong = (base: string, address: string) =>
      fetch(`${base}/v1/alerts`, { headers: { 'x-api-key': 'wrong-0123456789', 'x-forwarded-for': address } });
    const flood = async (exposure: HttpExposure) => {
      const { base } = await started({ callerLimits: { refusedPerAddress: 1 }, ...exposure });
      const answers = await Promise.all(Array.from({ length: MANY }, (_, index) => wrong(base, `192.0.2.${index}`)));
      return answers.filter(({ status }) => status === 401).length;
    };
    expect(await flood({ trustedProxies: ['127.0.0.1'] })).toBe(MANY);
    expect(await flood({})).toBeLessThan(MANY);
  });
});

describe('the id of a request', () => {
  it.each([
    ['trace-4711.A_b~c:d/e+f=g@h', true],
    ['a'.repeat(128), true],
    ['a'.repeat(129), false],
    ['a b', false],
    ['"quoted"', false],
    ['', false],
  ])('%j is kept: %s', async (given, isKept) => {
    const { base, lines } = await started();
    const answer = await fetch(`${base}/v1/alerts`, { headers: { 'x-request-id': given } });
    const id = answer.headers.get('x-request-id') ?? '';
    expect(id === given).toBe(isKept);
    expect(id).toMatch(/^.{1,128}$/);
    expect(await answer.json()).toMatchObject({ instance: `urn:holdfast:request:${encodeURIComponent(id)}` });
    expect(lines.join('')).toContain(`"requestId":"${id}"`);
  });
});

describe('other origins', () => {
  const origin = 'https://desk.example.org';
  const preflight = (base: string, from: string) =>
    fetch(`${base}/v1/events`, {
      method: 'OPTIONS',
      headers: { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    });

  it('may not call unless they are named', async () => {
    const { base } = await started();
    const answer = await preflight(base, origin);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([404, null]);
    const plain = await fetch(`${base}/livez`, { headers: { origin } });
    expect(plain.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may when they are, each for itself and without credentials', async () => {
    const { base } = await started({ corsOrigins: [origin, 'https://crm.example.org'] });
    const named = await preflight(base, origin);
    expect([named.status, named.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
    expect(named.headers.get('access-control-allow-headers')).toContain('x-api-key');
    expect(named.headers.get('access-control-allow-credentials')).toBeNull();
    expect(named.headers.get('vary')).toContain('Origin');
    const other = await preflight(base, 'https://evil.example.org');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const refused = await fetch(`${base}/v1/alerts`, { headers: { origin } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
  });
});
