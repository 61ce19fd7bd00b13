import { z } from 'zod';
import { isoOf } from '../http/instant-text.ts';
import { PROBLEM } from '../http/problem.ts';
import { FORMATS, filter, KINDS, type Subscription } from './subscription.ts';

const kinds = z.array(z.enum(KINDS)).min(1).max(KINDS.length);
const format = z
  .union([z.enum(FORMATS), z.string().regex(/^template:[a-z0-9][a-z0-9-]{0,63}$/)])
  .describe('How messages are sent; `template:<name>` calls a product by a template of the gateway, for alerts only.');
const settings = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/), z.string().min(1).max(512))
  .refine((given) => Object.keys(given).length <= 20, 'at most 20 settings');
const auth = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const url = z.string().min(1).max(2_048);
const description = z.string().max(500);
const secret = z.string().min(1).max(128);

export const createBody = z.strictObject({
  url: url.describe('https; no private address, no user, no fragment.'),
  kinds: kinds.default(['alert']),
  filter: filter.default({}).describe('Every field given must hold, with any of its values.'),
  format: format.default('standard-webhooks'),
  auth: auth.optional().describe('Name of credentials that the operator configured for this host.'),
  settings: settings.default({}).describe('What the template asks for.'),
  secret: secret.optional().describe('base64 of 24 to 64 bytes, with or without whsec_; made when it is left out.'),
  description: description.default(''),
});
export type CreateBody = z.infer<typeof createBody>;

export const patchBody = z.strictObject({
  url: url.optional(),
  kinds: kinds.optional(),
  filter: filter.optional(),
  auth: auth.nullable().optional(),
  settings: settings.optional(),
  description: description.optional(),
  enabled: z.boolean().optional().describe('false: nothing is sent. true: sending goes on where it stopped.'),
  skipMissed: z.boolean().optional().describe('With enabled true: leave out what came while nothing was sent.'),
});
export type PatchBody = z.infer<typeof patchBody>;

const rotation = z.strictObject({
  secret: secret.optional().describe('As at creation; made when it is left out.'),
  overlapSeconds: z.int().min(0).max(604_800).default(86_400).describe('For so long the old secret signs as well.'),
});
export const rotateBody = rotation.nullish();

/** Without a body everything is as by default. */
export function rotationOf(body: z.output<typeof rotateBody>): z.output<typeof rotation> {
  return body ?? rotation.parse({});
}

export const params = z.object({ id: z.string().min(1).max(64) });
export const messageParams = params.extend({ messageId: z.string().min(1).max(64) });
export const deliveriesQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100) });

const time = z.iso.datetime();
export const subscriptionView = z.object({
  id: z.string(),
  url: z.string(),
  kinds,
  filter,
  format: z.string(),
  hub: z.enum(['TMF680', 'TMF683']).optional(),
  auth: z.string().optional(),
  settings: z.record(z.string(), z.string()),
  description: z.string(),
  enabled: z.boolean(),
  stopped: z
    .object({ why: z.enum(['asked', 'gone', 'undelivered']), at: time })
    .optional()
    .describe(
      'gone: the receiver answered 410. undelivered: too many messages in a row ended without being delivered.',
    ),
  signed: z.boolean(),
  oldSecretUntil: time.optional(),
  createdAt: time,
  createdBy: z.string(),
  status: z.object({
    waiting: z.int(),
    deliveredAt: time.optional(),
    failedAt: time.optional(),
    missedAt: time.optional().describe('Something was no longer kept when its turn to be read came.'),
  }),
});
export const createdView = subscriptionView.extend({
  secret: z.string().optional().describe('Shown this once.'),
});
export const subscriptionList = z.object({ subscriptions: z.array(subscriptionView) });
export const rotatedView = z.object({
  secret: z.string().describe('Shown this once.'),
  oldSecretUntil: time.optional(),
});

const tried = z.object({
  at: time,
  httpStatus: z.int().optional(),
  error: z.string().optional().describe('Why no answer came, or nothing was asked: timeout, econnrefused, eprivate …'),
  ms: z.number(),
});
export const testView = z.object({ delivered: z.boolean(), attempt: tried });
export const delivery = z.object({
  messageId: z.string(),
  kind: z.enum(KINDS),
  type: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  tries: z.int(),
  takenAt: time,
  nextAt: time.optional(),
  attempts: z.array(tried).describe('The newest twelve, the newest last.'),
});
export const deliveryList = z.object({ deliveries: z.array(delivery) });

const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: PROBLEM } },
});

export const REFUSALS = {
  400: refusal('Something in the request cannot be taken; the detail says what.'),
  401: refusal('No key or token, or one that is not known.'),
  403: refusal('The key or token does not open this.'),
  503: refusal('The store cannot be reached, or holds as many as it may; Retry-After says when to ask again.'),
};
export const NOT_FOUND = { 404: refusal('There is no such subscription, or no such message of it.') };
export const CONFLICT = { 409: refusal('It stands in a way that does not allow this; the detail says how.') };

export type SubscriptionStatusView = z.infer<typeof subscriptionView>['status'];

/** What is shown of a subscription: all but its secrets. */
export function viewOf(found: Subscription, status: SubscriptionStatusView, nowMs: number) {
  const { id, url: address, kinds: chosen, filter: where, format: how, api, settings: given, stopped } = found;
  const until = found.secrets.map(({ untilMs }) => untilMs ?? 0).find((untilMs) => untilMs > nowMs);
  return {
    ...{ id, url: address, kinds: chosen, filter: where, format: how, settings: given, description: found.description },
    ...(api && { hub: api }),
    ...(found.auth !== undefined && { auth: found.auth }),
    enabled: stopped === undefined,
    ...(stopped && { stopped: { why: stopped.why, at: isoOf(stopped.atMs) } }),
    signed: found.secrets.length > 0,
    ...(until !== undefined && { oldSecretUntil: isoOf(until) }),
    createdAt: isoOf(found.createdAtMs),
    createdBy: found.createdBy,
    status,
  };
}
