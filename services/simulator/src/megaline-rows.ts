import type { BadRow } from './bad-rows.ts';
import { csvRows, numberIn, type Row } from './csv.ts';
import type { HOUR_WEIGHTS } from './synthetic-time.ts';

export interface MegalineFiles {
  readonly users: string;
  readonly plans: string;
  readonly calls: string;
  readonly messages: string;
  readonly internet: string;
}

export interface Plan {
  readonly name: string;
  readonly dataMb: number;
  readonly minutes: number;
  readonly messages: number;
  readonly feeMinor: number;
}

export interface User {
  readonly id: string;
  readonly plan: Plan;
  readonly city: string;
  readonly birthYear: number | undefined;
  readonly registeredMs: number;
}

/** A use on a day; what time it was is not recorded. */
export interface DatedUse {
  readonly user: User;
  /** Midnight UTC of its day, ms. */
  readonly dayMs: number;
  readonly id: string;
  readonly kind: keyof typeof HOUR_WEIGHTS;
  /** Minutes of a call, MB of a session. */
  readonly amount: number;
}

/** The year the recording is about: ages are as of it. */
const RECORDED_YEAR = 2018;

const PLAN_COLUMNS = [
  'plan_name',
  'mb_per_month_included',
  'minutes_included',
  'messages_included',
  'usd_monthly_pay',
] as const;

export function readPlans(text: string, bad: (row: BadRow) => void): Map<string, Plan> {
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

export function readUsers(
  text: string,
  plans: ReadonlyMap<string, Plan>,
  bad: (row: BadRow) => void,
): Map<string, User> {
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
  readonly kind: DatedUse['kind'];
  readonly dateColumn: C;
  readonly amountColumn?: C;
}

export function* readUses(
  files: MegalineFiles,
  users: ReadonlyMap<string, User>,
  bad: (row: BadRow) => void,
): Generator<DatedUse> {
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
): Generator<DatedUse> {
  const columns: readonly (C | 'id' | 'user_id')[] = [
    'id',
    'user_id',
    dateColumn,
    ...(amountColumn ? [amountColumn] : []),
  ];
  const dayOf = createDateReader();
  for (const { line, row } of csvRows({ file, text, columns }, bad)) {
    const values: Row<string> = row;
    const user = users.get(values.user_id ?? '');
    const dayMs = dayOf(values[dateColumn] ?? '');
    const amount = amountColumn ? numberIn(values[amountColumn] ?? '') : 0;
    if (!user || dayMs === undefined || amount === undefined || amount < 0) {
      bad({ file, line, reason: user ? 'no date or no amount' : 'the user is not known' });
      continue;
    }
    yield { user, dayMs, id: values.id ?? '', kind, amount };
  }
}

/** Few dates, many rows: each date is parsed once. */
function createDateReader(): (text: string) => number | undefined {
  const known = new Map<string, number | undefined>();
  return (text) => {
    if (!known.has(text)) known.set(text, dateIn(text));
    return known.get(text);
  };
}

/** Midnight UTC of an ISO date. */
function dateIn(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) ? ms : undefined;
}
