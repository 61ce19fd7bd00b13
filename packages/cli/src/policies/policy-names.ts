import { statSync } from 'node:fs';
import type { WrittenPolicy } from '@holdfast/policy';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { knownVersion } from './changes.ts';
import { atPolicyDesk } from './policy-desk.ts';
import { inForce, type PolicyHistory } from './policy-history.ts';
import { openFolder, openPacked } from './policy-text.ts';

const IN_FORCE = 'in-force';

/**
 * Policies by name: a folder, the beginning of a version, or `in-force`. An installation is asked only where one of them is
 * no folder. Throws `StackFailure` for what is none of these.
 */
export async function openPolicies(
  names: readonly string[],
  addresses: () => Promise<Addresses>,
): Promise<readonly WrittenPolicy[]> {
  for (const name of names) refuseNonsense(name);
  const isPublished = names.some((name) => !isFolder(name));
  const history = isPublished ? await atPolicyDesk(await addresses(), (desk) => desk.history()) : undefined;
  return names.map((name) => (isFolder(name) || !history ? openFolder(name) : openVersion(history, name)));
}

function openVersion(history: PolicyHistory, name: string): WrittenPolicy {
  const wanted = name === IN_FORCE ? inForce(history)?.version : name;
  if (wanted === undefined) throw new StackFailure('nothing was published yet', 'name a folder instead of in-force');
  const { version, folder } = knownVersion(history, wanted);
  return openPacked(folder, version);
}

function refuseNonsense(name: string): void {
  if (isFolder(name) || name === IN_FORCE || /^(sha256:)?[0-9a-f]+$/.test(name)) return;
  throw new StackFailure(`${name} is no folder and no version`, 'holdfast policy history lists the versions');
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
