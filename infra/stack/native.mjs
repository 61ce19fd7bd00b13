import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { provideArtifacts } from './artifacts.mjs';
import { StackFailure } from './failure.mjs';
import { requireJvm } from './jvm.mjs';
import { cacheDir } from './paths.mjs';
import { anyFreePort, isPortFree } from './ports.mjs';
import { httpGet, redisCall } from './probe.mjs';
import { isSameProcess, killProcess, signalProcess, startDetached, stopProcess } from './process.mjs';
import { provideRedisServer } from './redis-server.mjs';
import { BROKER_SETTINGS, REDIS_SETTINGS } from './settings.mjs';

const run = promisify(execFile);

/** Runs the services as processes of this machine. `dir` holds their data and logs. */
export function createNativeDriver(dir, { env = process.env, report = () => {}, brokerHeapMb = 1024, secured } = {}) {
  const context = { dir, env, report, brokerHeapMb, secured };
  return {
    kind: 'native',
    prepare: () => prepare(context),
    start: (name, port) => start(context, name, port),
    isRunning: async (recorded) => isSameProcess(recorded),
    isReady: (name, recorded) => READY[name](context, recorded),
    stop: (_name, recorded) => stop(recorded),
    kill: (_name, recorded) => killProcess(recorded),
    freeze: async (_name, recorded) => signalProcess(recorded, 'SIGSTOP'),
    thaw: async (_name, recorded) => signalProcess(recorded, 'SIGCONT'),
    // It may also be one that nobody outside knows: the broker's controller, the registry's management.
    lostPort: async (name, recorded) => !(await isPortFree(recorded.port)) || saysPortTaken(readLog(context, name)),
    logTail: async (name) => tail(logFile(context, name)),
    purge: async () => {},
  };
}

async function prepare(context) {
  const { env, report } = context;
  context.jvm = requireJvm(env);
  context.redisServer = provideRedisServer({ report });
  context.artifacts = await provideArtifacts({ env, report });
  mkdirSync(join(context.dir, 'logs'), { recursive: true });
}

async function start(context, name, port) {
  mkdirSync(dataDir(context, name), { recursive: true });
  const { command, args, writes } = await COMMANDS[name](context, port);
  const started = startDetached({ command, args, cwd: dataDir(context, name), logFile: logFile(context, name) });
  if (!started) throw new StackFailure(`${command} could not be started.`);
  return { ...started, port, ...(writes ? { writes } : {}) };
}

async function stop(recorded) {
  await stopProcess(recorded);
  // A JVM without a class archive writes one at its end; complete, it takes its name, and the next start half the time.
  if (recorded.writes && existsSync(recorded.writes))
    renameSync(recorded.writes, recorded.writes.replace(/\.[^.]+$/, ''));
}

const COMMANDS = {
  async kafka(context, port) {
    const controllerPort = await anyFreePort();
    const properties = join(dataDir(context, 'kafka'), 'server.properties');
    const logDirs = join(dataDir(context, 'kafka'), 'log');
    writeFileSync(properties, brokerProperties(port, controllerPort, logDirs, context.secured?.broker));
    await formatOnce(context, properties, logDirs);
    const heap = ['-Xms256m', `-Xmx${context.brokerHeapMb}m`, '-XX:+UseG1GC'];
    const archive = classArchive(context, 'kafka');
    const args = [...heap, ...archive.args, ...onClasspath(context, 'kafka.Kafka'), properties];
    return { command: context.jvm.java, args, writes: archive.writes };
  },
  async registry(context, port) {
    const archive = classArchive(context, 'registry');
    const args = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...archive.args];
    const properties = {
      'quarkus.http.host': '127.0.0.1',
      'quarkus.http.port': port,
      'quarkus.management.host': '127.0.0.1',
      'quarkus.management.port': await anyFreePort(),
      'apicurio.datasource.url': `jdbc:h2:file:${join(dataDir(context, 'registry'), 'registry')}`,
      'java.util.logging.manager': 'org.jboss.logmanager.LogManager',
    };
    for (const [key, value] of Object.entries(properties)) args.push(`-D${key}=${value}`);
    args.push('-jar', join(context.artifacts.registryHome, 'quarkus-run.jar'));
    return { command: context.jvm.java, args, writes: archive.writes };
  },
  async redis(context, port) {
    const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', dataDir(context, 'redis'), ...REDIS_SETTINGS];
    args.push(...(context.secured?.redisArgs ?? []));
    return { command: context.redisServer, args };
  },
};

// Each looks at this very process, not only at the port: another clone's service may answer there.
const READY = {
  kafka: async (context) => /Kafka Server started/.test(readLog(context, 'kafka')),
  async registry(context, recorded) {
    if (!/Listening on: /.test(readLog(context, 'registry'))) return false;
    return (await httpGet(`http://127.0.0.1:${recorded.port}/apis/ccompat/v7/subjects`))?.status === 200;
  },
  async redis(_context, recorded) {
    const info = (await redisCall(recorded.port, ['INFO'], { timeoutMs: 1_500 })) ?? '';
    return info.includes(`process_id:${recorded.pid}\r`) && info.includes('\nloading:0');
  },
};

/** `secured`: one more listener, with its settings. */
export function brokerProperties(port, controllerPort, logDirs, secured) {
  const more = secured ? `,${secured.listener}` : '';
  const settings = {
    ...BROKER_SETTINGS,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${more}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${more}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logDirs,
    ...secured?.settings,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

async function formatOnce(context, properties, logDirs) {
  const done = join(dataDir(context, 'kafka'), 'formatted');
  if (existsSync(done)) return;
  // What an interrupted format left is in the way of the next.
  rmSync(logDirs, { recursive: true, force: true });
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A'); // a leading dash would read as an option
  const args = [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    ...onClasspath(context, 'kafka.tools.StorageTool'),
  ];
  const users = (context.secured?.broker.scramUsers ?? []).flatMap((user) => ['--add-scram', user]);
  await run(context.jvm.java, [...args, 'format', '-t', clusterId, '-c', properties, ...users]);
  writeFileSync(done, '');
}

function onClasspath(context, main) {
  return [
    '-Djava.util.logging.SimpleFormatter.format=%1$tF %1$tT %4$s %5$s%6$s%n',
    '-cp',
    join(context.artifacts.kafkaJars, '*'),
    main,
  ];
}

/** Flags that load the class archive of a service, or write it at the end of a first run; and the file that run writes. */
function classArchive(context, name) {
  const archive = join(
    cacheDir(context.env),
    `${name}-${basename(context.artifacts.dir)}-java-${context.jvm.version}.jsa`,
  );
  const quiet = ['-Xshare:auto', '-Xlog:disable', '-Xlog:all=error:stderr'];
  if (existsSync(archive)) return { args: [...quiet, `-XX:SharedArchiveFile=${archive}`], writes: null };
  const writes = `${archive}.${randomBytes(4).toString('hex')}`;
  return { args: [...quiet, `-XX:ArchiveClassesAtExit=${writes}`], writes };
}

function dataDir(context, name) {
  return join(context.dir, 'data', name);
}

function logFile(context, name) {
  return join(context.dir, 'logs', `${name}.log`);
}

/** Whether the log of a service that ended says that it could not listen on one of its ports. */
export function saysPortTaken(log) {
  return /address already in use|seems to be in use by another process/i.test(log);
}

function readLog(context, name) {
  return readFileSync(logFile(context, name), 'utf8');
}

function tail(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
}
