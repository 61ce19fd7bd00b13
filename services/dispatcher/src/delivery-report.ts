import type { DecisionMade } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';
import type { DeliveryReport, DeliveryStatus } from './ports.ts';

export const REPORT_SOURCE = 'holdfast:dispatcher';

/**
 * What became of a contact, as an event. Its id follows from the contact, so however often a job is handled the customer
 * learns of it once. With the decision at hand it carries what rebuilds a contact the state forgot.
 */
export function deliveryReport(
  job: ContactJob,
  outcome: { readonly status: DeliveryStatus; readonly detail: string; readonly atMs: number },
  decision: DecisionMade | undefined,
): DeliveryReport {
  return {
    type: 'DeliveryReported',
    eventId: `delivery:${job.contactId}`,
    source: REPORT_SOURCE,
    occurredAt: outcome.atMs,
    customerId: job.entityId,
    contactId: job.contactId,
    offer: decision?.offer ?? '',
    campaign: decision?.campaign ?? '',
    arm: decision?.arm ?? '',
    channel: job.channel,
    category: decision?.category ?? '',
    sendAt: decision?.sendAt ?? job.sendAt,
    status: outcome.status,
    detail: outcome.detail,
  };
}
