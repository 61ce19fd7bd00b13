import type { HttpAnswer, HttpClient } from '@holdfast/webhook';
import type { Channel, SendAnswer } from '../ports.ts';
import type { Payload, PlanOf } from './channel-plan.ts';
import { classify } from './http-answer.ts';
import { parsedJson, textAt } from './json-path.ts';
import { filled, filledPayload, messageOf, type Values } from './message.ts';
import type { ProviderParts } from './provider-parts.ts';
import { handedOver } from './webhook.ts';

export interface HttpProviderDeps extends ProviderParts {
  readonly client: HttpClient;
  readonly authHeaders: Readonly<Record<string, string>>;
  now(): number;
}

/** A provider with an HTTP interface of its own: the plan says what is posted and how an answer reads. */
export function createHttpProviderChannel(plan: PlanOf<'http'>, deps: HttpProviderDeps): Channel {
  const { client, authHeaders, now, ...parts } = deps;
  const isReported = (plan.arrival ?? (plan.callbacks ? 'on-report' : 'on-acceptance')) === 'on-report';
  return {
    ...parts,
    semantics: plan.semantics,
    isReported,
    needsAddress: plan.needsAddress,
    async send(contact) {
      const { values } = messageOf(contact, plan.texts);
      const headers = {
        'content-type': plan.encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
        'idempotency-key': contact.job.contactId,
        ...filledHeaders(plan.headers, values),
        ...authHeaders,
      };
      const body = encoded(plan, values);
      const answer = await client.call({ method: plan.method, url: plan.url, headers, body });
      const meaning = honest(classify(answer, now()), answer, plan);
      return meaning.kind === 'sent' && isReported ? handedOver(answer, plan.answer.reference) : meaning;
    },
    close: () => client.close(),
  };
}

/** Some providers say 200 and mean no. */
function honest(meaning: SendAnswer, answer: HttpAnswer, plan: PlanOf<'http'>): SendAnswer {
  const { accepted } = plan.answer;
  if (meaning.kind !== 'sent' || accepted === undefined || answer.kind !== 'answer') return meaning;
  const word = textAt(parsedJson(answer.body), accepted.path);
  return word !== undefined && accepted.words.includes(word) ? meaning : { kind: 'failed', detail: 'not-accepted' };
}

function encoded(plan: PlanOf<'http'>, values: Values): string {
  const payload = filledPayload(plan.payload, values);
  if (plan.encoding === 'json') return JSON.stringify(payload);
  return new URLSearchParams(Object.entries(payload ?? {}).map(([key, value]) => [key, formText(value)])).toString();
}

function formText(value: Payload): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
}

/** A line break in what is filled in would end the header. */
function filledHeaders(headers: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  const show = (value: string) => value.replace(/[^\x20-\x7e]+/g, ' ');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), filled(value, values, show)]),
  );
}
