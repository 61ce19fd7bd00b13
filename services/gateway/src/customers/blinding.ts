import type { Principal } from '../security/principal.ts';
import type { Role } from '../security/roles.ts';

/** Who measures campaigns, or answers for them. */
const SEES_ARMS: readonly Role[] = ['marketer', 'approver', 'operator', 'auditor'];

/**
 * Who deals with customers is not told who is in a control group, nor what variant somebody is in: he would treat them
 * otherwise, and what a campaign is measured by would be spoiled.
 */
export function isBlinded({ roles }: Pick<Principal, 'roles'>): boolean {
  return !roles.some((role) => SEES_ARMS.includes(role));
}
