import { randomUUID } from 'node:crypto';
import type { EventInput } from '@holdfast/events';
import { OWN_SOURCE } from '@holdfast/telecom';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { NewEntry } from './audit-log.ts';
import type { PolicyDesk } from './policy-desk.ts';
import { type Activation, inForce, type PolicyHistory } from './policy-history.ts';

/** A policy that may come into force: it compiles, and whoever has to agree did. */
export interface Agreed
  extends Pick<Activation, 'action' | 'version' | 'publishedBy' | 'approvedBy' | 'comment' | 'campaigns'> {
  /** Who does it. */
  readonly by: string;
  /** The packed folder. */
  readonly bytes: Buffer;
  /** Somebody else who seems to be at it is taken to have died, however short ago he began. */
  readonly takesOver?: boolean;
}

/** A policy whose record is in every partition. */
export interface Activated {
  readonly version: string;
  readonly activationId: string;
  /** Of its control record, by partition. */
  readonly offsets: ReadonlyMap<number, number>;
  /** It was begun before, and has been completed now. */
  readonly isResumed: boolean;
}

/**
 * Whoever announced something and is not through by then is taken to have died. An activation writes one record per
 * partition, which takes a second; a slow one stops by itself long before others count on it.
 */
export const ABANDONED_AFTER_MS = 60_000;
const WRITE_WITHIN_MS = ABANDONED_AFTER_MS / 2;
const MAX_CAMPAIGNS = 1_000;

/**
 * Brings a policy into force: announces it in the audit log, appends one identical control record to every partition, and
 * says there that it is done. An announcement of the same policy that was never completed is taken up again with its id, so
 * that a partition gets its record once. Throws `StackFailure` when somebody else is at it, or when a partition cannot be
 * written; doing the same again then completes it.
 */
export async function bringIntoForce(desk: PolicyDesk, history: PolicyHistory, agreed: Agreed): Promise<Activated> {
  const begun = begunOf(history, agreed.version);
  const activation = begun ?? (await announce(desk, history, agreed));
  const known = begun ? await desk.recordsOf(begun.id, begun.announcedAt) : new Map<number, number>();
  const offsets = await writeMissing(desk, recordOf(activation, agreed.bytes), known);
  await desk.append({ ...entryOf(agreed, activation.previousVersion), action: 'IN_FORCE', activation: activation.id });
  return { version: agreed.version, activationId: activation.id, offsets, isResumed: begun !== undefined };
}

/** An older one is not taken up: partitions that have its record may have a later one's behind it. */
function begunOf({ unfinished }: PolicyHistory, version: string): Activation | undefined {
  const last = unfinished.at(-1);
  return last?.version === version ? last : undefined;
}

/** The log orders announcements: of two at the same time the later one sees the other before it, and withdraws. */
async function announce(desk: PolicyDesk, history: PolicyHistory, agreed: Agreed): Promise<Activation> {
  const { by: _, bytes, takesOver = false, ...rest } = agreed;
  const previousVersion = inForce(history)?.version ?? '';
  const entry = entryOf(agreed, previousVersion);
  const id = randomUUID();
  const files = history.folders.has(agreed.version) ? null : bytes;
  const { offset, appendTime } = await desk.append({ ...entry, files, activation: id });
  const own: Activation = { ...rest, id, previousVersion, announcedAt: appendTime, offset };
  const now = await desk.history();
  const rival = takesOver ? undefined : rivalOf(own, now);
  if (!rival && (inForce(now)?.version ?? '') === previousVersion) return own;
  await desk.append({ ...entry, action: 'WITHDRAWN', activation: id });
  throw new StackFailure(
    rival ? describeRival(rival) : 'another policy came into force in the meantime',
    'nothing was changed; look at holdfast policy history, then run this again (rollback --take-over does not wait)',
  );
}

function rivalOf(own: Activation, { unfinished }: PolicyHistory): Activation | undefined {
  return unfinished.find(
    ({ offset, announcedAt }) => offset < own.offset && own.announcedAt - announcedAt < ABANDONED_AFTER_MS,
  );
}

function describeRival({ approvedBy, publishedBy, version, announcedAt }: Activation): string {
  const since = new Date(announcedAt).toISOString();
  return `${approvedBy || publishedBy} is bringing ${version.slice(0, 19)} into force since ${since}`;
}

async function writeMissing(
  desk: PolicyDesk,
  record: EventInput<'PolicyActivated'>,
  known: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, number>> {
  const offsets = new Map(known);
  const endMs = performance.now() + WRITE_WITHIN_MS;
  for (let partition = 0; partition < desk.partitions; partition++) {
    if (offsets.has(partition)) continue;
    try {
      // Others may take it for abandoned later: nothing of it may follow what they write then.
      if (performance.now() > endMs) throw new Error(`it takes longer than ${WRITE_WITHIN_MS} ms`);
      offsets.set(partition, await desk.activate(partition, record));
    } catch (error) {
      throw partlyWritten(offsets.size, desk.partitions, error);
    }
  }
  return offsets;
}

function partlyWritten(written: number, partitions: number, error: unknown): StackFailure {
  const message = error instanceof Error ? error.message : String(error);
  return new StackFailure(
    `${written} of ${partitions} partitions have the policy, the next could not be written: ${message}`,
    'run the same command again: it completes this activation',
  );
}

function recordOf(activation: Activation, files: Buffer): EventInput<'PolicyActivated'> {
  const { id, version, previousVersion, publishedBy, approvedBy, comment, announcedAt } = activation;
  return {
    ...{ type: 'PolicyActivated', eventId: id, source: OWN_SOURCE, occurredAt: announcedAt },
    ...{ version, files, previousVersion, publishedBy, approvedBy, comment },
  };
}

function entryOf({ action, version, by, comment, campaigns }: Agreed, previousVersion: string): NewEntry {
  return { action, version, previousVersion, by, comment, campaigns: campaigns.slice(0, MAX_CAMPAIGNS) };
}
