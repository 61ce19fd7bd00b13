import { type CustomerRecords, customerView } from '@holdfast/telecom';
import { isoOf } from '../http/instant-text.ts';
import type { KnownCustomer } from './customer-reader.ts';
import { profileOf } from './profile.ts';

/** What another store has of a customer, for the export. */
export interface ExportSource {
  /** Name of the part in the document, and what it is in words. */
  readonly name: string;
  readonly holds: string;
  read(customerId: string): Promise<readonly unknown[]>;
}

export const EXPORT_FORMAT = 'holdfast.customer-export';
/** Raised when a part changes its meaning or goes; parts may be added. */
export const EXPORT_VERSION = 1;

const HAS: Readonly<Record<string, string>> = {
  profile:
    'Attributes, features, lines, consents, exclusions, complaints, household, who looks after him, enrolments, plans.',
  households: 'Every household he was told to belong to.',
  timers: 'When he is looked at next.',
  contacts: 'Contacts in the ledger, planned and past, with what became of them; the newest 48.',
  enrolments: 'Arm and variant in each campaign, and what became of him since.',
  plans: 'Campaigns with steps that run for him, and the last that ended.',
  firings: 'Triggers that had their turn on an occasion.',
  events: 'What happened to him, as it was told, uses left out; as many as the shard keeps.',
  unfoldedEvents: 'Events told through a gateway that his shard has not folded yet; the profile counts them in.',
  decisions: 'Decisions with evidence and all candidates named; the newest ten of the last 90 days.',
};

const HAS_NOT: readonly string[] = [
  'Single uses (calls, messages, data) and events that are older than those kept: they are in the log for its retention, and in the archive where one is kept. His features say what they came to.',
  'Decisions that are older than those kept: in the log and the archive as well.',
  'Alerts in the feed of the call centre, jobs of the queue and marks of delivery: they repeat decisions and contacts.',
  'Recommendations of the last day and what subscribers were sent: they repeat decisions, contacts and events.',
  'Figures of campaigns, metrics and logs: they name nobody.',
  'The audit log of who looked at him: it knows him by a pseudonym.',
];

export interface ExportInput {
  readonly customer: KnownCustomer;
  readonly records: CustomerRecords;
  readonly sources: readonly ExportSource[];
  readonly nowMs: number;
}

/**
 * Everything known of a customer as one JSON document, in pieces: what other stores have is read when its turn comes. Rejects
 * in the middle when one of them cannot be read; the document is cut then, and no JSON.
 */
export async function* exportDocument({ customer, records, sources, nowMs }: ExportInput): AsyncGenerator<string> {
  const { customerId, state, policy, unfolded } = customer;
  const { households, timers, contacts, enrolments, plans, firings } = customerView(customerId, state, policy, nowMs);
  const head = {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    exportedAt: isoOf(nowMs),
    customerId,
    has: { ...HAS, ...Object.fromEntries(sources.map(({ name, holds }) => [name, holds])) },
    hasNot: HAS_NOT,
    unreadable: records.unreadable.length,
    profile: profileOf(customer, { nowMs, isBlind: false }),
    ...{ households, timers, contacts, enrolments, plans, firings },
  };
  yield JSON.stringify(head).slice(0, -1);
  yield* listed('events', records.events);
  yield* listed('unfoldedEvents', unfolded);
  yield* listed('decisions', records.decisions);
  for (const { name, read } of sources) yield* listed(name, await read(customerId));
  yield '}';
}

function* listed(name: string, items: readonly unknown[]): Generator<string> {
  yield `,${JSON.stringify(name)}:[`;
  for (const [index, item] of items.entries()) yield (index === 0 ? '' : ',') + JSON.stringify(item);
  yield ']';
}
