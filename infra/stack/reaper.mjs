// Runs beside a stack that belongs to one process, and removes it when that process is gone, however it ended:
// a signal that kills leaves nobody else to do it. Arguments: the stack's folder, the owner's pid and identity.
import { existsSync, rmSync } from 'node:fs';
import { isSameProcess, pause } from './process.mjs';
import { down } from './stack.mjs';

const LOOK_EVERY_MS = 500;
const [dir, pid, identity] = process.argv.slice(2);

while (isSameProcess({ pid: Number(pid), identity })) {
  if (!existsSync(dir)) process.exit(0);
  await pause(LOOK_EVERY_MS);
}
if (existsSync(dir)) {
  await down({ dir, purge: true });
  rmSync(dir, { recursive: true, force: true });
}
