import type { OutboxJob } from '@holdfast/engine';

/** What a job holds: ids and times only. Contact data is fetched at sending. */
export interface JobData extends OutboxJob {
  /** Tries to send it that reached a provider, or should have; 0 in a job nobody tried. */
  readonly tries: number;
}

const CHANNEL = /^[a-z][a-z0-9-]{0,31}$/;
/** BullMQ refuses ids with ':' and ids of digits only; a leading letter rules out the second. */
const CONTACT_ID = /^[a-z][a-z0-9_-]{0,127}$/i;

/** The queue of a channel. */
export function queueName(channel: string): string {
  if (!CHANNEL.test(channel)) throw new Error(`'${channel}' is no name of a channel: lower case, digits and '-'`);
  return `holdfast-contact-${channel}`;
}

/** Throws for a job whose id or channel the queue cannot hold. */
export function assertJob(job: OutboxJob): void {
  queueName(job.channel);
  if (!CONTACT_ID.test(job.contactId)) {
    throw new Error('a contact id begins with a letter and has letters, digits, - and _ only');
  }
}

/** Reads the data of a job back; undefined when it is none of ours. */
export function jobData(data: unknown): JobData | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { channel, contactId, entityId, sendAt, sendBy, tries } = data as Record<string, unknown>;
  if (typeof channel !== 'string' || typeof contactId !== 'string' || typeof entityId !== 'string') return undefined;
  if (typeof sendAt !== 'number' || typeof sendBy !== 'number') return undefined;
  return { channel, contactId, entityId, sendAt, sendBy, tries: typeof tries === 'number' ? tries : 0 };
}
