import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackFailure } from './failure.mjs';
import { identityOf, isSameProcess, pause } from './process.mjs';

const LAYOUT = 1;

/** The stack recorded in the folder, or null when there is none or the file is of another layout. */
export function readState(dir) {
  try {
    return parseState(readFileSync(join(dir, 'stack.json'), 'utf8'));
  } catch {
    return null;
  }
}

/** Reads a state file's text; null for a torn file or another layout. */
export function parseState(text) {
  try {
    const state = JSON.parse(text);
    return state?.layout === LAYOUT && state.services ? state : null;
  } catch {
    return null;
  }
}

/** A stack that has not been started yet. The id names its containers and volumes. */
export function newState(kind) {
  return { layout: LAYOUT, id: randomBytes(4).toString('hex'), kind, phase: 'down', services: {} };
}

/** Writes the file in one step, so that an interrupted write leaves the old one. */
export function writeState(dir, state) {
  mkdirSync(dir, { recursive: true });
  const next = join(dir, `stack.json.${process.pid}`);
  writeFileSync(next, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(next, join(dir, 'stack.json'));
}

export function removeState(dir) {
  rmSync(join(dir, 'stack.json'), { force: true });
}

/** Runs the work while no other process changes the stack of this folder. A lock of a dead process is taken over. */
export async function withLock(dir, work, { withinMs = 180_000, report = () => {} } = {}) {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'stack.lock');
  const deadline = Date.now() + withinMs;
  let told = false;
  for (;;) {
    const answer = tryLock(file);
    if (answer === 'mine') break;
    if (answer === 'abandoned') continue;
    if (Date.now() > deadline) throw new StackFailure(`Another command still works on the stack (${file}).`);
    if (!told) report('waiting for another command that works on the stack');
    told = true;
    await pause(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  // Written aside and linked, so that nobody ever reads a lock whose owner is not yet in it.
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) }));
  try {
    linkSync(mine, file);
    return 'mine';
  } catch {
    if (isHeld(file)) return 'held';
    rmSync(file, { force: true });
    return 'abandoned';
  } finally {
    rmSync(mine, { force: true });
  }
}

function isHeld(file) {
  try {
    return isSameProcess(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return false;
  }
}
