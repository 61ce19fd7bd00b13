import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same pid: boot and start time. Null when it does not run.
 * Linux reads /proc; elsewhere `ps` says when it started.
 */
export function identityOf(pid) {
  try {
    if (process.platform !== 'linux') {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || null
      );
    }
    // The command name stands in brackets and may hold blanks: fields are counted after the last one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${bootId()}:${fields[19]}`;
  } catch {
    return null;
  }
}

/** True when the recorded process still runs and is the one recorded, not a later owner of its pid. */
export function isSameProcess(recorded, identify = identityOf) {
  if (!recorded?.pid || !recorded.identity) return false;
  return identify(recorded.pid) === recorded.identity;
}

/** Starts a process that outlives this one and its terminal; its output goes to the log file, emptied before. */
export function startDetached({ command, args, env, cwd, logFile }) {
  const log = openSync(logFile, 'w');
  try {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => {}); // a command that cannot start has no pid, which the caller is told
    child.unref();
    if (!child.pid) return null;
    return { pid: child.pid, identity: identityOf(child.pid) };
  } finally {
    closeSync(log);
  }
}

/** Asks the process to end, and ends it after the grace. True when it ended by itself. */
export async function stopProcess(recorded, { graceMs = 15_000 } = {}) {
  if (!signalProcess(recorded, 'SIGCONT')) return true;
  signalProcess(recorded, 'SIGTERM');
  if (await gone(recorded, graceMs)) return true;
  signalProcess(recorded, 'SIGKILL');
  await gone(recorded, 5_000);
  return false;
}

/** Ends the process at once, as a power cut would. */
export async function killProcess(recorded) {
  signalProcess(recorded, 'SIGKILL');
  await gone(recorded, 5_000);
}

/** Sends a signal to the recorded process; false when it is gone. */
export function signalProcess(recorded, signal) {
  if (!isSameProcess(recorded)) return false;
  try {
    return process.kill(recorded.pid, signal);
  } catch {
    return false;
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function gone(recorded, withinMs) {
  const deadline = Date.now() + withinMs;
  while (isSameProcess(recorded)) {
    if (Date.now() > deadline) return false;
    await pause(30);
  }
  return true;
}

let boot = '';
function bootId() {
  boot ||= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}
