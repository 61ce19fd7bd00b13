/** Files of tests that have a database of the run's Redis to themselves: its number is their place in this list. */
const OWNERS = [
  'access',
  'alerts',
  'customer-changes',
  'customer-reader',
  'customers',
  'dispatcher',
  'follow-ups',
  'outcomes',
  'party-interaction',
  'product-recommendations',
  'recommendations',
  'work-list',
  'work-list away',
  'work-list process',
  'work-race',
  'work-routes',
  // Stays empty.
  'nobody',
] as const;

export type DatabaseOwner = (typeof OWNERS)[number];

/** The address of a database that no other file touches. Database 0 is for those who keep apart by names of their own. */
export function redisDatabase(redisUrl: string, owner: DatabaseOwner): string {
  return new URL(`/${OWNERS.indexOf(owner) + 1}`, redisUrl).href;
}
