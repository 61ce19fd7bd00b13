import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cpus, release } from 'node:os';

/** Linux counts process times in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const LISTENING = '0A';

/** CPU seconds a process has used; undefined when it is not one of this machine. */
export function cpuSecondsOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold spaces: fields are counted from behind it.
  const [, ...rest] = fields.slice(fields.lastIndexOf(')') + 1).split(' ');
  return (Number(rest[11]) + Number(rest[12])) / TICKS_PER_SECOND;
}

/** The most memory a process held resident since it began, bytes. */
export function peakRssOf(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1] ?? Number.NaN) * 1024;
}

/** The process that listens on a TCP port of this machine; undefined when none of ours does, as with containers. */
export function listenerOf(port: number): number | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
  return processIds().find((pid) => openFilesOf(pid).some((file) => sockets.has(file)));
}

function listeningSockets(table: string, port: number): string[] {
  const rows = readFileSync(`/proc/net/${table}`, 'latin1').trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    const isOurs = state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    return isOurs ? [`socket:[${inode}]`] : [];
  });
}

function processIds(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function openFilesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // it ended, or belongs to somebody else
  }
}

/** What the figures were taken on. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`;
}
