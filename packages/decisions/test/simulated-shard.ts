import type { CompiledPolicy } from '@holdfast/policy';
import type { FrozenEnrolment } from '../src/dealings.ts';
import { decide } from '../src/decide.ts';
import type { LedgerEntry } from '../src/ledger.ts';
import type { CustomerFacts, Decision, DecisionRequest } from '../src/model.ts';
import { type ShardStanding, UNBOUNDED } from '../src/standing.ts';
import { basisOf, NOON, requestOf } from './policy-fixture.ts';
import type { Happening, Resident, World } from './random-world.ts';

/** A decision with all that was so before it. */
export interface Decided {
  readonly decision: Decision;
  readonly resident: Resident;
  readonly nowMs: number;
  /** Of the customer, before. */
  readonly ledger: readonly LedgerEntry[];
}

/** What the simulated shard leaves out, so that whoever judges it has something to find. */
export interface Neglect {
  readonly policy?: (policy: CompiledPolicy) => CompiledPolicy;
  readonly consent?: boolean;
  readonly standing?: boolean;
}

/** Decides on all that happens in a world, as a shard does: reserves, spends, takes slots, freezes enrolments. */
export function simulate({ policy, residents, happenings }: World, neglect: Neglect = {}): readonly Decided[] {
  const followed = neglect.policy?.(policy) ?? policy;
  const ledgers = new Map<string, LedgerEntry[]>(residents.map(({ customerId }) => [customerId, []]));
  const frozen = new Map<string, FrozenEnrolment>();
  const decided: Decided[] = [];
  let nowMs = NOON;
  for (const happening of happenings) {
    nowMs += happening.afterMs;
    const resident = residents[happening.resident];
    const ledger = ledgers.get(resident?.customerId ?? '');
    if (resident === undefined || ledger === undefined) continue;
    const history = {
      enrolment: (id: string) => frozen.get(`${resident.customerId} ${id}`),
      lastPlan: () => undefined,
    };
    const standing = neglect.standing === true ? UNBOUNDED : standingAfter(decided, policy);
    const request = requestFor(resident, happening, nowMs, neglect.consent === true);
    const decision = decide(request, basisOf(followed, { ledger, history, standing }));
    decided.push({ decision, resident, nowMs, ledger: [...ledger] });
    const { enrolment } = decision;
    if (enrolment !== undefined) frozen.set(`${resident.customerId} ${enrolment.campaign}`, enrolment);
    reserve(ledger, decision, happening);
  }
  return decided;
}

function requestFor(resident: Resident, happening: Happening, nowMs: number, isNeglected: boolean): DecisionRequest {
  const consent: CustomerFacts['consent'] = (channel, purpose) =>
    !isNeglected && purpose !== 'SERVICE' && resident.refused.includes(channel) ? 'withdrawn' : 'unknown';
  const { customerId, timeZone } = resident;
  return requestOf({ customerId, timeZone, consent }, { nowMs, occasion: String(happening.occasion) });
}

function reserve(ledger: LedgerEntry[], { outcome, contactId, decidedAt }: Decision, { becomes }: Happening): void {
  if (outcome.kind !== 'contact' && outcome.kind !== 'control') return;
  const { campaign, offer, category, channel, kind, sendAt, sendBy } = outcome.winner;
  const planned = { contactId, campaign, offer, category, channel, kind, sendAt, sendBy, rejectedAt: 0 };
  if (outcome.kind === 'control') {
    ledger.push({ ...planned, status: 'ghost' });
    return;
  }
  ledger.push({
    ...planned,
    status: becomes === 'released' ? 'released' : 'confirmed',
    rejectedAt: becomes === 'rejected' ? decidedAt + 1 : 0,
    acceptedAt: becomes === 'accepted' ? decidedAt + 1 : 0,
  });
}

/** What was spent and taken so far; a contact that is released keeps its money and its slot here. */
function standingAfter(decided: readonly Decided[], policy: CompiledPolicy): ShardStanding {
  const contacts = decided.flatMap(({ decision }) => (decision.outcome.kind === 'contact' ? [decision] : []));
  const of = (decision: Decision) => (decision.outcome.kind === 'contact' ? decision.outcome.winner : undefined);
  return {
    ...UNBOUNDED,
    budgetLeft(campaign) {
      const spent = contacts.filter((decision) => of(decision)?.campaign === campaign);
      const budget = policy.campaigns.get(campaign)?.budget;
      const minor = spent.reduce((sum, { costMinor }) => sum + costMinor, 0);
      return {
        minor: (budget?.amountMinor ?? Number.POSITIVE_INFINITY) - minor,
        pieces: (budget?.pieces ?? Number.POSITIVE_INFINITY) - spent.length,
      };
    },
    slotsLeft(channel, slotMs) {
      const max = policy.channels.get(channel)?.capacity?.max ?? Number.POSITIVE_INFINITY;
      const taken = contacts.filter((decision) => of(decision)?.channel === channel && decision.slotAt === slotMs);
      return max - taken.length;
    },
  };
}
