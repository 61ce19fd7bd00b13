import { z } from 'zod';
import type { WorkPlace } from '../security/sight.ts';

/** What a filter looks at in an alert. Empty where the alert says nothing of it. */
export interface AlertPlace extends WorkPlace {
  readonly tier: string;
  readonly play: string;
}

/** By each name the values that pass; everything where it is absent. */
export type AlertFilter = { readonly [K in keyof AlertPlace]?: readonly string[] | undefined };

const MAX_VALUES = 20;
const MAX_LENGTH = 2_000;

const values = (what: string) =>
  z
    .string()
    .min(1)
    .max(MAX_LENGTH)
    .transform((text) => text.split(',').map((value) => value.trim()))
    .pipe(z.array(z.string().min(1).max(128)).max(MAX_VALUES))
    .optional()
    .describe(`Only of ${what}; several with commas between them.`);

/** The query of an alert feed: an alert passes that has one of the values of every name that is given. */
export const ALERT_FILTER = z.object({
  desk: values('these desks'),
  team: values('these teams'),
  accountManager: values('customers whom these account managers look after'),
  tier: values('customers in these value tiers'),
  play: values('these plays, which is the trigger that fired'),
});

export function passes(place: AlertPlace, filter: AlertFilter): boolean {
  for (const name of NAMES) {
    const wanted = filter[name];
    if (wanted !== undefined && !wanted.includes(place[name])) return false;
  }
  return true;
}

/** Equal for filters that let the same pass. */
export function filterKey(filter: AlertFilter): string {
  return JSON.stringify(NAMES.map((name) => filter[name]?.toSorted() ?? null));
}

/** Of the JSON of an alert; nothing of it where it is no alert. */
export function placeOf(json: string): AlertPlace {
  const alert = parsed(json);
  const text = (name: string) => (typeof alert[name] === 'string' ? alert[name] : '');
  return {
    desk: text('desk'),
    team: text('team'),
    accountManager: text('accountManager'),
    tier: text('tier'),
    play: text('play'),
  };
}

const NAMES = ['desk', 'team', 'accountManager', 'tier', 'play'] as const satisfies readonly (keyof AlertPlace)[];

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
