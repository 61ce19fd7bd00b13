import type { AttributeName, Facts, Line, LineStatus } from './customer-state.ts';

export function textOf(facts: Facts, name: AttributeName): string | undefined {
  return facts.attributes.find((attribute) => attribute.name === name)?.value;
}

/** The mobile line held longest: its cycle and allowance stand for the customer. */
export function mainLine(facts: Facts): Line | undefined {
  let main: Line | undefined;
  for (const line of facts.lines) {
    if (line.product !== 'MOBILE' || line.status === 'TERMINATED') continue;
    if (!main || line.activatedAt < main.activatedAt) main = line;
  }
  return main;
}

/** Since when the customer is one of ours, as far as we were told; undefined when nobody said. */
export function knownSince(facts: Facts): number | undefined {
  let since: number | undefined;
  for (const line of facts.lines) {
    if (line.activatedAt > 0 && (since === undefined || line.activatedAt < since)) since = line.activatedAt;
  }
  return since;
}

/** Over all mobile lines; undefined when one of them is unlimited or its allowance is not known. */
export function allowanceOf(facts: Facts): number | undefined {
  const mobile = facts.lines.filter((line) => line.product === 'MOBILE' && line.status !== 'TERMINATED');
  if (mobile.length === 0 || mobile.some((line) => line.dataAllowanceMb < 0)) return undefined;
  return mobile.reduce((sum, line) => sum + line.dataAllowanceMb, 0);
}

/** Whether one of his lines was in use at a time; true of somebody of whose lines nobody ever told. */
export function hadActiveLine({ lines }: Facts, atMs: number): boolean {
  return lines.length === 0 || lines.some((line) => statusAt(line, atMs) === 'ACTIVE');
}

/** Whether a line that was in use has been suspended or has ended since, and still was so at `atMs`. */
export function hadLapsedLine({ lines }: Facts, sinceMs: number, atMs: number): boolean {
  return lines.some((line) => {
    const status = statusAt(line, atMs);
    return (status === 'SUSPENDED' || status === 'TERMINATED') && line.statusAt >= sinceMs;
  });
}

/**
 * What a line was some days ago. The state has its last change alone, so of one that changed since it follows what it must
 * have been: who was resumed was suspended, who was suspended or ended was in use.
 */
function statusAt({ activatedAt, status, statusAt: changedAt }: Line, atMs: number): LineStatus {
  if (activatedAt > atMs) return 'UNKNOWN';
  if (changedAt <= atMs) return status === 'UNKNOWN' ? 'ACTIVE' : status;
  return status === 'ACTIVE' ? 'SUSPENDED' : 'ACTIVE';
}
