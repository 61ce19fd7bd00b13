import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newApiKey } from '@holdfast/access';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../../test/gateway-process.ts';
import { ACCESS, PUBLIC } from '../security/roles.ts';

const REDOCLY = join(import.meta.dirname, '../../node_modules/.bin/redocly');

/** The service as it is started for real: what main.ts puts on the port is what is described. */
let gateway: GatewayProcess;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-documents-'));
  gateway = await startGatewayProcess(inject('stack'), {
    HOLDFAST_API_KEYS: `agent:${newApiKey()}`,
    HOLDFAST_PSEUDONYM_KEY: randomBytes(32).toString('hex'),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string) => fetch(`http://127.0.0.1:${gateway.port}${path}`);

/** What the linter finds; empty when the document is as it should be. */
async function faultsOf(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  const config = join(import.meta.dirname, 'redocly.yaml');
  const options = { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } };
  try {
    await promisify(execFile)(REDOCLY, ['lint', '--config', config, file], options);
    return '';
  } catch (error) {
    return String((error as { readonly stdout?: unknown }).stdout);
  }
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-roles'?: readonly string[] }>>>>;
}

describe('the documents of the running service', () => {
  it.each(['/openapi.json', '/asyncapi.json'])('satisfy the linter: %s', async (path) => {
    const answer = await get(path);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await faultsOf(path.slice(1), await answer.text())).toBe('');
  });

  it('describe every route that is guarded, with who may use it', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as Described;
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
        operation['x-roles'],
      ]),
    );
    const guarded = Object.entries(ACCESS).filter(([, access]) => access !== PUBLIC);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(guarded));
  });
});
