import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyDigest, keyEntryText, newApiKey } from '@holdfast/access';
import { redisDatabase } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../../test/gateway-process.ts';
import { type RawAnswer, type RawRequest, sendRaw } from '../../test/raw-request.ts';
import { ACCESS, PUBLIC, ROLES, type Role } from './roles.ts';

/** Of the service as it is started for real: whatever main.ts puts on the port is here. */
let gateway: GatewayProcess;
let folder: string;
const keys = new Map<Role, string>(ROLES.map((role) => [role, newApiKey()]));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-access-'));
  const entries = [...keys].map(([role, key]) => keyEntryText({ id: role, sha256: keyDigest(key), roles: [role] }));
  await writeFile(join(folder, 'keys.yaml'), `keys:\n${entries.join('')}`);
  const stack = inject('stack');
  const place = { ...stack, redisUrl: redisDatabase(stack.redisUrl, 'access') };
  gateway = await startGatewayProcess(place, {
    HOLDFAST_API_KEYS_FILE: join(folder, 'keys.yaml'),
    HOLDFAST_PSEUDONYM_KEY: randomBytes(32).toString('hex'),
  });
});

afterAll(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As a polite caller: who is told to wait does, since the matrix is sent faster than strangers may ask. */
async function send(request: Omit<RawRequest, 'port'>): Promise<RawAnswer> {
  for (;;) {
    const answer = await sendRaw({ ...request, port: gateway.port });
    if (answer.status !== 429) return answer;
    const waitMs = Number(answer.headers['retry-after']) * 1_000;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** The request of a route, with ids nobody has. */
function requestOf(route: string, headers: Record<string, string> = {}): Omit<RawRequest, 'port'> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(/:[A-Za-z]+/g, () => randomUUID()).replace('*', 'x');
  if (method === 'GET' || method === 'DELETE') return { method, path, headers };
  return { method, path, headers: { 'content-type': 'application/json', ...headers }, body: '{}' };
}

const by = (role: Role) => ({ 'x-api-key': keys.get(role) ?? '' });

/** Of a problem document, or of TM Forum's Error. */
function codeOf({ body }: RawAnswer): string {
  try {
    const answer = JSON.parse(body) as { type?: string; code?: string };
    return answer.type?.replace('urn:holdfast:problem:', '') ?? answer.code ?? '';
  } catch {
    return '';
  }
}

const guarded = Object.entries(ACCESS).flatMap(([route, access]) => (access === PUBLIC ? [] : [{ route, access }]));
const open = Object.keys(ACCESS).filter((route) => ACCESS[route] === PUBLIC);

describe.each(guarded)('$route', ({ route, access }) => {
  it('is there, and opens to nobody without a key or with a wrong one', async () => {
    const stranger = await send(requestOf(route));
    expect([stranger.status, codeOf(stranger)]).toEqual([401, 'no-key']);
    expect(stranger.headers['www-authenticate']).toMatch(/^Bearer realm="holdfast"$/);
    for (const headers of [
      { 'x-api-key': newApiKey() },
      { 'x-api-key': keyDigest(keys.get('operator') ?? '') },
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJvcGVyYXRvciJdfQ.' },
    ]) {
      const wrong = await send(requestOf(route, headers));
      expect([wrong.status, codeOf(wrong)]).toEqual([401, 'wrong-key']);
    }
    const basic = await send(requestOf(route, { authorization: `Basic ${btoa(`x:${keys.get('operator')}`)}` }));
    expect([basic.status, codeOf(basic)]).toEqual([401, 'no-key']);
  });

  it.each(ROLES)('answers the %s as the table says', async (role) => {
    const answer = await send(requestOf(route, { ...by(role), 'x-request-id': `by-${role}` }));
    // Streams leave the framework behind, and have these all the same.
    expect(answer.headers).toMatchObject({ 'x-request-id': `by-${role}`, 'x-content-type-options': 'nosniff' });
    if (!access.includes(role)) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'wrong-role']);
      return;
    }
    expect([401, 405]).not.toContain(answer.status);
    expect(codeOf(answer)).not.toBe('wrong-role');
  });

  it('cannot be reached around its guard by another spelling or method', async () => {
    const { method, path, body } = requestOf(route);
    const outsider = ROLES.find((role) => !access.includes(role));
    const headers = { 'content-type': 'application/json', ...(outsider && by(outsider)) };
    for (const spelling of spellings(path)) {
      const answer = await send({ method, path: spelling, headers, ...(body && { body }) });
      expect([spelling, [400, 403, 404].includes(answer.status)]).toEqual([spelling, true]);
    }
    for (const other of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
      if (isServed(other, path)) continue;
      const answer = await send({ method: other, path, headers });
      expect([other, [400, 404, 405].includes(answer.status)]).toEqual([other, true]);
    }
    const override = { 'x-http-method-override': method, 'x-http-method': method, 'x-method-override': method };
    const disguised = await send({
      method: 'OPTIONS',
      path: `${path}?_method=${method}`,
      headers: { ...headers, ...override },
    });
    expect([400, 404, 405]).toContain(disguised.status);
  });
});

/** Whether a route of this method is meant by the address, were it only because a part of it may be anything. */
function isServed(method: string, path: string): boolean {
  return Object.keys(ACCESS).some((route) => {
    const [ofMethod, pattern = ''] = route.split(' ');
    return ofMethod === method && new RegExp(`^${pattern.replace(/:[A-Za-z]+/g, '[^/]+')}$`).test(path);
  });
}

/** Ways in which servers and proxies have read one address differently. */
function spellings(path: string): readonly string[] {
  const inner = path.slice(1);
  return [
    `${path}/`,
    `/${path}`,
    `/.${path}`,
    `/x/..${path}`,
    path.toUpperCase(),
    `/${inner.replaceAll('/', '%2f')}`,
    `/${inner.replaceAll('/', '%252f')}`,
    `/${inner.replace('/', '//')}`,
    `/${inner.replace('/', '\\')}`,
    `/%${inner.charCodeAt(0).toString(16)}${inner.slice(1)}`,
    `${path};x=1`,
    `${path}%00`,
    `${path}%20`,
    `${path}.json`,
    `${path}?`,
    `${path}?x=${encodeURIComponent(path)}`,
    `http://127.0.0.1${path}`,
    `http://other.example${path}`,
  ];
}

describe('what is open', () => {
  it.each(open)('%s is answered without a key', async (route) => {
    const answer = await send(requestOf(route));
    expect([200, 301, 503]).toContain(answer.status);
  });
});

describe('the log of the service', () => {
  it('holds no key', () => {
    const text = gateway.lines.join('\n');
    for (const key of keys.values()) expect(text).not.toContain(key);
  });
});
