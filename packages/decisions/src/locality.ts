import type { CompiledPolicy, Scope } from '@holdfast/policy';
import type { CustomerFacts } from './model.ts';

/** Where a customer lives, as far as clocks and holidays go. */
export interface Locality {
  /** IANA; one that the platform knows. */
  readonly timeZone: string;
  /** Name of the calendar with his holidays; empty where there is none. */
  readonly calendar: string;
}

type Markets = Pick<CompiledPolicy, 'regions' | 'timeZone' | 'calendar'>;

/** His profile's time zone, else his region's, else the market's; his region's calendar, else the market's. */
export function localityOf(
  { timeZone }: Pick<CustomerFacts, 'timeZone'>,
  policy: Markets,
  scope: Pick<Scope, 'attribute'>,
): Locality {
  const city = policy.regions.size > 0 ? scope.attribute('city') : undefined;
  const region = typeof city === 'string' ? policy.regions.get(city) : undefined;
  return {
    timeZone: firstKnown(timeZone, region?.timeZone, policy.timeZone),
    calendar: region?.calendar ?? policy.calendar ?? '',
  };
}

function firstKnown(...zones: readonly (string | undefined)[]): string {
  return zones.find((zone) => zone !== undefined && isKnownZone(zone)) ?? 'UTC';
}

/** The zone itself when the platform knows it, else UTC. */
export function knownZone(timeZone: string): string {
  return isKnownZone(timeZone) ? timeZone : 'UTC';
}

const KNOWN = new Map<string, boolean>();

function isKnownZone(timeZone: string): boolean {
  let known = KNOWN.get(timeZone);
  if (known === undefined) {
    known = isOfPlatform(timeZone);
    // Names come from outside: a flood of wrong ones must not grow the table.
    if (KNOWN.size < 1_000) KNOWN.set(timeZone, known);
  }
  return known;
}

function isOfPlatform(timeZone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    return true;
  } catch {
    return false;
  }
}
