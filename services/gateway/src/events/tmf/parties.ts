import { MappingError } from './mapped.ts';

export interface Party {
  readonly id: string;
  readonly role?: string | undefined;
  readonly '@referredType'?: string | undefined;
}

/** The one customer among related parties: by role, else by referred type. */
export function customerOf(parties: readonly Party[], path: string): string {
  const byRole = parties.filter(({ role }) => role?.toLowerCase() === 'customer');
  const byType = parties.filter((party) => party['@referredType']?.toLowerCase() === 'customer');
  const ids = [...new Set((byRole.length > 0 ? byRole : byType).map(({ id }) => id))];
  if (ids.length === 0) {
    throw new MappingError('missing', path, 'names no customer', 'Send a related party with the role "customer".');
  }
  const [customerId, ...others] = ids;
  if (customerId === undefined || others.length > 0) {
    throw new MappingError(
      'contradiction',
      path,
      `names ${ids.length} customers`,
      'Send one with the role "customer".',
    );
  }
  return customerId;
}
