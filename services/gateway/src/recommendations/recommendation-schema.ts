import { z } from 'zod';

/** Ids of customers, offers, channels and requests. */
export const ID = z.string().min(1).max(128);
export const REASON = z
  .string()
  .regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/)
  .max(64)
  .describe(
    'code of the reason of the call; complaint, fault, and what begins with one of them and a dash, ask for service',
  );
export const LANGUAGE = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
  .max(35)
  .describe('BCP 47');
export const MOST = z.int().min(1).max(10);
/** What is recommended where nothing else is said. */
export const DEFAULTS = { channel: 'call-centre', most: 3 } as const;

const IDS = z.array(ID).max(50);

export const QUESTION = z.strictObject({
  customerId: ID,
  requestId: ID.optional().describe('of your making; the same again gives the same contact ids'),
  channel: ID.default(DEFAULTS.channel).describe('on which the customer is there'),
  reason: REASON.optional(),
  language: LANGUAGE.optional().describe("of what is to be said; the customer's where it is absent"),
  inHand: IDS.default([]).describe('offers in his cart or orders: they are not recommended'),
  askedFor: IDS.default([]).describe('offers he asked about: they come first where nothing stands in their way'),
  categories: z
    .array(z.enum(['retention', 'cross-sell', 'service']))
    .max(3)
    .default([])
    .describe('only these; all where it is empty'),
  maximum: MOST.default(DEFAULTS.most),
  includeLost: z.boolean().default(false).describe('whether candidates that were not taken are listed with the reason'),
});

const MS = z.number().describe('ms since the epoch');
const ACTION = z.object({
  contactId: z.string().describe('under which presented, accepted and rejected come back'),
  campaign: z.string(),
  offer: z.string(),
  category: z.string(),
  kind: z.enum(['marketing', 'service']),
  channel: z.string(),
  title: z.string(),
  script: z.string().describe("what to say, with the customer's facts filled in; may be empty"),
  language: z.string(),
  trigger: z.string(),
  reason: z.string().describe('why now; may be empty'),
  evidence: z.array(
    z.object({
      condition: z.string(),
      truth: z.enum(['true', 'false', 'unknown']),
      values: z.record(z.string(), z.unknown()),
    }),
  ),
  expectedValueMinor: z.number().describe('propensity × context × value × lever − cost, in minor units'),
  propensity: z.number(),
  probability: z
    .number()
    .nullable()
    .describe('with which it was chosen before the others, 1 without a draw; null of the others and of what waits'),
  validUntil: MS,
  isPending: z.boolean().describe('decided before: the contact id is that of the contact that waits'),
  isAskedFor: z.boolean(),
});

export const RECOMMENDATION = z.object({
  id: z.string(),
  requestId: z.string(),
  customerId: z.string(),
  decidedAt: MS,
  asOfMs: MS.describe('conditions and features were read as of then, ms since the epoch'),
  lastEventAt: MS.nullable().describe('event time of the newest event that is in it, ms since the epoch'),
  policyVersion: z.string(),
  currency: z.string(),
  channel: z.string(),
  language: z.string(),
  serviceFirst: z.enum(['complaint-open', 'reason']).nullable().describe('why nothing is sold; null where it may be'),
  exclusions: z.array(z.string()),
  segment: z.string(),
  actions: z.array(ACTION).describe('the first to be offered first; empty where there is nothing to offer'),
  lost: z
    .array(z.object({ campaign: z.string(), offer: z.string(), expectedValueMinor: z.number(), because: z.string() }))
    .describe('with includeLost'),
});
