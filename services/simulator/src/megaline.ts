import type { EventInput } from '@holdfast/events';
import { createBadRows } from './bad-rows.ts';
import { type DatedUse, type MegalineFiles, readPlans, readUsers, readUses, type User } from './megaline-rows.ts';
import { type CustomerHistory, customerIdOf, type Naming, type Recording, recordedFeed } from './recording.ts';
import { syntheticTime } from './synthetic-time.ts';

export interface MegalineOptions {
  /** Only the last so many days. */
  readonly days?: number;
}

/** A fictional operator's year, known by date only. The mapping is described in the README. */
export function readMegaline(files: MegalineFiles, naming: Naming, options: MegalineOptions = {}): Recording {
  const badRows = createBadRows();
  const plans = readPlans(files.plans, badRows.add);
  const users = readUsers(files.users, plans, badRows.add);
  const dated = [...readUses(files, users, badRows.add)];
  const startMs = firstDay(dated, options.days);
  const feed = recordedFeed('megaline', naming);
  const byUser = Map.groupBy(
    dated.filter(({ dayMs }) => dayMs >= startMs),
    ({ user }) => user.id,
  );
  const telling = { startMs, feed, naming };
  return {
    name: 'megaline',
    feed,
    timing: 'recorded',
    histories: [...byUser].flatMap(([id, own]) => historyOf(users.get(id), own, telling) ?? []),
    badRows,
    notes: [
      'megaline: the operator is fictional; the time of day of its records is synthetic, and with it what falls on home hours',
      'megaline: calls of no length are taken as failed calls',
    ],
  };
}

const DAY_MS = 86_400_000;

/** Midnight of the first day replayed. */
function firstDay(dated: readonly DatedUse[], days: number | undefined): number {
  let last = Number.NEGATIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  for (const { dayMs } of dated) {
    last = Math.max(last, dayMs);
    first = Math.min(first, dayMs);
  }
  return days === undefined ? first : Math.max(first, last - (days - 1) * DAY_MS);
}

/** Only for what is replayed: placing a use in its day is the costly part. */
function useOf({ dayMs, id, kind, amount }: DatedUse) {
  const eventId = `${kind.toLowerCase()}-${id}`;
  const { hour, ms } = syntheticTime(kind, eventId);
  const durationSeconds = kind === 'VOICE' ? Math.round(amount * 60) : 0;
  const quantityMb = kind === 'DATA' ? amount : 0;
  return { eventId, atMs: dayMs + ms, kind, localHour: hour, durationSeconds, quantityMb };
}

interface Telling {
  readonly startMs: number;
  readonly feed: string;
  readonly naming: Naming;
}

/** The line begins with the part that is replayed: what came before is not told, so it must not count as no usage. */
function historyOf(
  user: User | undefined,
  dated: readonly DatedUse[],
  { startMs, feed, naming }: Telling,
): CustomerHistory | undefined {
  if (!user) return undefined;
  const customerId = customerIdOf('mega', user.id, naming);
  const subscriptionId = `${customerId}-mobile`;
  const uses = dated.map(useOf);
  // A few people use the network on days before their registration.
  const firstMs = uses.reduce((least, use) => Math.min(least, use.atMs), Number.POSITIVE_INFINITY);
  const at = Math.min(Math.max(startMs, user.registeredMs), firstMs);
  const start = { source: feed, customerId, occurredAt: at };
  const { plan } = user;
  const events: EventInput[] = [
    {
      ...start,
      type: 'CustomerRegistered',
      eventId: `registered-${user.id}`,
      city: user.city,
      birthYear: user.birthYear ?? null,
    },
    {
      ...start,
      type: 'SubscriptionActivated',
      eventId: `activated-${user.id}`,
      subscriptionId,
      product: 'MOBILE',
      plan: plan.name,
      dataAllowanceMb: plan.dataMb,
      voiceAllowanceMinutes: plan.minutes,
      smsAllowance: plan.messages,
      monthlyFeeMinor: plan.feeMinor,
      currency: 'USD',
      cycleDay: 1,
    },
  ];
  for (const { eventId, atMs, kind, localHour, durationSeconds, quantityMb } of uses) {
    const failed = kind === 'VOICE' && durationSeconds === 0;
    const usage = { type: 'UsageRecorded', kind, localHour, durationSeconds, quantityMb, failed } as const;
    events.push({ ...usage, source: feed, eventId, occurredAt: atMs, customerId, subscriptionId });
  }
  return { person: `mega-${user.id}`, customerId, subscriptionId, events };
}
