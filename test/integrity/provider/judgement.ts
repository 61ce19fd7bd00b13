import { AT_MOST_ONCE } from './battlefield-files.ts';
import type { DecidedContact, DeliveryEvidence } from './evidence.ts';
import type { QuietMinutes } from './quiet-minutes.ts';
import type { Arrival } from './recording-provider.ts';

/** Where deliveries are not what was promised, in words, by subject; only subjects with findings. */
export type DeliveryFindings = Readonly<Partial<Record<DeliverySubject, readonly string[]>>>;

type DeliverySubject =
  | 'reached'
  | 'keys'
  | 'at most once'
  | 'expired'
  | 'quiet minutes'
  | 'consent'
  | 'agreement'
  | 'provider reports';

/** A dispatcher acts on what it saw of state and opt-outs for so long, ms. */
const LOOK_HOLDS_MS = 2_000;
/** From the last look at the clock to the time that the message carries, ms. */
const STEP_MS = 100;
/** From a dispatcher's clock to the provider's, on a busy machine, ms. */
const ON_THE_WAY_MS = 5_000;

/** Reports that say why a contact did not come, or that nobody knows. */
const SILENCES: ReadonlySet<string> = new Set(['EXPIRED', 'REFUSED', 'FAILED', 'UNKNOWN', 'CANCELLED']);

export function judgeDeliveries(evidence: DeliveryEvidence, quiet: QuietMinutes): DeliveryFindings {
  const found: Record<DeliverySubject, readonly string[]> = {
    reached: reachedFindings(evidence),
    keys: keyFindings(evidence),
    'at most once': onceFindings(evidence),
    expired: expiredFindings(evidence),
    'quiet minutes': quietFindings(evidence, quiet),
    consent: consentFindings(evidence),
    agreement: evidence.contacts.flatMap((contact) => agreementFindings(contact, evidence)),
    'provider reports': evidence.provider.callbacks
      .filter(({ taken }) => taken === 0)
      .map(({ contactId, status, refusal }) => `${status} of ${contactId} was never taken: ${refusal}`),
  };
  return Object.fromEntries(Object.entries(found).filter(([, findings]) => findings.length > 0));
}

/** Every contact came, or a report says why it did not. */
function reachedFindings({ contacts, provider }: DeliveryEvidence): string[] {
  const came = new Set(provider.arrivals.map(({ contactId }) => contactId));
  return contacts
    .filter(({ contactId, reports }) => !came.has(contactId) && !reports.some((status) => SILENCES.has(status)))
    .map(({ contactId, reports }) => `${contactId} never came, and is reported as ${reports.join() || 'nothing'}`);
}

/** One key for one contact and one contact for one occasion: however often it arrives, it counts once. */
function keyFindings({ contacts, provider }: DeliveryEvidence): string[] {
  const decided = new Map(contacts.map((contact) => [contact.contactId, contact]));
  const strange = provider.arrivals
    .filter(({ key, contactId, customerId, channel }) => {
      const contact = decided.get(key);
      return contactId !== key || contact?.customerId !== customerId || contact.channel !== channel;
    })
    .map(({ key, contactId }) => `${contactId} came under the key ${key}, as nobody decided`);
  const occasions = contacts.filter(({ contactId }) => provider.taken.has(contactId)).map(({ occasion }) => occasion);
  return [...strange, ...repeated(occasions).map((occasion) => `${occasion} counts more than once`)];
}

function onceFindings({ provider }: DeliveryEvidence): string[] {
  const keys = provider.arrivals.filter(({ channel, mood }) => channel === AT_MOST_ONCE && mood !== 'has too much');
  return repeated(keys.map(({ key }) => key)).map((key) => `${key} came more than once`);
}

function expiredFindings({ contacts, provider, stops }: DeliveryEvidence): string[] {
  const sendBy = new Map(contacts.map((contact) => [contact.contactId, contact.sendBy]));
  return provider.arrivals.flatMap((arrival) => {
    const endMs = sendBy.get(arrival.contactId) ?? 0;
    const isSentLate = arrival.sentMs > endMs + STEP_MS;
    const isLate = arrival.atMs > endMs + ON_THE_WAY_MS && !wasStopped(arrival, stops);
    return isSentLate || isLate ? [`${arrival.contactId} was sent ${arrival.sentMs - endMs} ms after its time`] : [];
  });
}

function wasStopped({ sentMs, atMs }: Arrival, stops: DeliveryEvidence['stops']): boolean {
  return stops.some(({ fromMs, toMs }) => sentMs <= toMs && atMs >= fromMs);
}

function quietFindings({ provider }: DeliveryEvidence, quiet: QuietMinutes): string[] {
  return provider.arrivals
    .filter(({ customerId, sentMs }) => {
      return quiet.isQuiet(customerId, sentMs) && quiet.isQuiet(customerId, sentMs - STEP_MS);
    })
    .map(({ contactId, sentMs }) => `${contactId} was sent in a quiet minute: ${new Date(sentMs).toISOString()}`);
}

function consentFindings({ provider, withdrawals }: DeliveryEvidence): string[] {
  const withdrawnMs = new Map<string, number>();
  for (const { customerId, atMs } of withdrawals) {
    withdrawnMs.set(customerId, Math.min(atMs, withdrawnMs.get(customerId) ?? Number.POSITIVE_INFINITY));
  }
  return provider.arrivals.flatMap(({ contactId, customerId, kind, sentMs }) => {
    const sinceMs = sentMs - (withdrawnMs.get(customerId) ?? Number.POSITIVE_INFINITY);
    const isWrong = kind === 'marketing' && sinceMs > LOOK_HOLDS_MS + STEP_MS;
    return isWrong ? [`${contactId} was sent ${sinceMs} ms after the consent was withdrawn`] : [];
  });
}

/** What the customer's state says is what the provider knows; where neither can know, it is unknown. */
function agreementFindings({ contactId, channel, standing }: DecidedContact, { provider }: DeliveryEvidence): string[] {
  const isTaken = provider.taken.has(contactId);
  const told = provider.callbacks.find((callback) => callback.contactId === contactId && callback.taken > 0);
  const allowed = allowedStandings(channel, isTaken, told?.status);
  const knows = told?.status ?? (isTaken ? 'taken' : 'not taken');
  return allowed.includes(standing) ? [] : [`${contactId} is ${standing}, and with the provider ${knows}`];
}

function allowedStandings(channel: string, isTaken: boolean, reported: string | undefined): readonly string[] {
  if (reported === 'delivered') return ['confirmed'];
  if (reported === 'failed') return ['released', 'cancelled'];
  if (!isTaken) return ['released', 'cancelled', 'unknown'];
  return channel === AT_MOST_ONCE ? ['confirmed', 'unknown'] : [];
}

function repeated(items: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([item]) => item);
}
