import { authHeaders, type HttpClient, type SecretPlace } from '@holdfast/webhook';
import { LRUCache } from 'lru-cache';
import type { DirectoryPlan } from '../channels/channel-plan.ts';
import { parsedJson, textAt } from '../channels/json-path.ts';
import type { AddressAnswer, ContactDirectory } from '../ports.ts';

export type HttpDirectoryPlan = Extract<DirectoryPlan, { readonly http: unknown }>['http'];

export interface HttpDirectoryDeps {
  readonly client: HttpClient;
  secret(place: SecretPlace): string;
}

/** The operator's CRM: one GET per customer and channel. Answers are kept for a short while, and few of them. */
export function createHttpDirectory(plan: HttpDirectoryPlan, deps: HttpDirectoryDeps): ContactDirectory {
  const headers = { accept: 'application/json', ...authHeaders(plan.auth, deps.secret) };
  const { entries, keep } = plan.cache;
  const cache = entries > 0 ? new LRUCache<string, AddressAnswer>({ max: entries, ttl: keep }) : undefined;
  return {
    async addressOf(customerId, channel) {
      const url = urlOf(plan.url, { customerId, channel });
      const known = cache?.get(url);
      if (known !== undefined) return known;
      const answer = await asked(deps.client, { url, headers, path: plan.address });
      // That nobody is there is not kept: the customer may be giving his number at this moment.
      if (answer.kind === 'found') cache?.set(url, answer);
      return answer;
    },
  };
}

function urlOf(template: string, values: { readonly customerId: string; readonly channel: string }): string {
  return template
    .replaceAll('{customerId}', encodeURIComponent(values.customerId))
    .replaceAll('{channel}', encodeURIComponent(values.channel));
}

async function asked(
  client: HttpClient,
  { url, headers, path }: { readonly url: string; readonly headers: Record<string, string>; readonly path: string },
): Promise<AddressAnswer> {
  const answer = await client.call({ method: 'GET', url, headers });
  if (answer.kind === 'error') return { kind: 'retry', detail: 'directory-away' };
  if (answer.status === 404 || answer.status === 410 || answer.status === 204) return { kind: 'none' };
  if (answer.status !== 200) return { kind: 'retry', detail: `directory-http-${answer.status}` };
  const body = parsedJson(answer.body);
  if (typeof body !== 'object' || body === null) return { kind: 'retry', detail: 'directory-no-json' };
  const address = textAt(body, path)?.trim() ?? '';
  return address === '' ? { kind: 'none' } : { kind: 'found', address };
}
