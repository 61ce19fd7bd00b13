import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { keyDigest, keyEntryText, newApiKey, ROLES } from '@holdfast/access';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { attempt, FETCH_WITHIN_MS, need, pythonWith, type Tool } from '@holdfast/testkit/tool';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATE_DIR } from '../../infra/stack/index.mjs';

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
];
/** `coverage`, each field's edges one by one, took five minutes, and the tool fails by itself on nested lists of TMF680. */
const PHASES = 'fuzzing';
const EXAMPLES_PER_OPERATION = 8;
/** Some hundred requests, made up by a process that a busy machine gives little time. */
const ANSWERED_WITHIN_MS = 600_000;

let tool: Tool;
let folder: string;
let stack: Stack;
let system: System;
const key = newApiKey();

beforeAll(async () => {
  tool = attempt('schemathesis', () =>
    pythonWith(join(import.meta.dirname, 'schemathesis-requirements.txt'), join(STATE_DIR, 'schemathesis')),
  );
  folder = mkdtempSync(join(tmpdir(), 'holdfast-schemathesis-'));
  writeFileSync(
    join(folder, 'keys.yaml'),
    `keys:\n${keyEntryText({ id: 'all', sha256: keyDigest(key), roles: [...ROLES] })}`,
  );
  const erasure = { HOLDFAST_ERASURE_KEY: secret('hex') };
  const gateway = {
    ...erasure,
    HOLDFAST_API_KEYS_FILE: join(folder, 'keys.yaml'),
    HOLDFAST_PSEUDONYM_KEY: secret('hex'),
    HOLDFAST_WEBHOOK_KEY: secret('base64'),
  };
  // Of its own: it erases customers under a key, and workers without it would wait for ever at what it leaves.
  stack = await startStack();
  system = await startSystem(stack, {
    environmentOf: (service) => ({ gateway, worker: erasure, dispatcher: {} })[service],
  });
}, FETCH_WITHIN_MS);
afterAll(async () => {
  await system?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const secret = (encoding: 'hex' | 'base64') => randomBytes(32).toString(encoding);

/** What it found, as it prints it; empty when every answer was as the document says. */
function findings(python: string): Promise<string> {
  const words = [
    'run',
    `${system.gatewayUrl}/openapi.json`,
    ...['--header', `x-api-key: ${key}`],
    // A stream has no end to wait for; test/e2e/plays.test.ts and the tests of alerts read it.
    ...['--exclude-path', '/v1/alerts'],
    ...['--phases', PHASES],
    ...['--checks', CHECKS.join(',')],
    ...['--max-examples', String(EXAMPLES_PER_OPERATION)],
    // The same requests each time: what is red here is red for whoever looks into it.
    ...['--seed', '1'],
    ...['--workers', '2'],
    // How fast it is answered, and makes up its requests, is a matter of the machine and not of the document.
    ...['--request-timeout', '60'],
    ...['--suppress-health-check', 'too_slow'],
    ...['--warnings', 'off'],
    '--continue-on-failure',
    '--no-color',
  ];
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(join(dirname(python), 'st'), words, { cwd: folder, maxBuffer: 64_000_000 }, (error, stdout, stderr) =>
    resolve(error === null ? '' : `${stdout}${stderr}`),
  );
  return promise;
}

describe('whoever sends what the OpenAPI document allows, and what it does not,', () => {
  it(
    'gets answers that are in the document, and never a failure of the server',
    async (context) => {
      const { command } = need(tool, context);
      // With a key that is not taken every answer is a 401, which is in the document as well.
      const known = await fetch(`${system.gatewayUrl}/v1/work-items`, { headers: { 'x-api-key': key } });
      expect(known.status).toBe(200);
      expect(await findings(command)).toBe('');
    },
    ANSWERED_WITHIN_MS,
  );
});
