import type { EventOf } from '@holdfast/events';
import { CAPS, clipped, type Facts, type HouseholdLink } from './customer-state.ts';

interface WithHouseholds {
  readonly households: readonly HouseholdLink[];
}

/** The household the customer belongs to; undefined when none was told, or he has left it. */
export function householdOf({ households }: WithHouseholds): HouseholdLink | undefined {
  const latest = latestLink(households);
  // A link and its end of the same time: the end stands.
  return latest && latest.unlinkedAt < latest.linkedAt ? latest : undefined;
}

/**
 * Both times are kept for each household, so that any order gives the same: leaving one household says nothing of another,
 * and a link that is told late does not take him out of where he went since.
 */
export function householdChanged(facts: Facts, event: EventOf<'HouseholdLinked' | 'HouseholdUnlinked'>) {
  const link = linkTo(facts, clipped(event.householdId));
  if (event.type === 'HouseholdUnlinked') link.unlinkedAt = Math.max(link.unlinkedAt, event.occurredAt);
  else noteLink(link, clipped(event.role), event.occurredAt);
  return trimHouseholds(facts);
}

function linkTo(facts: Facts, householdId: string): HouseholdLink {
  const known = facts.households.find((link) => link.householdId === householdId);
  if (known) return known;
  const link = { householdId, role: '', linkedAt: 0, unlinkedAt: 0 };
  facts.households.push(link);
  facts.households.sort((a, b) => (a.householdId < b.householdId ? -1 : 1));
  return link;
}

/** Two roles of one time: the greater one, whichever came first. */
function noteLink(link: HouseholdLink, role: string, at: number): void {
  if (at > link.linkedAt || (at === link.linkedAt && role > link.role)) Object.assign(link, { role, linkedAt: at });
}

/** Beyond the cap the one longest without news goes, never the one linked last. */
function trimHouseholds(facts: Facts): { readonly isTrimmed: boolean } {
  const { households } = facts;
  if (households.length <= CAPS.households) return { isTrimmed: false };
  const latest = latestLink(households);
  const others = households.filter((link) => link !== latest);
  const oldest = others.reduce((a, b) => (newsAt(b) < newsAt(a) ? b : a));
  households.splice(households.indexOf(oldest), 1);
  return { isTrimmed: true };
}

function newsAt({ linkedAt, unlinkedAt }: HouseholdLink): number {
  return Math.max(linkedAt, unlinkedAt);
}

/** Of two links of one time the greater id: households are kept by id. */
function latestLink(households: readonly HouseholdLink[]): HouseholdLink | undefined {
  let latest: HouseholdLink | undefined;
  for (const link of households) if (link.linkedAt > 0 && link.linkedAt >= (latest?.linkedAt ?? 0)) latest = link;
  return latest;
}
