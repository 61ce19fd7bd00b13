import { randomUUID } from 'node:crypto';
import { shareOf } from '@holdfast/decisions';
import { loadPolicyFolder } from '@holdfast/policy-folder';

const folder = loadPolicyFolder();
if (folder.kind === 'invalid') throw new Error(folder.text);
const { holdout } = folder.policy;

/** An id of somebody new whom marketing may reach: one id in ten is in the universal holdout. */
export function reachableCustomer(): string {
  for (;;) {
    const id = `c${randomUUID()}`;
    if (shareOf(holdout.salt, id) >= holdout.share) return id;
  }
}
