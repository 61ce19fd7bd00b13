import type { Principal } from './principal.ts';

/** Of a customer, what says whose he is. Empty where it is not known. */
export interface CustomerPlace {
  readonly tier: string;
  readonly city: string;
  readonly accountManager: string;
}

/** Of an alert or an item of work, what says whose it is. Empty where it says nothing. */
export interface WorkPlace {
  readonly desk: string;
  readonly team: string;
  readonly accountManager: string;
}

/** Which customers and which work somebody sees. */
export interface Sight {
  customer(place: CustomerPlace): boolean;
  work(place: WorkPlace): boolean;
}

export type SightOf = (principal: Principal) => Sight;

const EVERYTHING: Sight = { customer: () => true, work: () => true };

/** For whoever has no desks to his name. */
export const SEES_EVERYTHING: SightOf = () => EVERYTHING;
