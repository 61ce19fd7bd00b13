import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import {
  engineAnswers,
  findCommand,
  findJvms,
  hasArtifacts,
  installHint,
  isInstalled,
  JAVA_HINT,
  type Jvm,
  MINIMUM_JAVA,
  missingImages,
  newestJvm,
  ROOT,
  type StackKind,
} from '../../../../infra/stack/index.mjs';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const run = promisify(execFile);
const MINIMUM_NODE = 26;
const GIBIBYTE = 2 ** 30;
const LOW_DISK_BYTES = 5 * GIBIBYTE;
const FULL_DISK_BYTES = GIBIBYTE;

/** What the machine must offer for a stack of the kind; null while it is undecided. */
export function machineChecks(kind: StackKind | null): readonly Check[] {
  const native = kind !== 'containers';
  return [
    { name: 'node', run: async () => judgeNode(process.versions.node) },
    { name: 'workspace', run: async () => judgeWorkspace(isInstalled()) },
    { name: 'java', run: async () => asNeeded(native, judgeJvm(newestJvm(findJvms()))) },
    { name: 'maven', run: async () => asNeeded(native, judgeMaven(findCommand('mvn'), hasArtifacts())) },
    { name: 'redis-server', run: async () => asNeeded(native, await redisServer()) },
    { name: 'containers', run: async () => asNeeded(kind === 'containers', containers()) },
    { name: 'disk', run: disk },
  ];
}

export function judgeNode(version: string): Finding {
  if (Number(version.split('.')[0]) >= MINIMUM_NODE) return ok(`Node ${version}`);
  return fail(
    `Node ${version}, needs ${MINIMUM_NODE}`,
    'run it as npx holdfast, which takes the Node of the workspace',
  );
}

export function judgeWorkspace(installed: boolean): Finding {
  return installed
    ? ok('installed as the lockfile says')
    : warn('the lockfile changed since the last setup', 'npm run setup');
}

export function judgeJvm(jvm: Jvm | null): Finding {
  if (!jvm) return fail('no Java found', JAVA_HINT);
  if (jvm.feature < MINIMUM_JAVA) return fail(`Java ${jvm.version}, the registry needs ${MINIMUM_JAVA}`, JAVA_HINT);
  return ok(`Java ${jvm.version} in ${jvm.home}`);
}

/** Maven is needed only until the artifacts are in the cache. */
export function judgeMaven(command: string | null, cached: boolean): Finding {
  if (cached) return ok(`${command ?? 'not here'}; Kafka and the registry are in the cache`);
  return command ? ok(command) : fail('not found', installHint('maven'));
}

/** What the other kind of stack would need is worth a look, never a failure. */
export function asNeeded(needed: boolean, finding: Finding): Finding {
  if (needed || finding.verdict !== 'fail') return finding;
  return ok(`${finding.found} (not needed by this stack)`);
}

async function redisServer(): Promise<Finding> {
  const command = findCommand('redis-server');
  if (!command) return fail('not found', installHint('redis-server'));
  const { stdout } = await run(command, ['--version']);
  return judgeRedisVersion(/v=(\S+)/.exec(stdout)?.[1] ?? '');
}

export function judgeRedisVersion(version: string): Finding {
  if (Number(version.split('.')[0]) >= 7) return ok(`Redis ${version}`);
  return fail(`Redis ${version || 'of unknown version'}, needs 7`, installHint('redis-server'));
}

function containers(): Finding {
  if (!engineAnswers())
    return fail('no container engine answers', 'start one, or use the native stack: HOLDFAST_STACK=native');
  const missing = missingImages();
  if (missing.length === 0) return ok('the engine answers and has the images');
  return fail(`the engine lacks ${missing.join(', ')}`, missing.map((image) => `docker pull ${image}`).join(' && '));
}

async function disk(): Promise<Finding> {
  const { bavail, bsize } = await statfs(ROOT);
  return judgeDisk(bavail * bsize);
}

export function judgeDisk(freeBytes: number): Finding {
  const found = `${(freeBytes / GIBIBYTE).toFixed(1)} GiB free`;
  if (freeBytes < FULL_DISK_BYTES)
    return fail(found, 'make room: npx holdfast down --purge removes the data of the stack');
  return freeBytes < LOW_DISK_BYTES ? warn(found, 'a long run fills the log: make room') : ok(found);
}
