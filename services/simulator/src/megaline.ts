import type { EventInput } from '@holdfast/events';
import { type BadRow, createBadRows } from './bad-rows.ts';
import { csvRows, numberIn, type Row } from './csv.ts';
import { type CustomerHistory, customerIdOf, type Naming, type Recording, recordedFeed } from './recording.ts';
import { type HOUR_WEIGHTS, syntheticTime } from './synthetic-time.ts';

export interface MegalineFiles {
  readonly users: string;
  readonly plans: string;
  readonly calls: string;
  readonly messages: string;
  readonly internet: string;
}

export interface MegalineOptions {
  /** Only the last so many days. */
  readonly days?: number;
}

/** A fictional operator's year, known by date only. The mapping is described in the README. */
export function readMegaline(files: MegalineFiles, naming: Naming, options: MegalineOptions = {}): Recording {
  const badRows = createBadRows();
  const plans = readPlans(files.plans, badRows.add);
  const users = readUsers(files.users, plans, badRows.add);
  const uses = [...readUses(files, users, badRows.add)];
  const { startMs, endMs } = span(uses, options.days);
  const feed = recordedFeed('megaline', naming);
  const byUser = Map.groupBy(
    uses.filter((use) => use.atMs >= startMs && use.atMs < endMs),
    (use) => use.user.id,
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

interface Plan {
  readonly name: string;
  readonly dataMb: number;
  readonly minutes: number;
  readonly messages: number;
  readonly feeMinor: number;
}

interface User {
  readonly id: string;
  readonly plan: Plan;
  readonly city: string;
  readonly birthYear: number | undefined;
  readonly registeredMs: number;
}

interface Use {
  readonly user: User;
  readonly atMs: number;
  readonly localHour: number;
  readonly eventId: string;
  readonly kind: keyof typeof HOUR_WEIGHTS;
  readonly durationSeconds: number;
  readonly quantityMb: number;
}

const DAY_MS = 86_400_000;
/** The year the recording is about: ages are as of it. */
const RECORDED_YEAR = 2018;

const PLAN_COLUMNS = [
  'plan_name',
  'mb_per_month_included',
  'minutes_included',
  'messages_included',
  'usd_monthly_pay',
] as const;

function readPlans(text: string, bad: (row: BadRow) => void): Map<string, Plan> {
  const file = 'megaline_plans.csv';
  const plans = new Map<string, Plan>();
  for (const { line, row } of csvRows({ file, text, columns: PLAN_COLUMNS }, bad)) {
    const [dataMb, minutes, messages, fee] = [
      numberIn(row.mb_per_month_included),
      numberIn(row.minutes_included),
      numberIn(row.messages_included),
      numberIn(row.usd_monthly_pay),
    ];
    if (dataMb === undefined || minutes === undefined || messages === undefined || fee === undefined) {
      bad({ file, line, reason: 'a quota or the price is no number' });
      continue;
    }
    plans.set(row.plan_name, { name: row.plan_name, dataMb, minutes, messages, feeMinor: Math.round(fee * 100) });
  }
  return plans;
}

const USER_COLUMNS = ['user_id', 'age', 'city', 'reg_date', 'plan'] as const;

function readUsers(text: string, plans: ReadonlyMap<string, Plan>, bad: (row: BadRow) => void): Map<string, User> {
  const file = 'megaline_users.csv';
  const users = new Map<string, User>();
  for (const { line, row } of csvRows({ file, text, columns: USER_COLUMNS }, bad)) {
    const plan = plans.get(row.plan);
    const registeredMs = dateIn(row.reg_date);
    const age = numberIn(row.age);
    if (!plan || registeredMs === undefined || row.user_id === '') {
      bad({ file, line, reason: plan ? 'no user or registration date' : `there is no plan ${row.plan.slice(0, 40)}` });
      continue;
    }
    const birthYear = age === undefined ? undefined : RECORDED_YEAR - age;
    users.set(row.user_id, { id: row.user_id, plan, city: row.city, birthYear, registeredMs });
  }
  return users;
}

interface UseFile<C extends string> {
  readonly file: string;
  readonly text: string;
  readonly kind: Use['kind'];
  readonly dateColumn: C;
  readonly amountColumn?: C;
}

function* readUses(files: MegalineFiles, users: ReadonlyMap<string, User>, bad: (row: BadRow) => void): Generator<Use> {
  const { calls, messages, internet } = files;
  const of = { users, bad };
  yield* usesOf(
    { file: 'megaline_calls.csv', text: calls, kind: 'VOICE', dateColumn: 'call_date', amountColumn: 'duration' },
    of,
  );
  yield* usesOf({ file: 'megaline_messages.csv', text: messages, kind: 'SMS', dateColumn: 'message_date' }, of);
  yield* usesOf(
    {
      file: 'megaline_internet.csv',
      text: internet,
      kind: 'DATA',
      dateColumn: 'session_date',
      amountColumn: 'mb_used',
    },
    of,
  );
}

function* usesOf<C extends string>(
  { file, text, kind, dateColumn, amountColumn }: UseFile<C>,
  { users, bad }: { readonly users: ReadonlyMap<string, User>; readonly bad: (row: BadRow) => void },
): Generator<Use> {
  const columns: readonly (C | 'id' | 'user_id')[] = [
    'id',
    'user_id',
    dateColumn,
    ...(amountColumn ? [amountColumn] : []),
  ];
  for (const { line, row } of csvRows({ file, text, columns }, bad)) {
    const values: Row<string> = row;
    const user = users.get(values.user_id ?? '');
    const dayMs = dateIn(values[dateColumn] ?? '');
    const amount = amountColumn ? numberIn(values[amountColumn] ?? '') : 0;
    if (!user || dayMs === undefined || amount === undefined || amount < 0) {
      bad({ file, line, reason: user ? 'no date or no amount' : 'the user is not known' });
      continue;
    }
    const eventId = `${kind.toLowerCase()}-${values.id}`;
    const { hour, ms } = syntheticTime(kind, eventId);
    const durationSeconds = kind === 'VOICE' ? Math.round(amount * 60) : 0;
    const quantityMb = kind === 'DATA' ? amount : 0;
    yield { user, atMs: dayMs + ms, localHour: hour, eventId, kind, durationSeconds, quantityMb };
  }
}

/** `[startMs, endMs)`: whole days, up to and with the last one there is. */
function span(uses: readonly Use[], days: number | undefined): { readonly startMs: number; readonly endMs: number } {
  let last = 0;
  let first = Number.POSITIVE_INFINITY;
  for (const { atMs } of uses) {
    last = Math.max(last, atMs);
    first = Math.min(first, atMs);
  }
  const endMs = (Math.floor(last / DAY_MS) + 1) * DAY_MS;
  const begin = Math.floor(Math.min(first, last) / DAY_MS) * DAY_MS;
  return { startMs: days === undefined ? begin : Math.max(begin, endMs - days * DAY_MS), endMs };
}

interface Telling {
  readonly startMs: number;
  readonly feed: string;
  readonly naming: Naming;
}

/** The line begins with the part that is replayed: what came before is not told, so it must not count as no usage. */
function historyOf(
  user: User | undefined,
  uses: readonly Use[],
  { startMs, feed, naming }: Telling,
): CustomerHistory | undefined {
  if (!user) return undefined;
  const customerId = customerIdOf('mega', user.id, naming);
  const subscriptionId = `${customerId}-mobile`;
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

/** Midnight UTC of an ISO date. */
function dateIn(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) ? ms : undefined;
}
