import { z } from 'zod';
import { PROBLEM } from '../http/problem.ts';
import { OUTCOMES } from './outcome.ts';

export const MAX_OUTCOMES = 100;

const id = (what: string) => z.string().min(1).max(128).describe(what);
const time = (what: string) => z.iso.datetime({ offset: true }).max(40).describe(what);

/** As figures have them; free text is for notes of an interaction, which are in no event. */
export const REASON = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/)
  .describe('A code such as price or no_need: at most 32 of a-z, 0-9, _ and -. No free text: events keep none.');

const base = {
  customerId: id('The customer.'),
  occurredAt: time('When it happened; when it is handed over where absent. At most 30 days ago.').optional(),
  requestId: id(
    'Names this answer: given again under the same it counts once. Goes before Idempotency-Key.',
  ).optional(),
};
const about = { ...base, contactId: id('Of the alert, the item or the recommendation.') };
const said = <T extends string>(outcome: T, fields = {}) =>
  z.strictObject({ outcome: z.literal(outcome), ...about, ...fields });

export const OUTCOME = z.discriminatedUnion('outcome', [
  said('presented').describe('The offer was told to the customer.'),
  said('accepted').describe('He takes it.'),
  z
    .strictObject({ outcome: z.literal('rejected'), ...about, reason: REASON.optional() })
    .describe('He does not want it.'),
  z
    .strictObject({
      outcome: z.literal('deferred'),
      ...about,
      until: time('When to ask again, at most 30 days ahead; in three days where absent.').optional(),
    })
    .describe('He wants to be asked again.'),
  said('no_answer').describe('Nobody answered: the offer stands, and is tried again.'),
  said('wrong_person').describe('Somebody else answered: the channel is not tried again for this contact.'),
  z
    .strictObject({ outcome: z.literal('do_not_contact'), ...base, contactId: about.contactId.optional() })
    .describe(
      'He wants to be left alone: nothing is sent to him or offered by call from now on. With a contact it refuses that one.',
    ),
]);
export type OutcomeBody = z.infer<typeof OUTCOME>;

export const OUTCOME_LIST = z.array(OUTCOME).min(1).max(MAX_OUTCOMES);

const echo = {
  customerId: z.string(),
  contactId: z.string().optional(),
  outcome: z.enum(OUTCOMES),
};
const RECORDED = z.object({
  ...echo,
  status: z.literal('recorded'),
  occurredAt: z.iso.datetime(),
  events: z.array(z.object({ type: z.string(), id: z.string() })).describe('What it became in the log.'),
});
const NOT_RECORDED = z.object({
  ...echo,
  status: z.enum(['rejected', 'unavailable']).describe('unavailable: give it again under the same name'),
  error: z.object({ code: z.string(), message: z.string() }),
});

export const OUTCOME_ANSWERS = {
  200: z
    .array(z.union([RECORDED, NOT_RECORDED]))
    .describe('Of a list, in its order. After Retry-After give again what is unavailable, under the same name.'),
  202: RECORDED,
  400: PROBLEM,
  401: PROBLEM,
  403: PROBLEM,
  404: PROBLEM.describe('No such customer, or no such contact of his.'),
  413: PROBLEM,
  415: PROBLEM,
  422: PROBLEM,
  500: PROBLEM,
  503: PROBLEM.describe('After Retry-After give it again under the same name.'),
};

export const OUTCOME_HEADERS = z.object({
  'idempotency-key': id('Names the request: sent again under the same it counts once.').optional(),
  'x-holdfast-agent': z
    .string()
    .optional()
    .describe('For whom a tool with a key acts: 1 to 128 of A-Z, a-z, 0-9, ., _, @ and -.'),
});
