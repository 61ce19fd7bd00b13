import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

type Case = { readonly file: string; readonly code: string; readonly says?: string };
type Finding = { readonly category: string; readonly file: string; readonly message: string };
type Report = {
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string };
  }[];
};

const PURE_IMPORT = 'A pure package imports pure packages and pure libraries only';
const PURE_ARGUMENT = 'A pure package takes time, ids and randomness as arguments';
const SHELL = 'a shell is imported by nobody';
const FOR_TESTS = 'are for tests';

const imports = (module: string) => `import { part } from '${module}';\nexport const kept = part;\n`;
const value = (expression: string) => `export const kept = () => ${expression};\n`;

const refused: readonly Case[] = [
  { file: 'packages/engine/src/a.ts', code: imports('node:fs'), says: PURE_IMPORT },
  { file: 'packages/events/src/b.ts', code: imports('kafkajs'), says: PURE_IMPORT },
  { file: 'packages/features/src/c.ts', code: imports('fastify'), says: PURE_IMPORT },
  { file: 'packages/policy/src/d.ts', code: imports('@holdfast/redis'), says: PURE_IMPORT },
  { file: 'packages/decisions/src/e.ts', code: imports('@holdfast/cli'), says: PURE_IMPORT },
  { file: 'packages/telecom/src/f.ts', code: imports('@holdfast/testkit'), says: PURE_IMPORT },
  { file: 'packages/insights/src/g.ts', code: imports('some-new-client'), says: PURE_IMPORT },
  { file: 'packages/engine/src/h.ts', code: value("import('ioredis')"), says: PURE_IMPORT },
  {
    file: 'packages/engine/src/i.ts',
    code: `import type { Part } from 'bullmq';\nexport type Kept = Part;\n`,
    says: PURE_IMPORT,
  },
  { file: 'packages/engine/src/j.ts', code: `export { part } from 'pino';\n`, says: PURE_IMPORT },
  { file: 'packages/engine/src/k.ts', code: value('Date.now()'), says: PURE_ARGUMENT },
  { file: 'packages/engine/src/l.ts', code: value('new Date()'), says: PURE_ARGUMENT },
  { file: 'packages/engine/src/m.ts', code: value('Math.random()'), says: PURE_ARGUMENT },
  { file: 'packages/engine/src/n.ts', code: value('crypto.randomUUID()'), says: PURE_ARGUMENT },
  { file: 'packages/engine/src/o.ts', code: value('Temporal.Now.instant()'), says: PURE_ARGUMENT },
  { file: 'packages/engine/src/p.ts', code: value("process.env['X']"), says: 'global variable process' },
  { file: 'packages/engine/src/q.ts', code: value('setTimeout(kept, 1)'), says: 'global variable setTimeout' },
  { file: 'packages/engine/src/r.test.ts', code: imports('@holdfast/kafka'), says: 'tested without adapters' },
  { file: 'packages/kafka/src/a.ts', code: imports('@holdfast/worker'), says: SHELL },
  { file: 'packages/kafka/src/b.ts', code: imports('ioredis'), says: 'Only packages/redis imports ioredis' },
  { file: 'packages/redis/src/c.ts', code: imports('@kafkajs/confluent-schema-registry'), says: 'Only packages/kafka' },
  { file: 'packages/redis/src/d.test.ts', code: imports('bullmq'), says: 'Only packages/queue imports bullmq' },
  { file: 'packages/queue/src/e.ts', code: imports('@holdfast/testkit'), says: FOR_TESTS },
  {
    file: 'packages/queue/src/f.ts',
    code: imports('../../redis/src/keys.ts'),
    says: 'Across packages import @holdfast/name',
  },
  { file: 'packages/rehearsal/src/a.ts', code: imports('@holdfast/archive'), says: PURE_IMPORT },
  { file: 'packages/backtest/src/b.ts', code: value('Date.now()'), says: PURE_ARGUMENT },
  { file: 'packages/cli/src/c.ts', code: imports('@duckdb/node-api'), says: 'Only packages/archive imports DuckDB' },
  { file: 'packages/redis/src/g.ts', code: imports('@duckdb/node-api'), says: 'Only packages/archive imports DuckDB' },
  { file: 'packages/cli/src/e.ts', code: imports('@aws-sdk/client-s3'), says: 'Only packages/archive speaks S3' },
  { file: 'packages/archive/src/d.ts', code: imports('kafkajs'), says: 'Only packages/kafka imports kafkajs' },
  { file: 'packages/cli/src/a.ts', code: imports('kafkajs'), says: 'Only packages/kafka imports kafkajs' },
  { file: 'services/worker/src/b.ts', code: imports('pino'), says: 'Only packages/observability imports pino' },
  { file: 'services/worker/src/c.ts', code: imports('@holdfast/testkit'), says: FOR_TESTS },
  { file: 'services/gateway/src/d.ts', code: imports('@holdfast/dispatcher'), says: SHELL },
  { file: 'services/gateway/src/e.ts', code: imports('undici'), says: 'Only packages/webhook calls others' },
  { file: 'packages/kafka/src/h.ts', code: imports('undici'), says: 'Only packages/webhook calls others' },
  { file: 'packages/webhook/src/a.ts', code: imports('ioredis'), says: 'Only packages/redis imports ioredis' },
  { file: 'packages/webhook/src/b.ts', code: imports('@aws-sdk/client-s3'), says: 'Only packages/archive speaks S3' },
];

const accepted: readonly Case[] = [
  { file: 'packages/telecom/src/s.ts', code: imports('@holdfast/decisions') },
  { file: 'packages/policy/src/t.ts', code: imports('yaml') },
  { file: 'packages/engine/src/u.ts', code: imports('../ports/store.ts') },
  { file: 'packages/engine/src/v.ts', code: value('[new Date(0), Date.parse("2026-01-01"), Math.floor(1.5)]') },
  { file: 'packages/engine/src/w.test.ts', code: imports('@holdfast/testkit') },
  { file: 'packages/kafka/src/x.ts', code: imports('kafkajs') },
  { file: 'packages/redis/src/y.ts', code: imports('ioredis') },
  { file: 'packages/queue/src/z.ts', code: imports('bullmq') },
  { file: 'packages/observability/src/s.ts', code: imports('pino') },
  { file: 'packages/webhook/src/s.ts', code: imports('undici') },
  { file: 'packages/archive/src/s.ts', code: imports('@duckdb/node-api') },
  { file: 'packages/archive/src/t.ts', code: imports('@aws-sdk/client-s3') },
  { file: 'packages/backtest/src/s.ts', code: imports('@holdfast/rehearsal') },
  { file: 'packages/redis/src/t.int.test.ts', code: imports('@holdfast/testkit') },
  { file: 'packages/policy-folder/src/u.test.ts', code: imports('@holdfast/testkit') },
  { file: 'services/worker/src/u.ts', code: imports('@holdfast/kafka') },
  { file: 'services/gateway/src/v.ts', code: value('Date.now()') },
];

/** One run over a copy of the configuration, because linting from standard input prints no findings. */
describe('the ring rule', () => {
  const root = join(import.meta.dirname, '../..');
  let folder = '';
  let findings: readonly Finding[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-lint-'));
    await cp(join(root, 'biome.json'), join(folder, 'biome.json'));
    await cp(join(root, 'infra/lint'), join(folder, 'infra/lint'), { recursive: true });
    for (const { file, code } of [...refused, ...accepted]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), code);
    }
    findings = await lint(root, folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(refused)('refuses in $file: $code', ({ file, says }) => {
    expect(findings.filter((finding) => finding.file === file).map((finding) => finding.message)).toContainEqual(
      expect.stringContaining(says ?? ''),
    );
  });

  test.each(accepted)('accepts in $file: $code', ({ file }) => {
    expect(findings.filter((finding) => finding.file === file)).toEqual([]);
  });
});

async function lint(root: string, folder: string): Promise<readonly Finding[]> {
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', 'packages', 'services'];
  // Findings make the exit code 1, which rejects with the output attached.
  const ended: { stdout: string } = await promisify(execFile)(biome, args, { cwd: folder }).catch((error) => error);
  const report = JSON.parse(ended.stdout) as Report;
  return report.diagnostics
    .filter(({ severity, category }) => severity === 'error' && /noRestricted|plugin/.test(category))
    .map(({ category, location, message }) => ({ category, file: location.path, message }));
}
