import { INPUT_TOPICS } from '@holdfast/events';
import { contactStanding } from '@holdfast/telecom';
import type { Evidence, Rules, ShardEvidence } from '../evidence.ts';
import { AT_MOST_ONCE, IDEMPOTENT } from './battlefield-files.ts';
import type { HeldOptOut } from './opt-outs.ts';
import type { ProviderRecord } from './recording-provider.ts';

/** All that is known of deliveries at rest, from the log, the states and the provider. */
export interface DeliveryEvidence {
  readonly contacts: readonly DecidedContact[];
  readonly withdrawals: readonly Withdrawal[];
  readonly provider: ProviderRecord;
  /** When a dispatcher stood still, ms: what it had written to its sockets arrives whenever it does. */
  readonly stops: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** A contact decided for the provider. */
export interface DecidedContact {
  readonly contactId: string;
  readonly customerId: string;
  readonly channel: string;
  readonly sendBy: number;
  /** One for each step of a play on an occasion. */
  readonly occasion: string;
  /** How it ended in the state of the customer. */
  readonly standing: string;
  /** Statuses that were reported, in the order of the log. */
  readonly reports: readonly string[];
}

/** From this moment on nothing of marketing may be sent, ms. */
export interface Withdrawal {
  readonly customerId: string;
  readonly atMs: number;
}

export interface DeliverySources {
  readonly rules: Rules;
  readonly provider: ProviderRecord;
  readonly held: readonly HeldOptOut[];
  readonly stops: DeliveryEvidence['stops'];
}

const PROVIDER_CHANNELS: ReadonlySet<string> = new Set([IDEMPOTENT, AT_MOST_ONCE]);

export async function gatherDeliveries(
  { shards }: Evidence,
  { rules, provider, held, stops }: DeliverySources,
): Promise<DeliveryEvidence> {
  const told = await Promise.all(shards.map((shard) => interactionsIn(shard, rules)));
  const reports = Map.groupBy(
    told.flatMap(({ reported }) => reported),
    ({ contactId }) => contactId,
  );
  const said = (contactId: string) => (reports.get(contactId) ?? []).map(({ status }) => status);
  return {
    ...{ provider, stops },
    contacts: shards.flatMap((shard) => contactsOf(shard, said)),
    withdrawals: [
      ...told.flatMap(({ withdrawn }) => withdrawn),
      ...held.map(({ customerId, acceptedMs }) => ({ customerId, atMs: acceptedMs })),
    ],
  };
}

function contactsOf(
  { decisions, stored }: ShardEvidence,
  said: (contactId: string) => readonly string[],
): DecidedContact[] {
  const decided = new Map(decisions.map(({ decision }) => [decision.contactId, decision]));
  return [...decided.values()].flatMap((decision) => {
    const { contactId, customerId, channel, outcome, trigger, occasion, step, sendBy } = decision;
    if (outcome !== 'contact' || !PROVIDER_CHANNELS.has(channel)) return [];
    const standing = contactStanding(stored.states.get(customerId) ?? null, contactId, stored.readAtMs);
    return {
      ...{ contactId, customerId, channel, sendBy: sendBy ?? 0 },
      occasion: [customerId, trigger, occasion, step].join(' '),
      standing: standing.kind === 'closed' ? standing.status : standing.kind,
      reports: said(contactId),
    };
  });
}

/** Reports and withdrawals of a shard; a withdrawal counts from its commit on. */
async function interactionsIn({ log }: ShardEvidence, { topology }: Rules) {
  const committed = new Map(
    log.journal.flatMap((line) =>
      'topic' in line ? [[`${line.topic}@${line.offset}`, line.committedAtMs] as const] : [],
    ),
  );
  const reported: { contactId: string; status: string }[] = [];
  const withdrawn: Withdrawal[] = [];
  for (const topic of [INPUT_TOPICS.interaction, INPUT_TOPICS.customer]) {
    for (const record of log.inputs.get(topic) ?? []) {
      const decoded = await topology.decode(record);
      if (decoded.kind !== 'event') continue;
      const { event } = decoded;
      if (event.type === 'DeliveryReported') reported.push(event);
      const atMs = committed.get(`${topic}@${record.offset}`);
      if (event.type === 'ConsentChanged' && !event.granted && atMs !== undefined) {
        withdrawn.push({ customerId: event.customerId, atMs });
      }
    }
  }
  return { reported, withdrawn };
}
