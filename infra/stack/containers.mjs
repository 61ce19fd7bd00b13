import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { findCommand } from './artifacts.mjs';
import { StackFailure } from './failure.mjs';
import { isPortFree } from './ports.mjs';
import { httpGet, redisCall } from './probe.mjs';
import { BROKER_SETTINGS, IMAGES, REDIS_SETTINGS } from './settings.mjs';

const run = promisify(execFile);

/** True when a container engine answers. */
export function engineAnswers() {
  if (!findCommand('docker')) return false;
  return (
    spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 5_000 }).status ===
    0
  );
}

/** The images of the stack that the engine does not hold. */
export function missingImages(images = Object.values(IMAGES)) {
  return images.filter((image) => spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' }).status !== 0);
}

/** Pulls the images given; false at the first that cannot be had. */
export function pullImages(images, report = () => {}) {
  return images.every((image) => {
    report(`pulling ${image}`);
    return spawnSync('docker', ['pull', '-q', image], { stdio: 'ignore', timeout: 300_000 }).status === 0;
  });
}

/** Runs the services as containers named after the stack's id, with their data in volumes of the same name. */
export function createContainerDriver(id) {
  return {
    kind: 'containers',
    prepare: async () => {},
    start: (name, port) => start(id, name, port),
    isRunning,
    isReady: (name, recorded) => READY[name](recorded),
    stop: (name, recorded) => remove(name, recorded),
    kill: (_name, recorded) => quietly('kill', recorded.container),
    freeze: (_name, recorded) => quietly('pause', recorded.container),
    thaw: (_name, recorded) => quietly('unpause', recorded.container),
    lostPort: async (_name, recorded) => !(await isPortFree(recorded.port)),
    logTail: (_name, recorded) => logs(recorded, ['--tail', '8']),
    purge: async () => quietly('volume', 'rm', '-f', ...Object.keys(IMAGES).map((name) => resourceName(id, name))),
  };
}

async function start(id, name, port) {
  const container = resourceName(id, name);
  // A container an interrupted command left under the name would refuse the new one; the data is in the volume.
  await quietly('rm', '-f', container);
  const { publish, volume, settings = [], args = [] } = SPECS[name](port);
  const options = ['--name', container, '--label', `holdfast.stack=${id}`, '-p', `127.0.0.1:${port}:${publish}`];
  options.push('-v', `${container}:${volume}`, ...settings);
  try {
    await run('docker', ['run', '-d', ...options, IMAGES[name], ...args]);
  } catch (error) {
    throw new StackFailure(`The container of ${name} could not be started: ${String(error.stderr).trim()}`);
  }
  return { container, port };
}

const SPECS = {
  kafka: (port) => ({ publish: 9092, volume: '/var/lib/kafka/data', settings: toEnv(brokerVariables(port)) }),
  // Root, because a fresh volume belongs to root and the image's user could not write its database there.
  registry: () => ({ publish: 8080, volume: '/data', settings: ['--user', '0', ...toEnv(REGISTRY_VARIABLES)] }),
  redis: () => ({
    publish: 6379,
    volume: '/data',
    args: ['redis-server', '--protected-mode', 'no', ...REDIS_SETTINGS],
  }),
};

/** Environment of the registry's image. */
export const REGISTRY_VARIABLES = { APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/data/registry' };

/** Broker settings as the image's KAFKA_ variables, its one outside listener advertised at the published port. */
export function brokerVariables(port) {
  const settings = {
    ...BROKER_SETTINGS,
    'controller.quorum.voters': '1@127.0.0.1:9093',
    listeners: 'PLAINTEXT://0.0.0.0:9092,INTERNAL://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093',
    // The broker also calls itself, which the published port of the host would not answer from inside.
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},INTERNAL://127.0.0.1:9094`,
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': '/var/lib/kafka/data',
  };
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`KAFKA_${key.toUpperCase().replaceAll('.', '_')}`, value]),
  );
}

const READY = {
  kafka: async (recorded) => /Kafka Server started/.test(await logs(recorded)),
  registry: async ({ port }) => (await httpGet(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`))?.status === 200,
  redis: async ({ port }) => (await redisCall(port, ['PING'], { timeoutMs: 1_500 })) === 'PONG',
};

async function isRunning(recorded) {
  if (!recorded?.container) return false;
  const { stdout } = await attempt('inspect', '-f', '{{.State.Running}}', recorded.container);
  return stdout.trim() === 'true';
}

async function remove(_name, recorded) {
  await quietly('unpause', recorded.container);
  await quietly('stop', '-t', '15', recorded.container);
  await quietly('rm', '-f', recorded.container);
}

async function logs(recorded, options = []) {
  const { stdout, stderr } = await attempt('logs', ...options, recorded.container);
  return stdout + stderr;
}

async function quietly(...words) {
  await attempt(...words);
}

async function attempt(...words) {
  try {
    return await run('docker', words, { maxBuffer: 64 << 20 });
  } catch {
    return { stdout: '', stderr: '' };
  }
}

function toEnv(variables) {
  return Object.entries(variables).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
}

function resourceName(id, name) {
  return `holdfast-${id}-${name}`;
}
