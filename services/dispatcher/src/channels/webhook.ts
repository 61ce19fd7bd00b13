import type { HttpAnswer, HttpClient, WebhookSigner } from '@holdfast/webhook';
import type { Channel, Contact, SendAnswer } from '../ports.ts';
import type { PlanOf } from './channel-plan.ts';
import { classify } from './http-answer.ts';
import { parsedJson, textAt } from './json-path.ts';
import { messageOf } from './message.ts';
import type { ProviderParts } from './provider-parts.ts';

export interface WebhookDeps extends ProviderParts {
  readonly client: HttpClient;
  readonly signer: WebhookSigner;
  now(): number;
}

/** Posts contacts to a system of the operator, or to a push gateway, which also gets the address of the device. */
export function createWebhookChannel(plan: PlanOf<'webhook' | 'push'>, deps: WebhookDeps): Channel {
  const { client, signer, now, ...parts } = deps;
  const isReported = (plan.arrival ?? (plan.callbacks ? 'on-report' : 'on-acceptance')) === 'on-report';
  return {
    ...parts,
    semantics: plan.semantics,
    isReported,
    needsAddress: plan.adapter === 'push',
    async send(contact) {
      const nowMs = now();
      const body = JSON.stringify(webhookBody(contact, plan, nowMs));
      const { contactId } = contact.job;
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': contactId,
        ...signer.headers(contactId, nowMs, body),
      };
      const answer = await client.call({ method: 'POST', url: plan.url, headers, body });
      const meaning = classify(answer, now());
      return meaning.kind === 'sent' && isReported ? handedOver(answer, 'reference') : meaning;
    },
    close: () => client.close(),
  };
}

/** The provider's id of the message, at a path of its answer. */
export function handedOver(answer: HttpAnswer, path: string | undefined): SendAnswer {
  const body = answer.kind === 'answer' && path !== undefined ? parsedJson(answer.body) : undefined;
  const reference = path === undefined ? undefined : textAt(body, path);
  return { kind: 'handed-over', providerRef: (reference ?? '').slice(0, REFERENCE_MAX) };
}

const REFERENCE_MAX = 200;

function webhookBody(contact: Contact, plan: PlanOf<'webhook' | 'push'>, nowMs: number) {
  const { decision, job, address } = contact;
  const { subject, body, values } = messageOf(contact, plan.texts);
  const { contactId, customerId, campaign, offer, category, kind, priority } = decision;
  return {
    type: 'contact.requested',
    timestamp: new Date(nowMs).toISOString(),
    data: {
      ...{ contactId, customerId, channel: job.channel, campaign, offer, category, kind, priority },
      ...{ title: subject, text: body, reason: values.reason, language: values.language },
      ...{ sendBy: values.sendBy, validUntil: decision.validUntil && new Date(decision.validUntil).toISOString() },
      ...(address !== '' && { address }),
    },
  };
}
