import { diffPolicies, type PolicyDiff, parseStage, stageText, withStage } from '@holdfast/policy';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { type Activated, bringIntoForce } from './activation.ts';
import { approvalsNeeded } from './approval.ts';
import type { AuditEntry } from './audit-log.ts';
import { isSamePerson } from './operator.ts';
import type { PolicyDesk } from './policy-desk.ts';
import {
  findVersion,
  inForce,
  openProposals,
  type PolicyHistory,
  type Proposal,
  versionBefore,
} from './policy-history.ts';
import { openFiles, openPacked, type PackedPolicy } from './policy-text.ts';
import { publishAgain } from './publish-again.ts';

/** What a command made of the policy somebody wants. */
export type Change =
  /** Nothing to do. */
  | { readonly kind: 'in-force-already'; readonly version: string }
  /** It waits for a second person. */
  | {
      readonly kind: 'proposed';
      readonly version: string;
      readonly by: string;
      readonly reasons: readonly string[];
      /** False: it had been proposed before, and is no second time. */
      readonly isNew: boolean;
    }
  | { readonly kind: 'activated'; readonly activated: Activated };

export interface Wish {
  readonly action: AuditEntry['action'];
  readonly wanted: PackedPolicy;
  readonly by: string;
  readonly comment: string;
}

/** What is in force, compiled; undefined before the first, or when this release cannot read it any more. */
export function policyInForce(history: PolicyHistory): PackedPolicy | undefined {
  const version = inForce(history)?.version;
  const folder = version === undefined ? undefined : history.folders.get(version);
  if (version === undefined || !folder) return undefined;
  try {
    return openPacked(folder, version);
  } catch (error) {
    // Then everything of the new one counts as new, and what is live in it needs a second person.
    if (error instanceof StackFailure) return undefined;
    throw error;
  }
}

/** Brings a policy into force, or proposes it where a second person has to agree. Doing it again changes nothing, but for shards that refused it. */
export async function change(desk: PolicyDesk, history: PolicyHistory, wish: Wish): Promise<Change> {
  const { wanted, by, comment, action } = wish;
  const { version } = wanted.policy;
  const isBegun = history.unfinished.some((activation) => activation.version === version);
  if (isInForce(history, version)) return publishAgain(desk, history, wish);
  const base = policyInForce(history);
  const diff = diffPolicies(base, wanted);
  const reasons = isBegun ? [] : approvalsNeeded(base, wanted, diff);
  if (reasons.length > 0) return propose(desk, history, wish, { diff, reasons });
  const agreed = {
    action,
    version,
    bytes: wanted.bytes,
    by,
    publishedBy: by,
    approvedBy: '',
    comment,
    campaigns: idsOf(diff),
  };
  return { kind: 'activated', activated: await bringIntoForce(desk, history, agreed) };
}

async function propose(
  desk: PolicyDesk,
  history: PolicyHistory,
  { wanted, by, comment }: Wish,
  { diff, reasons }: { readonly diff: PolicyDiff; readonly reasons: readonly string[] },
): Promise<Change> {
  const { version } = wanted.policy;
  const basedOn = inForce(history)?.version ?? '';
  const open = history.proposals.find((proposal) => proposal.version === version && proposal.basedOn === basedOn);
  if (open) return { kind: 'proposed', version, by: open.by, reasons, isNew: false };
  const files = history.folders.has(version) ? null : wanted.bytes;
  const campaigns = idsOf(diff);
  await desk.append({ action: 'PROPOSED', version, previousVersion: basedOn, by, comment, campaigns, files });
  return { kind: 'proposed', version, by, reasons, isNew: true };
}

/**
 * The second person's word: brings a proposal into force. Throws `StackFailure` for who proposed it himself, which the audit
 * log keeps, and for a proposal made on top of what is no more in force: it would undo what came since.
 */
export async function approve(
  desk: PolicyDesk,
  history: PolicyHistory,
  { version: text, by, comment }: { readonly version: string; readonly by: string; readonly comment: string },
): Promise<Change> {
  const { version, folder } = knownVersion(history, text);
  if (isInForce(history, version)) return publishAgain(desk, history, { by, comment });
  const proposal = history.proposals.find((one) => one.version === version);
  if (!proposal) throw new StackFailure(`${version} was not proposed, or is no more`, describeWaiting(history));
  await refuseUnfit(desk, history, proposal, by);
  const { bytes } = openPacked(folder, version);
  const { by: publishedBy, campaigns } = proposal;
  const agreed = { action: 'APPROVED', version, bytes, by, publishedBy, approvedBy: by, comment, campaigns } as const;
  return { kind: 'activated', activated: await bringIntoForce(desk, history, agreed) };
}

async function refuseUnfit(
  desk: PolicyDesk,
  history: PolicyHistory,
  { version, by: proposer, basedOn, campaigns }: Proposal,
  by: string,
): Promise<void> {
  if (isSamePerson(proposer, by)) {
    const comment = 'approved by the one who proposed it';
    await desk.append({ action: 'REFUSED', version, previousVersion: basedOn, by, comment, campaigns });
    throw new StackFailure(
      `${by} proposed it: somebody else has to approve it`,
      'approve --by NAME, run by that person',
    );
  }
  const now = inForce(history)?.version ?? '';
  if (basedOn === now) return;
  throw new StackFailure(
    `${version.slice(0, 19)} was proposed when ${basedOn.slice(0, 19) || 'nothing'} was in force, which is ${now.slice(0, 19)} now`,
    'bring its folder up to date and publish it again',
  );
}

/** Sets the stage of a campaign in what is in force. Throws `StackFailure` for a campaign it does not have. */
export async function promote(
  desk: PolicyDesk,
  history: PolicyHistory,
  {
    campaign,
    to,
    by,
    comment,
  }: { readonly campaign: string; readonly to: string; readonly by: string; readonly comment: string },
): Promise<Change> {
  const base = policyInForce(history);
  if (!base)
    throw new StackFailure('nothing was published yet', 'holdfast policy publish DIR, with the stage in its text');
  const known = base.policy.campaigns.get(campaign);
  if (!known) {
    const ids = [...base.policy.campaigns.keys()].join(', ');
    throw new StackFailure(`the policy in force has no campaign ${campaign}`, `it has ${ids || 'none'}`);
  }
  if (stageText(known) === to && history.unfinished.length === 0) return publishAgain(desk, history, { by, comment });
  const wanted = openFiles(withStage(base.files, campaign, to), 'the policy with the new stage');
  const action = parseStage(to)?.stage === 'retired' ? 'RETIRED' : 'PROMOTED';
  return change(desk, history, { action, wanted, by, comment: comment || `${campaign}: ${stageText(known)} → ${to}` });
}

/**
 * Back to a version that was in force, by default to the one before this. It needs no second person: it was agreed on when it
 * came. Throws `StackFailure` for a version that never was.
 */
export async function rollback(
  desk: PolicyDesk,
  history: PolicyHistory,
  wish: {
    readonly version: string | undefined;
    readonly by: string;
    readonly comment: string;
    readonly takesOver?: boolean;
  },
): Promise<Change> {
  const { version: text, by, comment, takesOver = false } = wish;
  const target = text ?? versionBefore(history);
  if (target === undefined)
    throw new StackFailure('nothing was in force before', 'shards ran the folder of their worker: publish that');
  const { version, folder } = knownVersion(history, target);
  if (isInForce(history, version)) return publishAgain(desk, history, { by, comment });
  if (!history.completed.some((activation) => activation.version === version)) {
    throw new StackFailure(
      `${version.slice(0, 19)} was never in force`,
      `a proposal is approved: holdfast policy approve ${version.slice(7, 19)}`,
    );
  }
  const wanted = openPacked(folder, version);
  const campaigns = idsOf(diffPolicies(policyInForce(history), wanted));
  const agreed = {
    action: 'ROLLED_BACK',
    version,
    bytes: folder,
    by,
    publishedBy: by,
    approvedBy: '',
    comment,
    campaigns,
    takesOver,
  } as const;
  return { kind: 'activated', activated: await bringIntoForce(desk, history, agreed) };
}

/** Throws `StackFailure` when there is none, or more than one, that begins so. */
export function knownVersion(
  history: PolicyHistory,
  text: string,
): { readonly version: string; readonly folder: Buffer } {
  const found = findVersion(history, text);
  if (found.kind === 'found') return found;
  if (found.kind === 'unknown') throw new StackFailure(`no version ${text}`, 'holdfast policy history lists them');
  throw new StackFailure(`more than one version begins with ${text}`, found.versions.join('\n  '));
}

function isInForce(history: PolicyHistory, version: string): boolean {
  return inForce(history)?.version === version && history.unfinished.length === 0;
}

function describeWaiting(history: PolicyHistory): string {
  const open = openProposals(history);
  if (open.length === 0) return 'nothing waits for approval';
  return `what waits: ${open.map(({ version, by }) => `${version.slice(0, 19)} of ${by}`).join(', ')}`;
}

function idsOf({ campaigns }: PolicyDiff): readonly string[] {
  return campaigns.map(({ campaign }) => campaign);
}
