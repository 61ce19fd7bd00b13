import type { DecisionMade } from '@holdfast/events';
import { authHeaders, createAddressGuard, createHttpClient, createWebhookSigner } from '@holdfast/webhook';
import type { Channel } from '../ports.ts';
import type { ReportTaker } from '../reports/report-taker.ts';
import type { ReadChannels } from './channel-file.ts';
import type { ChannelPlan } from './channel-plan.ts';
import { createHttpProviderChannel } from './http-provider.ts';
import { providerParts } from './provider-parts.ts';
import { createSmppChannel } from './smpp.ts';
import { createSmtpChannel } from './smtp.ts';
import { createWebhookChannel } from './webhook.ts';
import { createWorkListChannel, type WorkListDeps } from './work-list.ts';

export interface ChannelDeps {
  readonly feed: WorkListDeps['feed'];
  alertOf(decision: DecisionMade): object;
  readonly reports: ReportTaker;
  now(): number;
}

/** Builds the adapter that a plan names. Throws for a secret of the wrong form. */
export function openChannel(
  name: string,
  plan: ChannelPlan,
  secret: ReadChannels['secret'],
  deps: ChannelDeps,
): Channel {
  const { now } = deps;
  switch (plan.adapter) {
    case 'work-list':
      return createWorkListChannel(name, deps);
    case 'webhook':
    case 'push': {
      const signer = createWebhookSigner(plan.secrets.map(secret));
      return createWebhookChannel(plan, { ...providerParts(name, plan, now), client: clientOf(plan), signer, now });
    }
    case 'http': {
      const headers = authHeaders(plan.auth, secret);
      const parts = providerParts(name, plan, now);
      return createHttpProviderChannel(plan, { ...parts, client: clientOf(plan), authHeaders: headers, now });
    }
    case 'smtp':
      return createSmtpChannel(plan, { ...providerParts(name, plan, now), secret });
    case 'smpp':
      return createSmppChannel(plan, { ...providerParts(name, plan, now), secret, reports: deps.reports });
  }
}

function clientOf(plan: Extract<ChannelPlan, { readonly url: string }>) {
  return createHttpClient({
    timeoutMs: plan.timeout,
    connections: plan.concurrency,
    guard: createAddressGuard(plan.allowPrivate ? { allow: 'all' } : {}),
  });
}
