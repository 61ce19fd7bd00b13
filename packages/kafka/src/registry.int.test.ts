import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AvroSchema, createEncoder, type SchemaEntry, schemaTable } from '@holdfast/events';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { createSchemaRegistry, type SchemaRegistryOptions } from './registry.ts';
import { createRegistryDecoder } from './registry-decoder.ts';
import type { SchemaRegistryError } from './registry-error.ts';

const { registryUrl } = inject('stack');
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function registryAt(url: string, options: Omit<SchemaRegistryOptions, 'url'> = {}) {
  const registry = createSchemaRegistry({ url, ...options });
  closers.push(() => registry.close());
  return registry;
}

/** The table under topics of this test alone. */
function ownTable(): readonly SchemaEntry[] {
  const prefix = `t-${randomUUID()}`;
  return schemaTable()
    .filter(({ record }) => record === 'UsageRecorded' || record === 'FollowUpOpened')
    .map((entry) => ({ ...entry, subject: `${prefix}-${entry.subject}` }));
}

function withField(table: readonly SchemaEntry[], field: AvroSchema): readonly SchemaEntry[] {
  return table.map((entry) => {
    const { fields, ...rest } = entry.schema as { readonly fields: readonly AvroSchema[] };
    return { ...entry, schema: { ...rest, fields: [...fields, field] } };
  });
}

async function failureOf(promise: Promise<unknown>): Promise<SchemaRegistryError> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === 'fulfilled') throw new Error('did not fail');
  return result.reason;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(status: number, body: object): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

describe('the schema registry', () => {
  it('is asked by the user its address names, in the client and in our own requests, and never shows the password', async () => {
    const seen = new Set<string | undefined>();
    const url = new URL(
      await serve((request, response) => {
        seen.add(request.headers.authorization);
        json(404, { error_code: 40401, message: 'no' })(request, response);
      }),
    );
    [url.username, url.password] = ['svc', encodeURIComponent('p@ss')];
    const failure = await failureOf(registryAt(url.href).registerAll(ownTable()));
    expect([...seen]).toEqual([`Basic ${Buffer.from('svc:p@ss').toString('base64')}`]);
    expect(String(failure)).not.toContain('p@ss');
  });

  it('registers a table once, and looks its ids up without the right to write', async () => {
    const table = ownTable();
    const registry = registryAt(registryUrl);
    expect(await failureOf(registry.idsOf(table))).toMatchObject({ code: 'not-registered' });
    const ids = await registry.registerAll(table);
    expect(Object.keys(ids).sort()).toEqual(['FollowUpOpened', 'UsageRecorded']);
    expect(await registry.registerAll(table)).toEqual(ids);
    expect(await registryAt(`${registryUrl}/`).idsOf(table)).toEqual(ids);
  });

  it('holds compatibility BACKWARD, also where somebody relaxed it', async () => {
    const table = ownTable();
    const registry = registryAt(registryUrl);
    await registry.registerAll(table);
    const configs = ['/config', ...table.map(({ subject }) => `/config/${subject}`)];
    const levelAt = async (path: string) => {
      const body = (await (await fetch(`${registryUrl}${path}`)).json()) as { readonly compatibilityLevel: string };
      return body.compatibilityLevel;
    };
    const levels = () => Promise.all(configs.map(levelAt));
    expect(await levels()).toEqual(['BACKWARD', 'BACKWARD', 'BACKWARD']);
    await fetch(`${registryUrl}${configs[1]}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"compatibility":"NONE"}',
    });
    expect(await levels()).toEqual(['BACKWARD', 'NONE', 'BACKWARD']);
    await registry.registerAll(table);
    expect(await levels()).toEqual(['BACKWARD', 'BACKWARD', 'BACKWARD']);
  });

  it('refuses an incompatible change by itself, whoever sends it', async () => {
    const table = ownTable();
    await registryAt(registryUrl).registerAll(table);
    const [changed] = withField(table, { name: 'needed', type: 'string' });
    const post = (schema: unknown) =>
      fetch(`${registryUrl}/subjects/${changed?.subject}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ schema: JSON.stringify(schema) }),
      });
    expect((await post(changed?.schema)).status).toBe(409);
    const [allowed] = withField(table, { name: 'welcome', type: 'string', default: '' });
    expect((await post(allowed?.schema)).status).toBe(200);
  });

  it('names subject and field of an incompatible change before anything is registered for it', async () => {
    const table = ownTable();
    const registry = registryAt(registryUrl);
    await registry.registerAll(table);
    const failure = await failureOf(registry.registerAll(withField(table, { name: 'needed', type: 'string' })));
    expect(failure.code).toBe('incompatible');
    expect(failure.message).toMatch(
      /^t-.*-io\.holdfast\.events\.\w+ cannot read its version 1: \w+\.needed: added without/,
    );
    const symbols = table.map((entry) => ({
      ...entry,
      schema: JSON.parse(JSON.stringify(entry.schema).replace('"SMS",', '')),
    }));
    expect((await failureOf(registry.registerAll(symbols))).message).toContain('symbol SMS removed');
  });

  it('lets a decoder read what another program wrote', async () => {
    const table = ownTable();
    const registry = registryAt(registryUrl);
    const encoder = createEncoder(await registry.registerAll(table));
    const event = {
      type: 'UsageRecorded',
      eventId: 'cdr-1',
      source: 'network',
      occurredAt: Date.UTC(2026, 2, 1),
      customerId: 'c-1',
      subscriptionId: 'l-1',
      kind: 'SMS',
    } as const;
    const decoder = createRegistryDecoder(registryAt(registryUrl));
    const value = encoder.encode(event);
    expect(await decoder.decode(value)).toMatchObject({ kind: 'event', event });
    expect(decoder.decode(value)).toMatchObject({ kind: 'event', event });
  });

  it('says unknown for an id the registry does not have', async () => {
    expect(await registryAt(registryUrl).schemaById(2_000_000_000)).toEqual({ kind: 'unknown' });
    expect(await registryAt(registryUrl).schemaById(-1)).toEqual({ kind: 'unknown' });
  });
});

describe('a registry that misbehaves', () => {
  const patient = { retryDelaysMs: [1, 1] };

  it('is unreachable when nobody listens, for schemas and for registration', async () => {
    const server = await serve(json(200, {}));
    for (const close of closers.splice(0)) await close();
    const registry = registryAt(server, patient);
    expect(await registry.schemaById(1)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await failureOf(registry.registerAll(ownTable()))).toMatchObject({ code: 'unreachable' });
    expect(await failureOf(registry.idsOf(ownTable()))).toMatchObject({ code: 'unreachable' });
  });

  it('is unreachable when it does not answer in time', async () => {
    const url = await serve(() => undefined);
    const registry = registryAt(url, { retryDelaysMs: [], timeoutMs: 50 });
    expect(await registry.schemaById(1)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('timeout'),
    });
  });

  it('that is slow with the first schema is asked again', async () => {
    let posts = 0;
    const url = await serve((request, response) => {
      const { method, url: path = '' } = request;
      const isPost = method === 'POST' && path.endsWith('/versions');
      if (isPost && posts++ === 0) return;
      const isConfig = path.startsWith('/config');
      const isFound = isConfig || isPost;
      const body = isConfig ? { compatibilityLevel: 'BACKWARD' } : { id: 7 };
      json(isFound ? 200 : 404, isFound ? body : { error_code: 40401 })(request, response);
    });
    const ids = await registryAt(url, { timeoutMs: 1_000 }).registerAll(ownTable());
    expect(new Set(Object.values(ids))).toEqual(new Set([7]));
    expect(posts).toBeGreaterThan(ownTable().length);
  });

  it('is bounded in time while a schema is registered, too', async () => {
    const url = await serve((request, response) => {
      const { method, url: path = '' } = request;
      if (method === 'POST' && path.endsWith('/versions')) return;
      const isConfig = path.startsWith('/config');
      json(isConfig ? 200 : 404, isConfig ? { compatibilityLevel: 'BACKWARD' } : { error_code: 40401 })(
        request,
        response,
      );
    });
    const failure = await failureOf(registryAt(url, { timeoutMs: 100 }).registerAll(ownTable()));
    expect(failure.code).toBe('unreachable');
  });

  it.each([
    [500, { error_code: 50001, message: 'storage' }],
    [404, { message: 'no such route' }],
    [401, { message: 'who are you' }],
  ])('never makes a record poison by answering %d %j', async (status, body) => {
    const url = await serve(json(status, body));
    expect(await registryAt(url, patient).schemaById(1)).toMatchObject({ kind: 'unreachable' });
  });

  it('never makes a record poison by answering with a page', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end('<html>not here</html>'));
    expect(await registryAt(url, patient).schemaById(1)).toMatchObject({ kind: 'unreachable' });
  });

  it('is asked again when an answer failed, and once for many askers', async () => {
    const answers = [json(500, {}), json(500, {}), json(200, { schema: '"string"' })];
    let asked = 0;
    const url = await serve((request, response) => answers[asked++]?.(request, response));
    const registry = registryAt(url, patient);
    const all = await Promise.all([registry.schemaById(3), registry.schemaById(3), registry.schemaById(3)]);
    expect(all).toEqual(Array.from({ length: 3 }, () => ({ kind: 'found', schema: '"string"' })));
    expect(asked).toBe(3);
  });

  it('is not asked again for an unknown id until some time has passed', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      json(404, { error_code: 40403 })(request, response);
    });
    let now = 1_000;
    const registry = registryAt(url, { unknownTtlMs: 500, nowMs: () => now });
    await registry.schemaById(3);
    now += 499;
    expect(await registry.schemaById(3)).toEqual({ kind: 'unknown' });
    expect(asked).toBe(1);
    now += 1;
    expect(await registry.schemaById(3)).toEqual({ kind: 'unknown' });
    expect(asked).toBe(2);
  });

  it('refuses to go on when it will not hold the compatibility', async () => {
    const url = await serve(json(200, { compatibilityLevel: 'NONE' }));
    expect(await failureOf(registryAt(url).registerAll(ownTable()))).toMatchObject({
      code: 'refused',
      message: '/config of the registry stays NONE, not BACKWARD',
    });
  });
});
