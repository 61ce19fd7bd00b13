import { share } from './moods.ts';

const MINUTE_MS = 60_000;
/** A policy takes fifty quiet times. */
const RULES_PER_ZONE = 25;

/** Their minutes are quiet in turn: 5 h 45 min apart, an odd minute here is an even one there. */
export const ZONES = ['UTC', 'Asia/Kathmandu'] as const;
type Zone = (typeof ZONES)[number];

/** The same for every event of a customer. */
export function zoneOf(customerId: string): Zone {
  return share(`zone:${customerId}`) < 0.5 ? 'UTC' : 'Asia/Kathmandu';
}

/** Every other minute of an installation's first fifty is quiet to half of the customers. */
export interface QuietMinutes {
  /** Of the policy: local times `[from, to)` of each zone. */
  readonly rules: readonly { readonly from: string; readonly to: string }[];
  isQuiet(customerId: string, atMs: number): boolean;
}

export function quietMinutesFrom(beginMs: number): QuietMinutes {
  const first = Math.floor(beginMs / MINUTE_MS) + 1;
  const rules = ZONES.flatMap((zone, half) =>
    Array.from({ length: RULES_PER_ZONE }, (_, i) => {
      const minute = first + 2 * i + half;
      return { from: clock(minute * MINUTE_MS, zone), to: clock((minute + 1) * MINUTE_MS, zone) };
    }),
  );
  const quiet = new Map(ZONES.map((zone, half) => [zone, half]));
  return {
    rules,
    isQuiet(customerId, atMs) {
      const since = Math.floor(atMs / MINUTE_MS) - first;
      if (since < 0 || since >= 2 * RULES_PER_ZONE) return false;
      return since % 2 === quiet.get(zoneOf(customerId));
    },
  };
}

/** `HH:MM` on the clocks of a zone. */
function clock(atMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    atMs,
  );
}
