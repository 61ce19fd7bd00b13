import type { OutboundStreams, SubscriptionMessages, SubscriptionStatus } from '@holdfast/redis';
import { isoOf } from '../http/instant-text.ts';
import type { Credentials } from './credentials.ts';
import { webhookType } from './delivery/outbound-request.ts';
import type { Sender } from './delivery/sender.ts';
import { newSubscriptionId } from './hub.ts';
import { type MessageRecord, readRecord, sentAgain, type Try, writeRecord } from './message-record.ts';
import { messageId as messageIdOf, readEntry } from './outbound-message.ts';
import { type ReceiverUrlRules, receiverUrlProblem } from './receiver-url.ts';
import { isSecret, newSecret, type SecretBox } from './secret-box.ts';
import { type Format, type Subscription, templateName } from './subscription.ts';
import type { SubscriptionRegister } from './subscription-register.ts';
import { type CreateBody, type PatchBody, viewOf } from './subscription-schemas.ts';
import { settingsProblem } from './templates/template.ts';
import type { Templates } from './templates/template-folder.ts';

export interface SubscriptionDeskDeps {
  readonly register: SubscriptionRegister;
  readonly messages: SubscriptionMessages;
  readonly streams: Pick<OutboundStreams, 'heads' | 'entry'>;
  readonly templates: Templates;
  readonly credentials: Credentials;
  readonly box: SecretBox | undefined;
  readonly urlRules: ReceiverUrlRules;
  createSender(): Sender;
  now(): number;
}

/** `detail` is for whoever asked. */
export type Refused =
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'conflict'; readonly detail: string }
  | { readonly kind: 'full' };
type Done<T> = { readonly kind: 'done'; readonly value: T };

/** What may be done with subscriptions, once it is clear who asks. Calls reject while the store is away. */
export interface SubscriptionDesk {
  create(body: CreateBody, by: string): Promise<Done<View & { readonly secret?: string }> | Refused>;
  view(found: Subscription): Promise<View>;
  patch(found: Subscription, body: PatchBody): Promise<Done<View> | Refused | undefined>;
  rotate(
    found: Subscription,
    options: { readonly secret?: string | undefined; readonly overlapSeconds: number },
  ): Promise<Done<{ readonly secret: string; readonly oldSecretUntil?: string }> | Refused | undefined>;
  /** Sends a made-up message at once, and says how it went. */
  test(found: Subscription): Promise<{ readonly delivered: boolean; readonly attempt: TryView }>;
  deliveries(found: Subscription, limit: number): Promise<DeliveryView[]>;
  resend(found: Subscription, messageId: string): Promise<Done<DeliveryView> | Refused | undefined>;
}

type View = ReturnType<typeof viewOf>;
type TryView = ReturnType<typeof tryView>;
type DeliveryView = ReturnType<typeof deliveryView>;

const NO_KEY = 'secrets cannot be kept: whoever runs this gateway has to set HOLDFAST_WEBHOOK_KEY';
const BAD_SECRET = 'secret must be base64 of 24 to 64 bytes, with or without whsec_';
/** The newest, and the one it replaced. */
const MAX_SECRETS = 2;

export function createSubscriptionDesk(deps: SubscriptionDeskDeps): SubscriptionDesk {
  const { register, messages, streams, box, now } = deps;
  const view = async (found: Subscription) => viewOf(found, statusView(await messages.status(found.id)), now());
  const sealed = (secret: string, id: string) => box?.seal(secret, id) ?? '';
  return {
    view,
    async create({ secret: given, auth, format, ...body }, by) {
      const isSigned = templateName(format) === undefined;
      if (isSigned && box === undefined) return { kind: 'conflict', detail: NO_KEY };
      if (given !== undefined && !isSigned) return invalid('a template is not signed: leave secret out');
      if (given !== undefined && !isSecret(given)) return invalid(BAD_SECRET);
      const id = newSubscriptionId();
      const secret = isSigned ? (given ?? newSecret()) : undefined;
      const subscription: Subscription = {
        ...body,
        ...{ id, eventTypes: [], createdAtMs: now(), createdBy: by },
        ...(auth !== undefined && { auth }),
        format: format as Format,
        secrets: secret === undefined ? [] : [{ sealed: sealed(secret, id) }],
      };
      const problem = await subscriptionProblem(subscription, deps);
      if (problem !== undefined) return invalid(problem);
      if ((await register.add(subscription)) === 'full') return { kind: 'full' };
      return done({ ...(await view(subscription)), ...(secret !== undefined && { secret }) });
    },
    async patch(found, { enabled, skipMissed, ...body }) {
      if (found.api !== undefined && (body.kinds || body.filter || body.settings)) {
        return invalid('a listener of a hub has neither kinds, filter nor settings');
      }
      const problem = await subscriptionProblem(changed(found, body), deps);
      if (problem !== undefined) return invalid(problem);
      if (enabled === true) {
        if (skipMissed === true) await messages.skipTo(found.id, await streams.heads());
        await messages.forgive(found.id);
      }
      const after = await register.change(found.id, (before) => switched(changed(before, body), enabled, now()));
      return after && done(await view(after));
    },
    async rotate(found, { secret: given, overlapSeconds }) {
      if (found.secrets.length === 0) return { kind: 'conflict', detail: 'this subscription is not signed' };
      if (box === undefined) return { kind: 'conflict', detail: NO_KEY };
      if (given !== undefined && !isSecret(given)) return invalid(BAD_SECRET);
      const secret = given ?? newSecret();
      const untilMs = now() + overlapSeconds * 1_000;
      const after = await register.change(found.id, (before) => {
        const old = before.secrets.slice(0, 1).map((each) => ({ ...each, untilMs }));
        const kept = overlapSeconds > 0 ? old : [];
        return { ...before, secrets: [{ sealed: sealed(secret, before.id) }, ...kept].slice(0, MAX_SECRETS) };
      });
      return after && done({ secret, ...(overlapSeconds > 0 && { oldSecretUntil: isoOf(untilMs) }) });
    },
    async test(found) {
      const sender = deps.createSender();
      try {
        const { meaning, one } = await sender.send(
          found,
          messageIdOf('test', `${found.id}:${now()}`),
          testRecord(now()),
        );
        return { delivered: meaning.kind === 'delivered', attempt: tryView(one) };
      } finally {
        await sender.close();
      }
    },
    async deliveries(found, limit) {
      const kept = await messages.list(found.id, limit);
      return kept.flatMap(({ id, record: json, dueMs }) => {
        const record = readRecord(json);
        return record === undefined ? [] : [deliveryView(id, record, dueMs)];
      });
    },
    async resend(found, messageId) {
      if (found.stopped !== undefined) return { kind: 'conflict', detail: 'nothing is sent now: enable it first' };
      const asRead = await messages.read(found.id, messageId);
      const record = asRead && readRecord(asRead.record);
      if (asRead === undefined || record === undefined) return undefined;
      const data = record.data ?? (await dataAt(record.source, streams));
      if (data === undefined) return { kind: 'conflict', detail: 'what it said is no longer kept' };
      const again = sentAgain(record, data, now());
      const answer = await messages.sendAgain(found.id, asRead, writeRecord(again), now());
      if (answer === 'absent') return undefined;
      if (answer === 'changed') return { kind: 'conflict', detail: 'it was tried this very moment; look again' };
      return done(deliveryView(messageId, again, now()));
    },
  };
}

function changed(before: Subscription, { auth, ...body }: Omit<PatchBody, 'enabled' | 'skipMissed'>): Subscription {
  const { auth: old, ...rest } = before;
  const next = auth === undefined ? old : (auth ?? undefined);
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return { ...rest, ...given, ...(next !== undefined && { auth: next }) };
}

function switched(before: Subscription, enabled: boolean | undefined, nowMs: number): Subscription {
  if (enabled === undefined) return before;
  const { stopped, ...rest } = before;
  return enabled ? rest : { ...rest, stopped: stopped ?? { why: 'asked', atMs: nowMs } };
}

/** What cannot be taken, in words for whoever asked. */
async function subscriptionProblem(
  { url, format, auth, kinds, settings }: Subscription,
  { urlRules, credentials, templates }: SubscriptionDeskDeps,
): Promise<string | undefined> {
  const urlProblem = await receiverUrlProblem(url, urlRules);
  if (urlProblem !== undefined) return `url ${urlProblem}`;
  const authProblem = auth === undefined ? undefined : credentials.problem(auth, url);
  if (authProblem !== undefined) return authProblem;
  const name = templateName(format);
  if (name === undefined) return Object.keys(settings).length > 0 ? 'only a template has settings' : undefined;
  const template = templates.get(name);
  if (template === undefined) return `there is no template ${name}; there are ${[...templates.keys()].join(', ')}`;
  if (kinds.some((kind) => kind !== 'alert')) return 'a template is for alerts: kinds must be ["alert"]';
  if (new URL(url).search !== '') return 'url must not have a query: a template adds its path';
  return settingsProblem(template, settings);
}

async function dataAt({ stream, id }: MessageRecord['source'], streams: Pick<OutboundStreams, 'entry'>) {
  const entry = await streams.entry(stream, id);
  return entry && readEntry(stream, entry.json)?.data;
}

/** Of nobody: no customer has this id. */
function testRecord(nowMs: number): MessageRecord {
  const told = { contactId: 'test', customerId: 'test', play: 'test', offer: 'test', campaign: 'test' };
  const said = {
    title: 'Test',
    reason: 'A test of this subscription.',
    script: 'Nothing is to be done.',
    language: 'en',
  };
  const place = { desk: '', team: '', accountManager: '', tier: '' };
  const rest = {
    category: 'test',
    channel: 'call-centre',
    priority: 3,
    decidedAt: nowMs,
    sendBy: null,
    validUntil: null,
  };
  const data = { ...told, ...said, ...place, ...rest, evidence: [], policyVersion: '', test: true };
  const source = { stream: 'alerts', id: '0-0' } as const;
  const state = { state: 'waiting', takenAtMs: nowMs, tries: 0 } as const;
  return { kind: 'alert', name: 'AlertRaised', timeMs: nowMs, source, ...state, data, log: [] };
}

function statusView({ waiting, deliveredAtMs, failedAtMs, missedAtMs }: SubscriptionStatus) {
  return {
    waiting,
    ...(deliveredAtMs !== undefined && { deliveredAt: isoOf(deliveredAtMs) }),
    ...(failedAtMs !== undefined && { failedAt: isoOf(failedAtMs) }),
    ...(missedAtMs !== undefined && { missedAt: isoOf(missedAtMs) }),
  };
}

function tryView({ atMs, httpStatus, error, tookMs }: Try) {
  const answer = { ...(httpStatus !== undefined && { httpStatus }), ...(error !== undefined && { error }) };
  return { at: isoOf(atMs), ...answer, ms: tookMs };
}

/** Nothing of what a message says, which may be about a person. */
function deliveryView(messageId: string, record: MessageRecord, dueMs: number | undefined) {
  const { kind, name, state, tries, takenAtMs, log } = record;
  return {
    ...{ messageId, kind, type: webhookType(kind, name), state, tries, takenAt: isoOf(takenAtMs) },
    ...(dueMs !== undefined && { nextAt: isoOf(dueMs) }),
    attempts: log.map(tryView),
  };
}

function invalid(detail: string): Refused {
  return { kind: 'invalid', detail };
}

function done<T>(value: T): Done<T> {
  return { kind: 'done', value };
}
