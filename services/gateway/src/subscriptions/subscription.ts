import { z } from 'zod';

export const KINDS = ['alert', 'decision', 'work-item', 'recommendation', 'interaction'] as const;
export type MessageKind = (typeof KINDS)[number];

export const FORMATS = ['standard-webhooks', 'cloudevents-structured', 'cloudevents-binary'] as const;
/** `tmf`: the listener of a TM Forum interface. `template:<name>`: the interface of a product, by a file. */
export type Format = (typeof FORMATS)[number] | 'tmf' | `template:${string}`;

const value = z.string().min(1).max(128);
const values = z.array(value).min(1).max(50);
/** Every field that is given must hold; within one, any of its values. */
export const filter = z.strictObject({
  desk: values.optional(),
  team: values.optional(),
  tier: values.optional(),
  play: values.optional(),
  accountManager: values.optional(),
});
export type Filter = z.infer<typeof filter>;

/** Why nothing is sent: somebody asked for it, the receiver said 410, or too many messages ended undelivered. */
export const STOPS = ['asked', 'gone', 'undelivered'] as const;
export type Stop = (typeof STOPS)[number];

const sealedSecret = z.object({
  sealed: z.string(),
  /** Signs until then, beside the one that replaced it, ms since the epoch. */
  untilMs: z.number().exactOptional(),
});

const stored = z.object({
  url: z.string(),
  kinds: z.array(z.enum(KINDS)),
  filter,
  format: z.custom<Format>((text) => typeof text === 'string'),
  /** The interface whose hub it was registered at, and the event types wanted; none means all. */
  api: z.enum(['TMF680', 'TMF683']).exactOptional(),
  eventTypes: z.array(z.string()).default([]),
  auth: z.string().exactOptional(),
  settings: z.record(z.string(), z.string()).default({}),
  description: z.string().default(''),
  /** The newest first. */
  secrets: z.array(sealedSecret).default([]),
  stopped: z.object({ why: z.enum(STOPS), atMs: z.number() }).exactOptional(),
  createdAtMs: z.number(),
  createdBy: z.string(),
});

/** Who wants to be sent what, where and how. Secrets are sealed. */
export type Subscription = z.infer<typeof stored> & { readonly id: string };

/** Undefined for a record that this version cannot read. */
export function readSubscription(id: string, record: string): Subscription | undefined {
  const { data } = stored.safeParse(parsed(record));
  return data && { ...data, id };
}

export function writeSubscription({ id: _, ...subscription }: Subscription): string {
  return JSON.stringify(subscription);
}

export function isSending(subscription: Subscription): boolean {
  return subscription.stopped === undefined;
}

/** The name of a template, where the format is one. */
export function templateName(format: string): string | undefined {
  return format.startsWith(TEMPLATE) ? format.slice(TEMPLATE.length) : undefined;
}

const TEMPLATE = 'template:';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
