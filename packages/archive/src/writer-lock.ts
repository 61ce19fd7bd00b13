import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ArchiveError } from './archive-error.ts';
import type { ArchivePlace } from './archive-place.ts';
import { codeOf } from './error-code.ts';

const LOCK = '.writer';
/** Of the writers of this process: a lock of its own that is not among them could not be let go. */
const held = new Set<string>();

/** One writer per archive. Answers how to let go; a lock whose process of this host is gone is taken over. */
export async function lockArchive(place: ArchivePlace): Promise<() => Promise<void>> {
  const token = randomUUID();
  const own = `${hostname()} ${process.pid} ${token}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    if (await take(place, own)) {
      await refuseWithoutConditions(place, own);
      held.add(token);
      return () => release(place, token);
    }
    const text = (await place.readText(LOCK)) ?? '';
    const [host = '', pid = ''] = text.split(' ');
    if (isAbandoned(text)) await place.remove(LOCK);
    else if (host !== '') throw locked(place, `process ${pid} on ${host}`);
  }
  throw locked(place, 'another process');
}

/** A server may have taken it and its answer been lost: then the lock is there, and ours. */
async function take(place: ArchivePlace, own: string): Promise<boolean> {
  return (await place.createText(LOCK, own)) || (await place.readText(LOCK)) === own;
}

/** Without names that are given once two writers would not notice each other. */
async function refuseWithoutConditions(place: ArchivePlace, own: string): Promise<void> {
  if (!(await place.createText(LOCK, own))) return;
  await place.remove(LOCK);
  throw new ArchiveError(
    'denied',
    `${place.name}: the server overwrites what is there although it was asked not to (If-None-Match); use one that knows conditional writes`,
  );
}

async function release(place: ArchivePlace, token: string): Promise<void> {
  held.delete(token);
  await place.remove(LOCK);
}

function isAbandoned(text: string): boolean {
  const [host = '', pid = '', token = ''] = text.split(' ');
  if (host !== hostname()) return false;
  return Number(pid) === process.pid ? !held.has(token) : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function locked({ name }: ArchivePlace, by: string): ArchiveError {
  return new ArchiveError('locked', `${by} writes to this archive; if that is gone, remove ${name}/${LOCK}`);
}
