import { LIVE_STATES, WORK_SORTS, WORK_STATES } from '@holdfast/redis';
import { z } from 'zod';
import { ALERT_FILTER } from '../alerts/alert-filter.ts';
import { PROBLEM } from '../http/problem.ts';
import { OUTCOMES } from '../outcomes/outcome.ts';

/** The requests and answers of the work list, as they are checked and documented. */

export const MAX_PAGE = 100;
export const DEFAULT_LEASE_SECONDS = 900;

/** No control character: some separate values in the store. */
const PLAIN = /^[ -~\u00a0-\uffff]+$/;
export const AGENT_NAME = /^[A-Za-z0-9._@-]{1,128}$/;
const REASON = /^[a-z0-9][a-z0-9_-]{0,31}$/;

const name = (what: string) => z.string().min(1).max(128).regex(PLAIN).describe(what);
const instant = (what: string) => z.iso.datetime({ offset: true }).max(40).describe(what);

export const ITEM_PARAMS = z.object({ id: name('Of the item: the contactId of its alert, or the id of a follow-up.') });
export type ItemParams = z.output<typeof ITEM_PARAMS>;

export const ACTOR_HEADERS = z.object({
  'x-holdfast-agent': z
    .string()
    .optional()
    .describe('For whom a tool with a key acts: 1 to 128 of A-Z, a-z, 0-9, ., _, @ and -.'),
  'if-match': z
    .string()
    .max(40)
    .regex(/^(W\/)?"?\d{1,15}"?$|^\*$/)
    .optional()
    .describe('The version the change was decided on; 412 when the item has changed since.'),
});

export const AGENT_HEADER = ACTOR_HEADERS.omit({ 'if-match': true });
export const NOTHING_FREE = z.null().describe('Nothing is free.');

const { desk, team, accountManager, tier, play } = ALERT_FILTER.shape;
const kind = z.enum(['contact', 'follow-up']).optional().describe('Only of this kind.');

export const LIST_QUERY = z.object({
  state: z
    .string()
    .regex(/^[a-z]+(,[a-z]+){0,5}$/)
    .optional()
    .describe(
      `States with commas between them: either of ${LIVE_STATES.join(', ')}, which is the default, or of done, expired, withdrawn.`,
    ),
  desk,
  team,
  accountManager,
  tier,
  play,
  kind,
  owner: z
    .string()
    .regex(AGENT_NAME)
    .optional()
    .describe('`me`: what you hold, put to sleep or is kept for you. Of other agents, for supervisors.'),
  late: z.enum(['true']).optional().describe('Only what is past its deadline.'),
  customerId: name('Only of this customer.').optional(),
  dueBefore: instant('Only what is due before then.').optional(),
  sort: z
    .enum(WORK_SORTS)
    .default('priority')
    .describe('priority: most urgent first; deadline; age. Ended items are sorted by age.'),
  cursor: z
    .string()
    .max(400)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('The `next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
});
export type ListQuery = z.output<typeof LIST_QUERY>;

const leaseSeconds = z
  .int()
  .min(60)
  .max(3_600)
  .default(DEFAULT_LEASE_SECONDS)
  .describe('How long it is held; renewed before it ends, it is held longer.');

const names = (what: string) => z.array(name(what)).min(1).max(20).optional();

export const CLAIM_BODY = z.strictObject({ leaseSeconds });
export const CLAIM_NEXT_BODY = z.strictObject({
  leaseSeconds,
  desks: names('Of one of these desks.'),
  teams: names('Of one of these teams.'),
  plays: names('Of one of these plays.'),
  tiers: names('Of customers in one of these tiers.'),
  kind,
});
export const NO_BODY = z.strictObject({});
export const SNOOZE_BODY = z.strictObject({ until: instant('When it is to come back; before it ends.') });

const note = z
  .string()
  .max(500)
  .regex(/^[ -~\u00a0-\uffff]*$/)
  .default('')
  .describe('For whoever takes it.');
export const HAND_OVER_BODY = z.union([
  z.strictObject({ agent: z.string().regex(AGENT_NAME).describe('For him first, then for the pool.'), note }),
  z.strictObject({ team: name('Of the same desk.'), note }),
]);
export type HandOverBody = z.output<typeof HAND_OVER_BODY>;

export const FINISH_OUTCOMES = [...OUTCOMES, 'done'] as const;
export const FINISH_BODY = z.strictObject({
  outcome: z
    .enum(FINISH_OUTCOMES)
    .describe('What POST /v1/outcomes takes, for a contact; it is recorded as well. `done` is for follow-ups alone.'),
  reason: z.string().regex(REASON).optional().describe('Of a refusal: a code such as price or no_need.'),
  until: instant('Of a deferral: when to ask again.').optional(),
});
export type FinishBody = z.output<typeof FINISH_BODY>;

export const FOLLOW_UP_BODY = z.strictObject({
  followUpId: name('Given again under the same id it is opened once; made up when absent.').optional(),
  customerId: name('Whom to call again.'),
  dueAt: instant('By when.'),
  topics: z.array(name('A code, not free text.')).max(10).default([]),
  desk: name('Whose work it is.').optional(),
  team: name('A team of the desk.').optional(),
  agent: z.string().regex(AGENT_NAME).optional().describe('For him first, then for the pool.'),
  priority: z.int().min(1).max(3).default(2).describe('1 (at once) to 3 (when there is time).'),
  note,
});
export type FollowUpBody = z.output<typeof FOLLOW_UP_BODY>;

const at = z.iso.datetime();
const ITEM_FIELDS = {
  id: z.string(),
  kind: z.enum(['contact', 'follow-up']),
  customerId: z.string(),
  state: z.enum(WORK_STATES),
  version: z.int().describe('For If-Match; also in the header ETag.'),
  desk: z.string(),
  team: z.string(),
  accountManager: z.string(),
  tier: z.string(),
  play: z.string(),
  campaign: z.string(),
  offer: z.string(),
  channel: z.string(),
  category: z.string(),
  title: z.string(),
  topics: z.array(z.string()),
  priority: z.int().describe('1 to 3 as it was opened; 0 once it is late.'),
  isLate: z.boolean(),
  isMine: z.boolean().describe('You hold it, put it to sleep, or it is kept for you.'),
  owner: z.string().optional().describe('Whose it is for now. Names of other agents are for supervisors.'),
  openedAt: at,
  dueAt: at,
  endsAt: at.describe('Nobody is to do it after this.'),
  until: at.optional().describe('Until when it is held, or sleeps.'),
  endedAt: at.optional(),
  outcome: z.string(),
  reopened: z.int().describe('How often it was opened again.'),
};
export const ITEM = z.object(ITEM_FIELDS);
export const WHOLE_ITEM = z.object({
  ...ITEM_FIELDS,
  note: z.string(),
  alert: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Of a contact: what GET /v1/alerts showed of it, with reason and script.'),
});
export const ITEM_PAGE = z.object({
  items: z.array(ITEM),
  next: z
    .string()
    .optional()
    .describe('The cursor of the next page; absent at the end. A page before it may be short.'),
});

export const READ_ANSWERS = {
  400: PROBLEM,
  401: PROBLEM,
  403: PROBLEM,
  503: PROBLEM.describe('The work list cannot be reached now; try again after Retry-After.'),
};
const CONFLICT = PROBLEM.extend({
  heldBy: z.string().optional().describe('For supervisors: whose it is.'),
  until: at.optional().describe('Until when.'),
});
export const CHANGE_ANSWERS = {
  ...READ_ANSWERS,
  200: WHOLE_ITEM,
  404: PROBLEM.describe('No such item, or none that you see.'),
  409: CONFLICT.describe('Somebody else holds it, or it is kept for another, or it has ended.'),
  412: PROBLEM.describe('It has changed since the version in If-Match.'),
  415: PROBLEM,
};
