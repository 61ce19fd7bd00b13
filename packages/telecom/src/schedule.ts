import type { StepContext } from '@holdfast/engine';
import { type CompiledPolicy, type CompiledTrigger, type Schedule, TOLD_DAYS } from '@holdfast/policy';
import { type CustomerDay, createCustomerDays, type LocalMoment } from './customer-days.ts';
import type { CustomerState } from './customer-state.ts';
import { answerTrigger } from './deciding.ts';
import type { EffectCollector } from './effects.ts';
import { hasFired, markFired } from './firings.ts';
import { knownSince } from './lines.ts';
import { dateOccasion } from './occasion.ts';
import { customerScope, cycleOf, type Surroundings, slotsOf, timeZoneOf } from './scope.ts';

/** One for all: it remembers what days come to, which is the same for everybody who asks. */
const days = createCustomerDays();

/** The wall timer of the day that comes first; undefined when no trigger of the policy waits for a day. */
export function nextDay(state: CustomerState, policy: CompiledPolicy): number | undefined {
  let first: number | undefined;
  for (const trigger of policy.scheduled) {
    const day = dayOf(state, trigger, policy);
    if (day && (first === undefined || day.dueMs < first)) first = day.dueMs;
  }
  return first;
}

/** Answers the days that have come. Each has its turn once, fired or not; one noticed too late does not fire. */
export function answerDays(
  state: CustomerState,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): void {
  for (const trigger of surroundings.policy.scheduled) {
    const day = dayOf(state, trigger, surroundings.policy);
    if (!day || day.dueMs > context.nowMs) continue;
    if (answerDay(state, trigger, day, context, surroundings, effects)) continue;
    const firing = { trigger: trigger.id, occasion: dateOccasion(day.date), at: context.nowMs, isLatched: false };
    if (markFired(state.dealings.change(), firing)) effects.trimmed();
  }
}

function answerDay(
  state: CustomerState,
  trigger: CompiledTrigger,
  { date, dueMs }: CustomerDay,
  context: StepContext,
  surroundings: Surroundings,
  effects: EffectCollector,
): boolean {
  if (context.nowMs - dueMs > trigger.freshnessMs) return false;
  const cycle = cycleOf(state, dueMs, surroundings.calendar);
  const scope = customerScope(state, { asOfMs: dueMs, cycle }, surroundings);
  if (trigger.when.evaluate(scope) !== 'true') return false;
  const occasion = dateOccasion(date);
  answerTrigger(state, { trigger, occasion, scope, triggerScope: scope }, context, surroundings, effects);
  return true;
}

/**
 * The first day that was not answered and may still fire. What lies further behind the customer's latest event than the
 * trigger's freshness is over: without it, somebody who joined ten years ago would have ten timers to go through.
 */
export function dayOf(state: CustomerState, trigger: CompiledTrigger, policy: CompiledPolicy): CustomerDay | undefined {
  const { schedule } = trigger;
  if (!schedule) return undefined;
  const fromMs = state.lastEventAt - trigger.freshnessMs;
  const day = dayFrom(state, schedule, fromMs, policy);
  if (!day || !isAnswered(state, trigger, day)) return day;
  return schedule.every === 'contract-end' ? undefined : dayFrom(state, schedule, day.dueMs + 1, policy);
}

function isAnswered(state: CustomerState, trigger: CompiledTrigger, { date }: CustomerDay): boolean {
  const dealings = state.dealings.read();
  return dealings.firings.length > 0 && hasFired(dealings, trigger.id, dateOccasion(date));
}

function dayFrom(
  state: CustomerState,
  schedule: Schedule,
  fromMs: number,
  policy: CompiledPolicy,
): CustomerDay | undefined {
  const origin = originOf(state, schedule.every, policy);
  if (origin === undefined) return undefined;
  const since = { ...origin, timeZone: timeZoneOf(state) };
  if (schedule.every !== 'contract-end') return days.anniversary(since, schedule, fromMs);
  const day = days.day(since, schedule);
  return day.dueMs >= fromMs ? day : undefined;
}

type Origin = Omit<LocalMoment, 'timeZone'>;

function originOf(state: CustomerState, every: Schedule['every'], policy: CompiledPolicy): Origin | undefined {
  const sinceMs = every === 'anniversary' ? customerSince(state) : undefined;
  if (sinceMs !== undefined) return { sinceMs };
  if (every === 'birthday') return birthDate(state, policy);
  return every === 'contract-end' ? contractEnd(state, policy) : undefined;
}

/** Since when he is one of ours: told, or as early as his first line. */
function customerSince(state: CustomerState): number | undefined {
  const facts = state.facts.read();
  const lineSince = knownSince(facts);
  if (facts.registeredAt === 0) return lineSince;
  return Math.min(facts.registeredAt, lineSince ?? facts.registeredAt);
}

/** A change tells it better than the registration did. */
function birthDate(state: CustomerState, policy: CompiledPolicy): Origin | undefined {
  const day = toldDays(state, 'birthday', policy).findLast((told) => told !== undefined);
  return day === undefined ? undefined : { sinceMs: day * DAY_MS, isDate: true };
}

/** The latest end that a source told last, over all lines; undefined when none did. */
function contractEnd(state: CustomerState, policy: CompiledPolicy): Origin | undefined {
  const latest = Math.max(...toldDays(state, 'contract-end', policy).map((told) => told ?? 0));
  return latest > 0 && latest < YEAR_10000_MS ? { sinceMs: latest } : undefined;
}

function toldDays(
  state: CustomerState,
  day: keyof typeof TOLD_DAYS,
  policy: CompiledPolicy,
): readonly (number | undefined)[] {
  const slots = slotsOf(state, policy);
  return TOLD_DAYS[day].map((name) => policy.features.reader(name)?.(slots, ALWAYS));
}

const DAY_MS = 86_400_000;

/** "No end" is written as a day far off by some sources; calendars end there. */
const YEAR_10000_MS = 253_402_300_800_000;

/** As of the end of all times: what was told last, whenever that was. */
const ALWAYS = { asOfMs: Number.MAX_SAFE_INTEGER, cycleStartMs: 0 };
