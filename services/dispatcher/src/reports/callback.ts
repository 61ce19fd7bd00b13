import type { CallbackPlan } from '../channels/channel-plan.ts';
import { textAt } from '../channels/json-path.ts';
import type { ProviderReport, ReportedStatus } from './report-taker.ts';

const CONTACT_ID = /^[a-z][a-z0-9_-]{0,127}$/i;
const REFERENCE_MAX = 200;
const DETAIL_MAX = 200;

/**
 * Reads the report or the list of reports of a callback; words that mean nothing to us are left out. Undefined for a
 * body that is no report.
 */
export function reportsIn(body: unknown, plan: CallbackPlan, channel: string): readonly ProviderReport[] | undefined {
  const reports = (Array.isArray(body) ? body : [body]).map((entry) => reportIn(entry, plan, channel));
  return reports.includes(undefined) ? undefined : reports.flatMap((found) => found ?? []);
}

function reportIn(body: unknown, plan: CallbackPlan, channel: string): readonly ProviderReport[] | undefined {
  const word = textAt(body, plan.status);
  if (word === undefined) return undefined;
  const contactId = textAt(body, plan.contactId);
  const reference = textAt(body, plan.reference);
  const isNamed = contactId === undefined ? reference !== undefined : CONTACT_ID.test(contactId);
  if (!isNamed) return undefined;
  const status = meaningOf(word, plan);
  if (status === undefined) return [];
  const detail = status === 'FAILED' || status === 'EXPIRED' ? (textAt(body, plan.detail) ?? '') : '';
  return [
    { channel, contactId, reference: reference?.slice(0, REFERENCE_MAX), status, detail: detail.slice(0, DETAIL_MAX) },
  ];
}

function meaningOf(word: string, { words }: CallbackPlan): ReportedStatus | undefined {
  if (words.delivered.includes(word)) return 'DELIVERED';
  if (words.failed.includes(word)) return 'FAILED';
  if (words.seen.includes(word)) return 'SEEN';
  return words.expired.includes(word) ? 'EXPIRED' : undefined;
}
