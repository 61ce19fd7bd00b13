import { httpAuth, secretPlace } from '@holdfast/webhook';
import { z } from 'zod';
import { common, duration, httpUrl, provided, text } from './fields.ts';

const semantics = z.enum(['idempotent', 'at-most-once', 'at-least-once']);
/** What a provider that took a message says of it: that it arrived, or that a report follows. */
const arrival = z.enum(['on-acceptance', 'on-report']);
const texts = z.strictObject({ subject: text.default('{title}'), body: text.default('{script}') });

const callbacks = z.strictObject({
  /** Standard Webhooks, any of these secrets; or a bearer token. */
  signature: z.array(secretPlace).min(1).max(5).optional(),
  bearer: secretPlace.optional(),
  /** Paths into a report, `a.b.0.c`. */
  contactId: z.string().default('contactId'),
  reference: z.string().default('reference'),
  status: z.string().default('status'),
  detail: z.string().default('detail'),
  /** Words of the provider by what they mean; others are taken and ignored. */
  words: z
    .strictObject({
      delivered: z.array(z.string()).default(['delivered']),
      failed: z.array(z.string()).default(['failed']),
      seen: z.array(z.string()).default(['seen']),
      expired: z.array(z.string()).default(['expired']),
    })
    .prefault({}),
});
export type CallbackPlan = z.infer<typeof callbacks>;

const callbacksField = callbacks
  .refine((plan) => (plan.signature === undefined) !== (plan.bearer === undefined), {
    message: 'callbacks need either signature or bearer',
  })
  .optional();

const workList = z.strictObject({ adapter: z.literal('work-list'), ...common });

const webhookFields = {
  ...provided,
  url: httpUrl,
  /** The first signs too; others are kept while receivers change over. */
  secrets: z.array(secretPlace).min(1).max(5),
  allowPrivate: z.boolean().default(false),
  semantics: semantics.default('idempotent'),
  arrival: arrival.optional(),
  callbacks: callbacksField,
  texts: texts.prefault({}),
};

/** Posts the contact, signed by Standard Webhooks. A push gateway gets the customer's device address as well. */
const webhook = z.strictObject({ adapter: z.literal('webhook'), ...webhookFields });
const push = z.strictObject({ adapter: z.literal('push'), ...webhookFields });

export type Payload = string | number | boolean | null | readonly Payload[] | { readonly [key: string]: Payload };
const payload: z.ZodType<Payload> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(payload), z.record(z.string(), payload)]),
);

/** A provider with an HTTP interface of its own, such as for SMS. */
const http = z.strictObject({
  adapter: z.literal('http'),
  ...provided,
  url: httpUrl,
  method: z.enum(['POST', 'PUT']).default('POST'),
  auth: httpAuth.optional(),
  headers: z.record(z.string(), z.string()).default({}),
  encoding: z.enum(['json', 'form']).default('json'),
  payload: z.record(z.string(), payload),
  needsAddress: z.boolean().default(true),
  answer: z
    .strictObject({
      /** Path to the provider's id of the message. */
      reference: z.string().optional(),
      /** A 2xx whose field at `path` is none of `words` was no success. */
      accepted: z.strictObject({ path: z.string(), words: z.array(z.string()).min(1) }).optional(),
    })
    .prefault({}),
  allowPrivate: z.boolean().default(false),
  semantics: semantics.default('at-least-once'),
  arrival: arrival.optional(),
  callbacks: callbacksField,
  texts: texts.prefault({}),
});

const credentials = z.strictObject({ user: z.string().min(1), password: secretPlace });

const smtp = z.strictObject({
  adapter: z.literal('smtp'),
  ...provided,
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(587),
  /** `required`: STARTTLS or nothing; `implicit`: TLS from the first byte; `none`: for a relay on this machine. */
  tls: z.enum(['required', 'implicit', 'none']).default('required'),
  auth: credentials.optional(),
  from: z.string().min(3),
  replyTo: z.string().min(3).optional(),
  /** Such as List-Unsubscribe; may hold placeholders. */
  headers: z.record(z.string(), z.string()).default({}),
  connections: z.int().min(1).max(50).default(5),
  semantics: z.enum(['at-most-once', 'at-least-once']).default('at-least-once'),
  texts: texts.extend({ html: text.optional() }).prefault({}),
});

const smpp = z.strictObject({
  adapter: z.literal('smpp'),
  ...provided,
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(2_775),
  tls: z.boolean().default(false),
  auth: credentials,
  systemType: z.string().default(''),
  from: z.string().min(1).max(20),
  /** Longer texts fail instead of costing as many messages as they fill. */
  maxCharacters: z.int().min(1).max(2_000).default(480),
  enquire: duration.default(30_000),
  semantics: z.enum(['at-most-once', 'at-least-once']).default('at-most-once'),
  arrival: arrival.default('on-report'),
  texts: z.strictObject({ body: text.default('{script}') }).prefault({}),
});

export const channelPlan = z.discriminatedUnion('adapter', [workList, webhook, push, http, smtp, smpp]);
export type ChannelPlan = z.infer<typeof channelPlan>;
export type PlanOf<A extends ChannelPlan['adapter']> = Extract<ChannelPlan, { readonly adapter: A }>;

const directoryPlan = z.union([
  z.strictObject({
    http: z.strictObject({
      /** With `{customerId}` and `{channel}`. */
      url: z.string().includes('{customerId}'),
      auth: httpAuth.optional(),
      timeout: duration.default(2_000),
      /** Path to the address in the answer. */
      address: z.string().default('address'),
      cache: z
        .strictObject({ entries: z.int().min(0).max(1_000_000).default(10_000), keep: duration.default(30_000) })
        .prefault({}),
    }),
  }),
  z.strictObject({ file: z.strictObject({ path: z.string().min(1) }) }),
]);
export type DirectoryPlan = z.infer<typeof directoryPlan>;

/** The file that `HOLDFAST_CHANNELS_FILE` names. */
export const channelFile = z.strictObject({
  directory: directoryPlan.optional(),
  channels: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), channelPlan),
});
export type ChannelFile = z.infer<typeof channelFile>;
