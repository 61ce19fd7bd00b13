import type { DeskScope, Desks } from './desk-file.ts';
import type { Principal } from './principal.ts';
import { type CustomerPlace, SEES_EVERYTHING, type Sight, type SightOf, type WorkPlace } from './sight.ts';

/**
 * Sight by desk. Who has no desks to his name sees everything. Others see customers in the scope of one of their desks, and
 * work that is theirs: of a desk of theirs, and of one of their teams or of no team, or of a customer they manage. Without a
 * file (`every-customer`) each desk serves all customers; while there is one that cannot be used, nobody is seen by desk.
 */
export function sightByDesk(current: (() => Desks | undefined) | 'every-customer'): SightOf {
  return (principal) => {
    if (principal.desks === undefined) return SEES_EVERYTHING(principal);
    const desks = current === 'every-customer' ? current : (current() ?? new Map());
    return sightOf(principal, principal.desks, desks);
  };
}

function sightOf({ id, teams }: Principal, own: readonly string[], desks: Desks | 'every-customer'): Sight {
  const scopes = own.flatMap((desk) => (desks === 'every-customer' ? 'all' : (desks.get(desk) ?? [])));
  return {
    customer: (place) => scopes.some((scope) => isInScope(place, scope, id)),
    work: (place) => place.accountManager === id || isOwnWork(place, own, teams),
  };
}

function isInScope(place: CustomerPlace, scope: DeskScope, id: string): boolean {
  if (scope === 'all') return true;
  const { tiers, cities, accountManager } = scope;
  if (tiers && !tiers.includes(place.tier)) return false;
  if (cities && !cities.includes(place.city)) return false;
  return accountManager === undefined || place.accountManager === id;
}

function isOwnWork({ desk, team }: WorkPlace, own: readonly string[], teams: readonly string[] | undefined): boolean {
  // What names no desk is nobody's in particular; only who sees everything sees it.
  if (desk === '' || !own.includes(desk)) return false;
  return teams === undefined || team === '' || teams.includes(team);
}
