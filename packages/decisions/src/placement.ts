import type { ContactPolicy } from '@holdfast/policy';

const HOUR_MS = 3_600_000;

/** When a contact may be sent, `[sendAt, sendBy]`, ms since the epoch. */
export interface Placement {
  readonly sendAt: number;
  readonly sendBy: number;
}

export interface PlacementRequest {
  readonly channel: string;
  /** Earliest, ms. */
  readonly fromMs: number;
  /** Latest, ms. */
  readonly untilMs: number;
  /** IANA; one that is not known counts as UTC. */
  readonly timeZone: string;
}

/**
 * The first stretch outside the channel's quiet hours, in the customer's time zone; undefined when there is none before
 * `untilMs`. `sendBy` ends with the stretch, so that a late dispatcher does not ring at night.
 */
export function placeInTime(request: PlacementRequest, policy: ContactPolicy): Placement | undefined {
  const { fromMs, untilMs } = request;
  if (untilMs < fromMs) return undefined;
  const { startHour, endHour, channels } = policy.quietHours;
  if (!channels.includes(request.channel) || startHour === endHour) return { sendAt: fromMs, sendBy: untilMs };
  const local = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(knownZone(request.timeZone));
  const open = isQuiet(local.hour, startHour, endHour) ? nextHour(local, endHour) : local;
  const sendAt = Math.max(fromMs, open.epochMilliseconds);
  if (sendAt > untilMs) return undefined;
  const closing = nextHour(open, startHour).epochMilliseconds - 1;
  return { sendAt, sendBy: Math.min(untilMs, Math.max(sendAt, closing)) };
}

/** The zone itself when the platform knows it, else UTC. */
export function knownZone(timeZone: string): string {
  let known = ZONES.get(timeZone);
  if (known === undefined) {
    known = isKnown(timeZone) ? timeZone : 'UTC';
    // Names come from outside: a flood of wrong ones must not grow the table.
    if (ZONES.size < 1_000) ZONES.set(timeZone, known);
  }
  return known;
}

const ZONES = new Map<string, string>();

function isKnown(timeZone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    return true;
  } catch {
    return false;
  }
}

function isQuiet(hour: number, startHour: number, endHour: number): boolean {
  return startHour < endHour ? hour >= startHour && hour < endHour : hour >= startHour || hour < endHour;
}

/** The next time the local clock shows `hour`:00, strictly later. */
function nextHour(local: Temporal.ZonedDateTime, hour: number): Temporal.ZonedDateTime {
  const today = local.with({ hour: hour % 24, minute: 0, second: 0, millisecond: 0, microsecond: 0, nanosecond: 0 });
  if (today.epochMilliseconds > local.epochMilliseconds) return today;
  const tomorrow = today.add({ days: 1 });
  // A clock set back repeats an hour: the same wall time may come twice.
  return tomorrow.epochMilliseconds > local.epochMilliseconds ? tomorrow : tomorrow.add({ milliseconds: HOUR_MS });
}
