import type { KeyEntry } from '@holdfast/access';
import { printableTable } from '../terminal-text.ts';

const SOON_MS = 14 * 86_400_000;

/** A table of keys by whom they belong to, and how long they open. */
export function describeKeys(entries: readonly KeyEntry[], nowMs: number): string {
  if (entries.length === 0) return 'no keys: nobody comes in by this file\n';
  const head = ['ID', 'KEY', 'ROLES', 'DESKS', 'TEAMS', 'UNTIL'];
  const rows = entries.map((entry) => [
    entry.id,
    entry.sha256.slice(0, 8),
    entry.roles.join(' '),
    entry.desks?.join(' ') ?? 'all',
    entry.teams?.join(' ') ?? 'all',
    untilOf(entry, nowMs),
  ]);
  const callers = new Set(entries.map(({ id }) => id)).size;
  return `${printableTable([head, ...rows])}keys: ${entries.length}, callers: ${callers}\n`;
}

function untilOf({ notAfter }: KeyEntry, nowMs: number): string {
  if (notAfter === undefined) return 'withdrawn';
  const leftMs = Date.parse(notAfter) - nowMs;
  if (leftMs <= 0) return `${notAfter}, expired`;
  return leftMs < SOON_MS ? `${notAfter}, soon` : notAfter;
}
