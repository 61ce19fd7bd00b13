import { z } from 'zod';
import { TIMELINE_PAGE } from './timeline-schema.ts';

const instant = () => z.iso.datetime();
const known = <T extends z.ZodType>(type: T) => type.nullable().describe('null: not known');

export const PROFILE = z.object({
  customerId: z.string(),
  asOf: instant().describe('When it was read; features and attributes are as of then'),
  unfoldedEvents: z
    .int()
    .describe('How many events told through a gateway are counted in here that the shard has not folded yet'),
  lastEventAt: known(instant()).describe('Event time of the latest event that is added up'),
  timeZone: z.string(),
  policyVersion: z.string(),
  attributes: z.record(z.string(), known(z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))),
  features: z.record(
    z.string(),
    z.object({
      value: known(z.number()),
      completeSince: known(instant()).describe(
        'Everything from then on is counted; a window that reaches further back has no value. Of a computed one: of all it reads',
      ),
    }),
  ),
  accountManager: z.object({ id: z.string(), since: instant() }).nullable(),
  household: z.object({ householdId: z.string(), role: z.string(), since: instant() }).nullable(),
  lines: z.array(
    z.object({
      subscriptionId: z.string(),
      product: known(z.string()),
      plan: known(z.string()),
      dataAllowanceMb: z.number().nullable().describe('null: unlimited, or not known'),
      cycleDay: z.int(),
      status: z.enum(['ACTIVE', 'SUSPENDED', 'TERMINATED', 'UNKNOWN']),
      activatedAt: known(instant()),
      planSince: known(instant()),
      statusSince: known(instant()),
    }),
  ),
  consents: z.array(
    z.object({
      channel: z.string().describe('`*`: every channel'),
      purpose: z.string(),
      granted: z.boolean(),
      at: instant(),
    }),
  ),
  exclusions: z.array(z.object({ exclusion: z.string(), active: z.boolean(), at: instant() })),
  complaints: z.array(z.object({ complaintId: z.string(), open: z.boolean(), at: instant() })),
  enrolments: z.array(
    z.object({
      campaign: z.string(),
      at: instant(),
      contacts: z.int(),
      acceptedAt: instant().nullable(),
      arm: z.enum(['treated', 'control', 'holdout']).optional().describe('Not told to who deals with customers'),
      variant: z.string().optional().describe('Not told to who deals with customers'),
    }),
  ),
  plans: z.array(
    z.object({
      campaign: z.string(),
      trigger: z.string(),
      offer: z.string(),
      startedAt: instant(),
      step: z.int().describe('From 1'),
      next: z.enum(['step', 'fallback', 'reminder', 'end']).nullable(),
      dueAt: instant().nullable(),
      endedAt: instant().nullable(),
      endReason: z.string().nullable(),
    }),
  ),
});
export type Profile = z.output<typeof PROFILE>;

export const CUSTOMER_ANSWER = PROFILE.extend({
  timeline: TIMELINE_PAGE.describe('Its first page'),
});
