import { StackFailure } from '../../../../infra/stack/index.mjs';
import { bringIntoForce } from './activation.ts';
import type { Change } from './changes.ts';
import type { PolicyDesk } from './policy-desk.ts';
import { inForce, type PolicyHistory } from './policy-history.ts';
import { openPacked } from './policy-text.ts';

interface Word {
  readonly by: string;
  readonly comment: string;
}

/**
 * Brings what is in force to the shards that refused it, because the release of their workers could not run it then. It
 * was agreed on when it came, so nobody has to agree again; a shard that runs it already does nothing at the record. They
 * switch there and nowhere else: a shard that tried again by itself would switch where no record says so. Throws
 * `StackFailure` where this release cannot run it either.
 */
export async function publishAgain(desk: PolicyDesk, history: PolicyHistory, { by, comment }: Word): Promise<Change> {
  const now = inForce(history);
  const folder = now && history.folders.get(now.version);
  if (!now || !folder) throw new StackFailure('nothing was published yet', 'holdfast policy publish DIR');
  const { version, publishedBy, approvedBy } = now;
  const partitions = await refusing(desk, version);
  if (partitions.length === 0 && history.unfinished.length === 0) return { kind: 'in-force-already', version };
  const { bytes } = openPacked(folder, version);
  const why = comment || `again: it was refused by shards ${partitions.join(', ')}`;
  const agreed = {
    action: 'PUBLISHED',
    version,
    bytes,
    by,
    publishedBy,
    approvedBy,
    comment: why,
    campaigns: [],
  } as const;
  return { kind: 'activated', activated: await bringIntoForce(desk, history, agreed) };
}

/** Shards whose newest policy record brought this version, which they refused. */
async function refusing(desk: PolicyDesk, version: string): Promise<readonly number[]> {
  const partitions = Array.from({ length: desk.partitions }, (_, partition) => partition);
  const metas = await Promise.all(partitions.map((partition) => desk.shard(partition)));
  return partitions.filter((partition) => metas[partition]?.refused?.name === version);
}
