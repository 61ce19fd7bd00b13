import type { DecisionMade } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';
import type { DeliveryNote } from './delivery-note.ts';
import type { DeliveryReport, DeliveryStatus } from './ports.ts';

export const REPORT_SOURCE = 'holdfast:dispatcher';

/** What is reported of a contact. */
export interface DeliveryOutcome {
  readonly status: DeliveryStatus;
  /** A code, such as `no-address` or `http-503`. */
  readonly detail: string;
  readonly atMs: number;
  /** Which try it was, from 1; 0 where none was made. */
  readonly attempt: number;
  readonly providerRef?: string;
}

/**
 * What became of a contact, as an event. Its id follows from contact and status, so however often a job is handled or a
 * callback comes the customer learns of it once. With the decision or the note at hand it carries what rebuilds a
 * contact the state forgot.
 */
export function deliveryReport(
  job: Pick<ContactJob, 'contactId' | 'entityId' | 'channel' | 'sendAt'>,
  outcome: DeliveryOutcome,
  known: DecisionMade | DeliveryNote | undefined,
): DeliveryReport {
  return {
    type: 'DeliveryReported',
    eventId: reportId(job.contactId, outcome),
    source: REPORT_SOURCE,
    occurredAt: outcome.atMs,
    customerId: job.entityId,
    contactId: job.contactId,
    offer: known?.offer ?? '',
    campaign: known?.campaign ?? '',
    arm: known?.arm ?? '',
    channel: job.channel,
    category: known?.category ?? '',
    sendAt: known?.sendAt ?? job.sendAt,
    status: outcome.status,
    detail: outcome.detail,
    providerRef: outcome.providerRef ?? '',
    attempt: outcome.attempt,
  };
}

/** Each failed try is a report of its own. */
function reportId(contactId: string, { status, attempt }: DeliveryOutcome): string {
  const id = `delivery:${contactId}:${status.toLowerCase()}`;
  return status === 'ATTEMPTED' ? `${id}:${attempt}` : id;
}
