import type { DecisionMade } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';
import { z } from 'zod';

/**
 * What is kept with the marks of a contact: enough to repeat its report, and to write the one that a provider gives days
 * later, when neither job nor decision is at hand. No address.
 */
export interface DeliveryNote {
  readonly status: 'SENDING' | 'SENT' | 'DELIVERED';
  readonly customerId: string;
  readonly channel: string;
  readonly providerRef: string;
  readonly attempt: number;
  readonly offer: string;
  readonly campaign: string;
  readonly arm: string;
  readonly category: string;
  readonly sendAt: number;
}

const schema = z.object({
  status: z.enum(['SENDING', 'SENT', 'DELIVERED']),
  customerId: z.string(),
  channel: z.string(),
  providerRef: z.string(),
  attempt: z.number(),
  offer: z.string(),
  campaign: z.string(),
  arm: z.string(),
  category: z.string(),
  sendAt: z.number(),
});

export function deliveryNote(
  { job, decision }: { readonly job: ContactJob; readonly decision: DecisionMade },
  { status, providerRef, attempt }: Pick<DeliveryNote, 'status' | 'providerRef' | 'attempt'>,
): string {
  const { offer, campaign, arm, category } = decision;
  const { entityId: customerId, channel, sendAt } = job;
  const note: DeliveryNote = {
    ...{ status, customerId, channel, providerRef, attempt },
    ...{ offer, campaign, arm, category, sendAt: decision.sendAt ?? sendAt },
  };
  return JSON.stringify(note);
}

/** Reads a note back; undefined for a mark that holds none, such as the one written with an alert. */
export function readNote(text: string): DeliveryNote | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
