/** What a caller may be. A person or a system may have several. */
export const ROLES = ['producer', 'agent', 'supervisor', 'marketer', 'approver', 'operator', 'auditor'] as const;
export type Role = (typeof ROLES)[number];
