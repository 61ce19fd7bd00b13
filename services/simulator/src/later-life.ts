import type { EventInput } from '@holdfast/events';
import type { GroundTruth } from './ground-truth.ts';
import { DAY_MS } from './habits.ts';
import { createRandom } from './random.ts';

/** A customer from a moment on. */
export interface LaterLife {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly feed: string;
  readonly fromMs: number;
  readonly hasAccepted: boolean;
}

/** How long it is told. */
export const LATER_DAYS = 90;
const MONTH_DAYS = 30;
const FIRST_BILL_DAY = 15;

/**
 * What becomes of a customer within 90 days: bills he pays until he leaves, if he does. Who would leave, and when, is drawn
 * from the customer and the seed alone; an accepted offer keeps the share of them that the truth says. So two runs that
 * differ in what was offered differ in what it did, and in nothing else.
 */
export function livesOn(life: LaterLife, truth: GroundTruth, seed: number): readonly EventInput[] {
  const random = createRandom(`${seed}/later/${life.customerId}`);
  const [wouldLeave, isKept, day] = [random() < truth.leaving, random() < truth.kept, 1 + random() * (LATER_DAYS - 1)];
  const leavesMs = wouldLeave && !(isKept && life.hasAccepted) ? Math.floor(life.fromMs + day * DAY_MS) : undefined;
  const bills = Array.from({ length: LATER_DAYS / MONTH_DAYS }, (_, month) => paid(life, truth, month));
  const untilMs = leavesMs ?? Number.POSITIVE_INFINITY;
  return [...bills.filter(({ occurredAt }) => occurredAt < untilMs), ...(leavesMs ? [left(life, leavesMs)] : [])];
}

function paid({ customerId, feed, fromMs, hasAccepted }: LaterLife, truth: GroundTruth, month: number): EventInput {
  const billId = `later-${customerId}-${month}`;
  const occurredAt = fromMs + (FIRST_BILL_DAY + month * MONTH_DAYS) * DAY_MS;
  const amountMinor = hasAccepted ? truth.monthlyAcceptedMinor : truth.monthlyMinor;
  const about = { source: feed, eventId: billId, customerId, billId, occurredAt } as const;
  return { ...about, type: 'BillPaid', amountMinor, currency: 'CNY' };
}

function left({ customerId, subscriptionId, feed }: LaterLife, occurredAt: number): EventInput {
  const eventId = `left-${customerId}`;
  return {
    type: 'SubscriptionTerminated',
    source: feed,
    eventId,
    customerId,
    subscriptionId,
    occurredAt,
    reason: 'moved',
  };
}
