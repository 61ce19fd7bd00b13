import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { eventually } from '@holdfast/testkit';
import {
  anyFreePort,
  cacheDir,
  canConnect,
  findCommand,
  findJvms,
  newestJvm,
  withLock,
} from '../../../infra/stack/index.mjs';

/** A real S3 server of this machine, with one bucket. */
export interface S3Server {
  readonly port: number;
  /** Where it keeps the objects of the bucket, one file each. */
  readonly folder: string;
  stop(): Promise<void>;
}

export const BUCKET = 'holdfast-test';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'holdfast', AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-tests' };

const POM = fileURLToPath(new URL('./s3proxy.xml', import.meta.url));
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const MINIMUM_JAVA = 17;
const START_WITHIN_MS = 100_000;

/** What tells a process of this server, and of nothing else on this machine. */
export function s3Environment(port: number): Readonly<Record<string, string>> {
  return {
    ...CREDENTIALS,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_CONFIG_FILE: '/nowhere',
    HOLDFAST_S3_PATH_STYLE: 'true',
  };
}

/** Why there can be no server here; undefined where there can. */
export function whyNoS3Server(): string | undefined {
  if (!findCommand('mvn')) return 'no S3 server: Maven fetches it, and there is none here';
  if ((newestJvm(findJvms())?.feature ?? 0) < MINIMUM_JAVA)
    return `no S3 server: it runs on Java ${MINIMUM_JAVA} or later`;
  return undefined;
}

export async function startS3Server(): Promise<S3Server> {
  const jars = await provideJars();
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
  const port = await anyFreePort();
  const settings = {
    's3proxy.endpoint': `http://127.0.0.1:${port}`,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': CREDENTIALS.AWS_ACCESS_KEY_ID,
    's3proxy.credential': CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': dir,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(dir, 'settings'), lines.join(''));
  await writeFile(join(dir, 'logback.xml'), '<configuration><root level="ERROR"/></configuration>');
  const server = spawn(
    newestJvm(findJvms())?.java ?? 'java',
    [
      ...['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlogback.configurationFile=${dir}/logback.xml`],
      ...['-cp', join(jars, '*'), 'org.gaul.s3proxy.Main', '--properties', join(dir, 'settings')],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const stop = async () => {
    await ended(server);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await listening(server, port);
    await makeBucket(port);
    return { port, folder: join(dir, BUCKET), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A JVM on a busy machine takes its time; one that ended says why. */
async function listening(server: ChildProcess, port: number): Promise<void> {
  let said = '';
  server.stderr?.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const takesConnections = async () => {
    if (server.exitCode !== null) return;
    if (!(await canConnect(port))) throw new Error(`nobody listens on ${port}: ${said}`);
  };
  await eventually('the S3 server takes connections', takesConnections, { withinMs: START_WITHIN_MS });
  if (server.exitCode !== null) throw new Error(`the S3 server ended with ${server.exitCode}: ${said}`);
}

/** Of the cache; Maven is asked only when it is not there. */
async function provideJars(): Promise<string> {
  const key = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex');
  const dir = join(cacheDir(), `s3-server-${key.slice(0, 12)}`);
  await mkdir(dirname(dir), { recursive: true });
  const lockDir = `${dir}.lock`;
  await mkdir(lockDir, { recursive: true });
  return withLock(lockDir, async () => {
    if (existsSync(dir)) return dir;
    const next = await mkdtemp(`${dir}-`);
    const words = ['-B', '-q', '-f', POM, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${next}`];
    const fetched = () => promisify(execFile)('mvn', words);
    // Once more where the network broke off.
    await fetched().catch(fetched);
    await rename(next, dir);
    return dir;
  });
}

async function makeBucket(port: number): Promise<void> {
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID, secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY },
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}
