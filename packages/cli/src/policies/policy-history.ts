import type { AuditEntry, AuditLog } from './audit-log.ts';

/** A policy that was brought into force, or was about to. */
export interface Activation {
  /** `eventId` of its control records. */
  readonly id: string;
  readonly action: AuditEntry['action'];
  readonly version: string;
  readonly previousVersion: string;
  /** Who wanted it, and the second person; empty where nobody had to agree. */
  readonly publishedBy: string;
  readonly approvedBy: string;
  readonly comment: string;
  readonly campaigns: readonly string[];
  readonly announcedAt: number;
  /** Of the announcement in the audit log. */
  readonly offset: number;
}

/** A policy that waits for a second person. */
export interface Proposal {
  readonly version: string;
  /** What was in force when it was made; empty when nothing was. */
  readonly basedOn: string;
  readonly by: string;
  readonly comment: string;
  readonly campaigns: readonly string[];
  readonly proposedAt: number;
}

/** What the audit log says, up to its end. */
export interface PolicyHistory extends AuditLog {
  /** Those whose control records are in every partition, oldest first; the last one is in force. */
  readonly completed: readonly Activation[];
  /** Announced since the last one that was completed, and neither completed nor withdrawn; the oldest first. */
  readonly unfinished: readonly Activation[];
  /** Neither in force nor refused since, the newest last; one per version. */
  readonly proposals: readonly Proposal[];
  /** Packed folders by version, in order of appearance. */
  readonly folders: ReadonlyMap<string, Buffer>;
}

/** Makes of the log what it says. */
export function historyOf({ entries, unreadable }: AuditLog): PolicyHistory {
  const folders = new Map<string, Buffer>();
  const completed: Activation[] = [];
  let unfinished: Activation[] = [];
  const proposals = new Map<string, Proposal>();
  for (const entry of entries) {
    if (entry.files && !folders.has(entry.version)) folders.set(entry.version, entry.files);
    if (entry.action === 'PROPOSED') {
      proposals.delete(entry.version);
      proposals.set(entry.version, proposalOf(entry));
    }
    if (entry.action === 'IN_FORCE') {
      const done = unfinished.find(({ id }) => id === entry.activation);
      if (!done) continue;
      completed.push(done);
      proposals.delete(done.version);
      unfinished = unfinished.filter(({ offset }) => offset > done.offset);
    } else if (entry.action === 'WITHDRAWN') {
      unfinished = unfinished.filter(({ id }) => id !== entry.activation);
    } else if (entry.activation !== '') unfinished.push(activationOf(entry, proposals.get(entry.version)));
  }
  return { entries, unreadable, completed, unfinished, proposals: [...proposals.values()], folders };
}

/** The activation in force; undefined before the first: shards then run the folder their worker was started with. */
export function inForce({ completed }: PolicyHistory): Activation | undefined {
  return completed.at(-1);
}

/** Proposals that may be approved: what they were made on top of is in force. */
export function openProposals(history: PolicyHistory): readonly Proposal[] {
  const version = inForce(history)?.version ?? '';
  return history.proposals.filter(({ basedOn }) => basedOn === version);
}

/** The version that was in force before the one that is; undefined when there was none. */
export function versionBefore({ completed }: PolicyHistory): string | undefined {
  const now = completed.at(-1)?.version;
  return completed.findLast(({ version }) => version !== now)?.version;
}

export type VersionFound =
  | { readonly kind: 'found'; readonly version: string; readonly folder: Buffer }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ambiguous'; readonly versions: readonly string[] };

const SCHEME = 'sha256:';

/** A version by the beginning of its digits, with or without `sha256:`. */
export function findVersion({ folders }: PolicyHistory, text: string): VersionFound {
  const wanted = text.startsWith(SCHEME) ? text : `${SCHEME}${text}`;
  const matching = [...folders].filter(([version]) => version.startsWith(wanted));
  const [first] = matching;
  if (!first) return { kind: 'unknown' };
  if (matching.length > 1) return { kind: 'ambiguous', versions: matching.map(([version]) => version) };
  return { kind: 'found', version: first[0], folder: first[1] };
}

function activationOf(entry: AuditEntry, proposal: Proposal | undefined): Activation {
  const { activation, action, version, previousVersion, by, comment, campaigns, appendTime, offset } = entry;
  const isApproved = action === 'APPROVED';
  const people = { publishedBy: isApproved ? (proposal?.by ?? '') : by, approvedBy: isApproved ? by : '' };
  return {
    id: activation,
    action,
    version,
    previousVersion,
    ...people,
    comment,
    campaigns,
    announcedAt: appendTime,
    offset,
  };
}

function proposalOf({ version, previousVersion, by, comment, campaigns, appendTime }: AuditEntry): Proposal {
  return { version, basedOn: previousVersion, by, comment, campaigns, proposedAt: appendTime };
}
