import {
  type AddressGuard,
  createHttpClient,
  createWebhookSigner,
  type HttpAnswer,
  retryAfterMs,
  type WebhookSigner,
} from '@holdfast/webhook';
import type { Credentials } from '../credentials.ts';
import type { MessageRecord, Try } from '../message-record.ts';
import type { SecretBox } from '../secret-box.ts';
import type { Subscription } from '../subscription.ts';
import type { Templates } from '../templates/template-folder.ts';
import { outboundRequest } from './outbound-request.ts';

export interface SenderDeps {
  readonly templates: Templates;
  readonly credentials: Credentials;
  readonly guard: AddressGuard;
  /** Undefined where secrets cannot be kept. */
  readonly box: SecretBox | undefined;
  now(): number;
}

export interface SenderOptions {
  readonly timeoutMs: number;
  readonly connections: number;
}

/** `gone`: the receiver wants nothing any more. `again`: not before `notBeforeMs`, where the receiver said so. */
export type SendMeaning =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'again'; readonly isReceiverAway: boolean; readonly notBeforeMs?: number };

export interface SendOutcome {
  readonly meaning: SendMeaning;
  readonly one: Try;
}

/** Makes one try at a time for one subscription. Never rejects. */
export interface Sender {
  send(subscription: Subscription, messageId: string, record: MessageRecord): Promise<SendOutcome>;
  close(): Promise<void>;
}

/** A receiver that asks for more patience is asked again after so long. */
const RETRY_AFTER_MAX_MS = 24 * 3_600_000;
const GONE = 410;

export function createSender(deps: SenderDeps, { timeoutMs, connections }: SenderOptions): Sender {
  const client = createHttpClient({ timeoutMs, connections, guard: deps.guard, isBodyIgnored: true });
  return {
    async send(subscription, messageId, record) {
      const atMs = deps.now();
      const request = signedRequest(subscription, messageId, record, deps, atMs);
      if (typeof request === 'string') {
        return { meaning: { kind: 'again', isReceiverAway: false }, one: { atMs, error: request, tookMs: 0 } };
      }
      const answer = await client.call(request).catch((): HttpAnswer => UNEXPECTED);
      const doneMs = deps.now();
      const tookMs = Math.max(0, doneMs - atMs);
      const what = answer.kind === 'answer' ? { httpStatus: answer.status } : { error: answer.detail };
      return { meaning: meaningOf(answer, doneMs), one: { atMs, ...what, tookMs } };
    },
    close: () => client.close(),
  };
}

const UNEXPECTED: HttpAnswer = { kind: 'error', detail: 'no-answer', isUnsent: false };

/** The whole request, or why it cannot be made. */
function signedRequest(
  subscription: Subscription,
  messageId: string,
  { data, ...record }: MessageRecord,
  deps: SenderDeps,
  atMs: number,
) {
  if (data === undefined) return 'content-gone';
  const request = outboundRequest(subscription, messageId, { ...record, data }, deps.templates);
  if (request === undefined) return 'template-gone';
  const signer = signerOf(subscription, deps.box, atMs);
  if (signer === undefined) return 'secret-unreadable';
  const headers = {
    'user-agent': 'Holdfast',
    ...request.headers,
    ...(signer === 'unsigned' ? {} : signer.headers(messageId, atMs, request.body)),
  };
  if (subscription.auth === undefined) return { ...request, headers };
  try {
    const added = deps.credentials.headers(subscription.auth, { ...request, headers }, atMs);
    return { ...request, headers: { ...headers, ...added } };
  } catch {
    return 'credentials-unreadable';
  }
}

function signerOf(
  { id, secrets }: Subscription,
  box: SecretBox | undefined,
  atMs: number,
): WebhookSigner | 'unsigned' | undefined {
  if (secrets.length === 0) return 'unsigned';
  const standing = secrets.filter(({ untilMs }) => untilMs === undefined || untilMs > atMs);
  const opened = standing.flatMap(({ sealed }) => box?.open(sealed, id) ?? []);
  return opened.length === 0 ? undefined : createWebhookSigner(opened);
}

function meaningOf(answer: HttpAnswer, nowMs: number): SendMeaning {
  if (answer.kind === 'error') return { kind: 'again', isReceiverAway: true };
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === GONE) return { kind: 'gone' };
  const notBeforeMs = retryAfterMs(answer.retryAfter, nowMs, RETRY_AFTER_MAX_MS);
  const isReceiverAway = status >= 500 || status === 429;
  return { kind: 'again', isReceiverAway, ...(notBeforeMs !== undefined && { notBeforeMs }) };
}
