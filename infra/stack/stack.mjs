import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createContainerDriver } from './containers.mjs';
import { StackFailure } from './failure.mjs';
import { chooseKind, forcedKind } from './kind.mjs';
import { createNativeDriver } from './native.mjs';
import { ROOT, STATE_DIR } from './paths.mjs';
import { choosePorts } from './ports.mjs';
import { identityOf, pause, startDetached } from './process.mjs';
import { addressesOf, SERVICES, USUAL_PORTS } from './settings.mjs';
import { newState, readState, removeState, withLock, writeState } from './state.mjs';

// Generous: on a machine that is busy with other work a start of seconds takes minutes.
const ANSWER_WITHIN_MS = 180_000;

/**
 * Brings the stack of the folder up and answers where it listens. Services that run already are kept; what an
 * interrupted command began is completed. Throws a StackFailure with a hint when it cannot.
 */
export async function up(options = {}) {
  const { dir = STATE_DIR, report = () => {} } = options;
  const running = await status({ dir });
  if (running.phase === 'up') return running;
  return withLock(dir, () => bringUp({ ...options, dir, report }), { report });
}

/** Stops the services of the folder's stack; `purge` removes its data too. Answers the names of those that ran. */
export async function down({ dir = STATE_DIR, purge = false, report = () => {} } = {}) {
  return withLock(dir, () => bringDown(dir, purge, report), { report });
}

/** What is recorded and what of it runs. `phase` is up (all run and were ready once), partial or down. */
export async function status({ dir = STATE_DIR } = {}) {
  const state = readState(dir);
  if (!state) return { phase: 'down', kind: null, services: {} };
  const driver = driverOf(state, dir);
  const recorded = SERVICES.filter((name) => state.services[name]);
  const entries = recorded.map(async (name) => {
    const service = state.services[name];
    return [name, { ...service, running: await driver.isRunning(service) }];
  });
  const services = Object.fromEntries(await Promise.all(entries));
  const runs = Object.values(services).filter((service) => service.running).length;
  if (runs === 0) return { phase: 'down', kind: state.kind, services };
  const phase = runs === SERVICES.length && state.phase === 'up' ? 'up' : 'partial';
  return { phase, kind: state.kind, services, ...addressesOf(portsOf(services)) };
}

/** Ties the folder's stack to this process: when it is gone, however it ended, the stack and the folder are removed. */
export function removeWithThisProcess(dir) {
  const args = [join(ROOT, 'infra', 'stack', 'reaper.mjs'), dir, String(process.pid), identityOf(process.pid)];
  startDetached({ command: process.execPath, args, cwd: '/', logFile: join(dir, 'reaper.log') });
}

/** Drives one service of a stack that is up: for tests that take services away and give them back, ports and data kept. */
export function serviceControl(dir, name, options = {}) {
  const change = async (action) => {
    const state = readState(dir);
    const driver = driverOf(state, dir, options);
    return action(driver, state.services[name], state);
  };
  return {
    stop: () => change((driver, recorded) => driver.stop(name, recorded)),
    kill: () => change((driver, recorded) => driver.kill(name, recorded)),
    freeze: () => change((driver, recorded) => driver.freeze(name, recorded)),
    thaw: () => change((driver, recorded) => driver.thaw(name, recorded)),
    start: () =>
      change(async (driver, recorded, state) => {
        if (await driver.isRunning(recorded)) return;
        await driver.prepare();
        // Everybody knows it by this port.
        await startReady({ dir, driver, state, name }, recorded.port, async () => recorded.port);
      }),
  };
}

async function bringUp(options) {
  const { dir, report } = options;
  const state = readState(dir) ?? newState(null);
  Object.assign(state, { kind: kindFor(state, options), phase: 'starting' });
  const driver = driverOf(state, dir, options);
  await driver.prepare();
  const missing = [];
  for (const name of SERVICES) if (!(await driver.isRunning(state.services[name]))) missing.push(name);
  const ports = await wishedPorts(state, missing, options.ports);
  writeState(dir, state);
  report(`starting ${missing.join(', ')} (${state.kind})`);
  const job = { dir, driver, state, report };
  await Promise.all(SERVICES.map((name) => bringServiceUp({ ...job, name }, missing.includes(name), ports[name])));
  state.phase = 'up';
  writeState(dir, state);
  return status({ dir });
}

// Data lives with its kind: a stack that has been up before stays what it is until it is purged.
function kindFor(state, { env, kind, report }) {
  const wanted = kind ?? forcedKind(env);
  if (!state.kind) return wanted ?? decideKind(env, report);
  if (!wanted || wanted === state.kind) return state.kind;
  throw new StackFailure(
    `The stack of this clone is ${state.kind}, not ${wanted}.`,
    'First: npx holdfast down --purge',
  );
}

function decideKind(env, report) {
  const { kind, because } = chooseKind({ env, pull: true, report });
  report(`${kind === 'native' ? 'native stack' : 'containers'}: ${because}`);
  return kind;
}

function driverOf(state, dir, options = {}) {
  return state.kind === 'containers' ? createContainerDriver(state.id) : createNativeDriver(dir, options);
}

function wishedPorts(state, names, wishes = USUAL_PORTS) {
  return choosePorts(Object.fromEntries(names.map((name) => [name, state.services[name]?.port ?? wishes[name]])));
}

async function bringServiceUp(job, isMissing, port) {
  const { driver, state, name, report } = job;
  const since = Date.now();
  if (isMissing) await startReady(job, port, async () => (await choosePorts({ [name]: 0 }))[name]);
  else await untilReady(driver, name, state.services[name]);
  report(
    `  ${name.padEnd(8)} ready on port ${state.services[name].port} (${((Date.now() - since) / 1000).toFixed(1)} s)`,
  );
}

async function startReady(job, port, nextPort) {
  const { driver, state, name } = job;
  await startService(job, port);
  try {
    await untilReady(driver, name, state.services[name]);
  } catch (error) {
    // Between the choice of a port and its use somebody else may have taken it: once more, with others.
    const recorded = state.services[name];
    if ((await driver.isRunning(recorded)) || !(await driver.lostPort(name, recorded))) throw error;
    await startService(job, await nextPort());
    await untilReady(driver, name, state.services[name]);
  }
}

async function startService({ dir, driver, state, name }, port) {
  state.services[name] = await driver.start(name, port);
  writeState(dir, state);
}

async function untilReady(driver, name, recorded) {
  const deadline = Date.now() + ANSWER_WITHIN_MS;
  while (!(await driver.isReady(name, recorded))) {
    const ended = !(await driver.isRunning(recorded));
    if (ended || Date.now() > deadline) {
      const what = ended ? 'ended before it was ready' : `was not ready in ${ANSWER_WITHIN_MS / 1000} s`;
      throw new StackFailure(`${name} ${what}. The end of its log:\n${await driver.logTail(name, recorded)}`);
    }
    await pause(60);
  }
}

async function bringDown(dir, purge, report) {
  const state = readState(dir);
  const stopped = [];
  if (state) {
    const driver = driverOf(state, dir);
    await Promise.all(
      Object.entries(state.services).map(async ([name, recorded]) => {
        if (await driver.isRunning(recorded)) stopped.push(name);
        await driver.stop(name, recorded);
      }),
    );
    if (purge) await driver.purge();
    writeState(dir, { ...state, phase: 'down' });
  }
  if (purge) {
    removeState(dir);
    for (const name of ['data', 'logs']) rmSync(join(dir, name), { recursive: true, force: true });
  }
  report(stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'nothing was running');
  return stopped;
}

function portsOf(services) {
  return Object.fromEntries(Object.entries(services).map(([name, { port }]) => [name, port]));
}
