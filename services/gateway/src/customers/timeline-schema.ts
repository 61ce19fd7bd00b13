import { z } from 'zod';

const instant = () => z.iso.datetime();
const happened = () => instant().nullable();

const base = {
  id: z.string().describe('Stable, for lists that are refreshed'),
  at: instant(),
};

export const TIMELINE_ITEM = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('event'),
      ...base,
      type: z.string(),
      source: z.string(),
      isFolded: z.boolean().describe('false: told through a gateway a moment ago, and on its way to the shard'),
      data: z
        .record(z.string(), z.unknown())
        .describe('The fields of the event type; times in them are ms since the epoch'),
    })
    .describe('What happened to the customer; uses are in the features'),
  z
    .object({
      kind: z.literal('decision'),
      ...base,
      contactId: z.string(),
      trigger: z.string(),
      campaign: z.string(),
      offer: z.string(),
      channel: z.string(),
      outcome: z.enum(['contact', 'control', 'suppressed', 'no_action', 'other']),
      suppressedBy: z.string().describe('Empty for a contact'),
      stage: z.enum(['live', 'canary', 'shadow', 'other']),
      reason: z.string().describe("In the customer's language, where it is there"),
      because: z.array(
        z.object({
          condition: z.string(),
          truth: z.enum(['true', 'false', 'unknown']),
          values: z.record(z.string(), z.string()),
        }),
      ),
    })
    .describe('What was decided for him, and on what'),
  z
    .object({
      kind: z.literal('contact'),
      ...base,
      contactId: z.string(),
      trigger: z.string(),
      campaign: z.string(),
      offer: z.string(),
      channel: z.string(),
      status: z
        .enum(['reserved', 'confirmed', 'released', 'cancelled', 'unknown', 'ghost'])
        .describe('reserved: on its way; ghost: of a control customer, who is sent nothing'),
      sendAt: instant(),
      sendBy: instant(),
      validUntil: happened(),
      sentAt: happened(),
      seenAt: happened(),
      presentedAt: happened(),
      acceptedAt: happened(),
      rejectedAt: happened(),
      deferredUntil: happened(),
    })
    .describe('A contact in the ledger, at the time it goes out'),
]);
export type TimelineItem = z.output<typeof TIMELINE_ITEM>;

export const TIMELINE_PAGE = z.object({
  items: z.array(TIMELINE_ITEM).describe('Newest first'),
  next: z.string().nullable().describe('Pass it as `cursor` for what is older; null at the end'),
  unreadable: z.int().describe('Records kept of the customer that could not be read, and are not in it'),
});
export type TimelinePage = z.output<typeof TIMELINE_PAGE>;

export const MAX_PAGE = 100;
export const TIMELINE_QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: z
    .string()
    .regex(/^-?\d{1,16}-[0-9a-f]{16}$/)
    .optional()
    .describe('`next` of the page before'),
});
