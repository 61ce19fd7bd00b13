import type { CATEGORIES } from './language-words.ts';
import { duration, map, optional, record, reference } from './shape.ts';

/** How long people have for what they are to do, as `language.ts` puts it into a file. */

const time = duration({ minMs: 60_000 });

export const TIER_DEADLINES = record('deadlines of a tier', {
  retention: optional(time, 'of offers that are to keep the customer'),
  'cross-sell': optional(time, 'of offers that sell more'),
  service: optional(time, 'of what the customer asked for or suffered'),
} satisfies Record<(typeof CATEGORIES)[number], unknown>);

export const WORK = record('work', {
  deadlines: optional(
    map(TIER_DEADLINES, 64, reference('tier')),
    'by value tier, then by category of the offer; of whoever is in none of them, other',
  ),
  managerFirst: optional(time, 'how long the account manager has it to himself; the pool has it at once when absent'),
  teamFirst: optional(time, 'how long the team has it before the whole desk; no time when absent'),
});
