import { z } from 'zod';

const ms = () => z.number().describe('ms since the epoch');
const msOrNull = () => z.number().nullable().describe('ms since the epoch');

const EVIDENCE = z.object({
  condition: z.string(),
  truth: z.enum(['true', 'false', 'unknown']),
  values: z.record(z.string(), z.unknown()).describe('What the condition reads; null is not known'),
});

const CHANNEL = z
  .object({ channel: z.string(), kind: z.string().describe('`open`, or what closes it') })
  .catchall(z.unknown());

const OFFER = z.object({
  offer: z.string(),
  campaign: z.string(),
  channel: z.string(),
  score: z.number().describe('Expected value in minor units'),
  propensity: z.number(),
  budgetLeft: z.object({ minor: z.number().nullable(), pieces: z.number().nullable() }).nullable(),
  lostBecause: z.string().nullable().describe('The first thing that stops it; null for the winner'),
  unmet: z.array(EVIDENCE),
  channels: z.array(CHANNEL),
});

const TRIGGER = z.object({
  trigger: z.string(),
  waitsFor: z.object({ kind: z.enum(['event', 'absence', 'unanswered', 'day']) }).catchall(z.unknown()),
  asOfMs: ms(),
  conditions: z.array(EVIDENCE),
  truth: z.enum(['true', 'false', 'unknown']),
  features: z.array(
    z.object({
      name: z.string(),
      value: z.number().nullable(),
      unknown: z.string().nullable(),
      coveredSinceMs: msOrNull(),
      tiles: z.array(z.record(z.string(), z.unknown())),
      omittedTiles: z.int(),
      expression: z.string(),
    }),
  ),
  wait: z.object({ sinceMs: msOrNull(), dueMs: ms(), occasion: z.string() }).nullable(),
  occasion: z.string().nullable(),
  turnAtMs: msOrNull(),
  turns: z.array(z.object({ trigger: z.string(), occasion: z.string(), at: ms(), isLatched: z.boolean() })),
  latch: z.enum(['open', 'shut']).nullable(),
  stoppedBy: z
    .enum(['stage', 'dates', 'no-timer', 'had-its-turn', 'condition', 'decision', 'waits'])
    .describe('The first thing that stops it; `waits`: nothing, the next event or the timer fires it'),
  decision: z
    .object({
      outcome: z.enum(['contact', 'control', 'suppressed', 'no-action']),
      suppressedBy: z.string(),
      arm: z.string(),
      segment: z.string(),
      exclusions: z.array(z.string()),
      offers: z.array(OFFER),
    })
    .nullable()
    .describe('What would be decided if it fired now'),
});

const CAMPAIGN = z.object({
  campaign: z.string(),
  stage: z.unknown(),
  enrolled: z.object({ arm: z.string(), variant: z.string(), atMs: ms(), contactCount: z.int() }).nullable(),
  plan: z.record(z.string(), z.unknown()).nullable(),
  triggers: z.array(TRIGGER),
});

export const WHY = z.object({
  customerId: z.string(),
  policyVersion: z.string(),
  nowMs: ms(),
  lastEventAt: msOrNull(),
  timeZone: z.string(),
  campaigns: z.array(CAMPAIGN),
  nextSilence: z.object({ dueMs: ms(), feed: z.string() }).nullable(),
  partition: z.int(),
  decisions: z.array(z.record(z.string(), z.unknown())).describe('Those kept of the customer, newest first'),
});

const name = (what: string) => z.string().min(1).max(128).optional().describe(`Only this ${what}`);
export const WHY_QUERY = z.object({ campaign: name('campaign'), trigger: name('trigger'), offer: name('offer') });
