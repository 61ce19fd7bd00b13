import type { FastifyRequest } from 'fastify';
import type { Principal } from '../security/principal.ts';
import type { Filter, Subscription } from './subscription.ts';
import type { SubscriptionRegister } from './subscription-register.ts';

/** Undefined for one that whoever asks could not have made himself, as for one that is not there. */
export async function seenIn(
  request: FastifyRequest,
  id: string,
  register: Pick<SubscriptionRegister, 'read'>,
): Promise<Subscription | undefined> {
  const found = await register.read(id);
  return found !== undefined && isSeen(request, found) ? found : undefined;
}

export function isSeen({ principal }: FastifyRequest, { filter, api }: Subscription): boolean {
  // A hub's listener hears of every desk.
  return mayHear(principal, api === undefined ? filter : {});
}

/** Who sees some desks only must not have the work of others sent somewhere. */
export function mayHear(principal: Principal | null, filter: Filter): boolean {
  return isWithin(filter.desk, principal?.desks) && isWithin(filter.team, principal?.teams);
}

function isWithin(asked: readonly string[] | undefined, seen: readonly string[] | undefined): boolean {
  return seen === undefined || (asked?.every((each) => seen.includes(each)) ?? false);
}
