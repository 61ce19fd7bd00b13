import type { Effects, OutboxMessage, ShardContext, TallyChange } from '@holdfast/engine';
import { type BudgetAsked, type BudgetGranted, CONTROL_TOPIC } from '@holdfast/events';
import { type Amounts, BUDGET_UNITS, type BudgetBooks, type Budgets, type EncodeBudget, sharingOf } from './budgets.ts';
import { OWN_SOURCE } from './decision-record.ts';
import { type BudgetUnit, tallyNames } from './tally-names.ts';

/** What of the control topic says what kind of record it is. */
export const KIND_HEADER = 'holdfast-kind';
export const ASKED_KIND = 'budget-asked';
export const GRANTED_KIND = 'budget-granted';

/** Keeps the pools of all budgets. */
export const POOL_PARTITION = 0;

type Told = ShardContext & { readonly budgets: Budgets };

/**
 * What the shard is told of budgets: it asks, if it keeps the pool, or was answered. Both name totals, so that a record that
 * comes twice, late or in another order changes nothing.
 */
export function stepBudget(event: BudgetAsked | BudgetGranted, told: Told, encode: EncodeBudget) {
  const refused = refusalOf(event, told);
  if (refused) return { refused };
  return event.type === 'BudgetAsked' ? grant(event, told, encode) : takeGrant(event, told);
}

function refusalOf(event: BudgetAsked | BudgetGranted, { partition, partitionCount, budgets }: Told) {
  const { campaign } = event;
  const place = event.type === 'BudgetAsked' ? POOL_PARTITION : event.partition;
  const amounts = Object.values(amountsIn(event));
  if (partition !== place || !isPartition(event.partition, partitionCount)) {
    return { code: 'budget-misplaced', message: `${event.type} of partition ${event.partition} is not for this shard` };
  }
  if (!amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 0)) {
    return {
      code: 'budget-amount',
      message: `${event.type} names ${amounts.join(' and ')}; amounts are integers from 0 on`,
    };
  }
  if (budgets.plans.has(campaign)) return undefined;
  return { code: 'budget-unknown', message: `the policy in force has no budget of a campaign ${campaign}` };
}

function isPartition(partition: number, partitionCount: number): boolean {
  return Number.isInteger(partition) && partition >= 0 && partition < partitionCount;
}

function amountsIn(event: BudgetAsked | BudgetGranted): Amounts {
  if (event.type === 'BudgetAsked') return { minor: event.grantedMinor, pieces: event.grantedPieces };
  return { minor: event.totalMinor, pieces: event.totalPieces };
}

/** Grants a chunk of each unit, as far as the pool has it. Who has not heard of the last grant is told it again. */
function grant(asked: BudgetAsked, told: Told, encode: EncodeBudget): Effects {
  const { campaign, partition } = asked;
  const had = amountsIn(asked);
  const totals = {
    minor: totalFor(asked, 'minor', had.minor, told),
    pieces: totalFor(asked, 'pieces', had.pieces, told),
  };
  const tallies = BUDGET_UNITS.map((unit): TallyChange => {
    const name = tallyNames.given(campaign, unit, partition);
    return { name, by: totals[unit] - told.tally(name) };
  });
  const isNews = BUDGET_UNITS.some((unit) => totals[unit] > had[unit]);
  const granted: BudgetGranted = {
    type: 'BudgetGranted',
    eventId: `${campaign}:${partition}:${totals.minor}:${totals.pieces}`,
    source: OWN_SOURCE,
    occurredAt: told.nowMs,
    ...{ campaign, partition, totalMinor: totals.minor, totalPieces: totals.pieces },
  };
  const outbox = isNews ? [controlMessage(partition, GRANTED_KIND, encode(granted))] : [];
  return { outbox, kpis: [], history: [], outcome: ASKED_KIND, tallies };
}

/** What the partition has been granted in all once it is answered. */
function totalFor({ campaign, partition }: BudgetAsked, unit: BudgetUnit, had: number, told: Told): number {
  const nameOf = (other: number) => tallyNames.given(campaign, unit, other);
  // A shard that kept the pool before may have granted what this one has not read yet.
  const known = Math.max(told.tally(nameOf(partition)), had);
  const sharing = sharingOf(campaign, unit, told);
  if (!sharing || known > had) return known;
  let given = 0;
  for (let other = 0; other < told.partitionCount; other++) {
    given += Math.min(other === partition ? known : told.tally(nameOf(other)), sharing.most);
  }
  const { chunk, pool, most } = sharing;
  return known + Math.max(0, Math.min(chunk, pool - given, most - known));
}

function takeGrant(granted: BudgetGranted, told: Told): Effects {
  const { campaign } = granted;
  const totals = amountsIn(granted);
  const more = BUDGET_UNITS.map((unit): TallyChange => {
    const name = tallyNames.granted(campaign, unit);
    return { name, by: Math.max(0, totals[unit] - told.tally(name)) };
  });
  const asked = tallyNames.asked(campaign);
  const answered = { name: asked, by: -told.tally(asked) };
  return { outbox: [], kpis: [], history: [], outcome: GRANTED_KIND, tallies: [...more, answered] };
}

/** An answer that does not come, as the pool is empty, is asked for again after this, ms of the stream. */
const ASK_AGAIN_MS = 10 * 60_000;

/** Whether the shard waits for an answer. */
export function isAsking(campaign: string, books: BudgetBooks): boolean {
  return books.tally(tallyNames.asked(campaign)) !== 0;
}

/** What a shard that needs more says, and that it said so. */
export function askFor(
  campaign: string,
  { partition, nowMs, tally }: Pick<ShardContext, 'partition' | 'nowMs' | 'tally'>,
  encode: EncodeBudget,
): { readonly message: OutboxMessage; readonly tally: TallyChange } {
  const grantedMinor = tally(tallyNames.granted(campaign, 'minor'));
  const grantedPieces = tally(tallyNames.granted(campaign, 'pieces'));
  const asked: BudgetAsked = {
    type: 'BudgetAsked',
    eventId: `${campaign}:${partition}:${grantedMinor}:${grantedPieces}:${nowMs}`,
    source: OWN_SOURCE,
    occurredAt: nowMs,
    ...{ campaign, partition, grantedMinor, grantedPieces },
  };
  return {
    message: controlMessage(POOL_PARTITION, ASKED_KIND, encode(asked)),
    tally: { name: tallyNames.asked(campaign), by: 1, untilMs: nowMs + ASK_AGAIN_MS },
  };
}

function controlMessage(partition: number, kind: string, value: Buffer): OutboxMessage {
  return { topic: CONTROL_TOPIC, partition, key: null, value, headers: { [KIND_HEADER]: Buffer.from(kind) } };
}
