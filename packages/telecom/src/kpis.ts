import type { KpiIncrement } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import type { Contact } from './customer-state.ts';

/** KPI hash of decisions by play: cells `trigger|outcome|why`. */
export const PLAYS_KPI = 'plays';

const DAY_MS = 86_400_000;

/** One decision: once by play, and once in its campaign by day, offer and arm. */
export function decisionKpis(decision: DecisionMade): readonly KpiIncrement[] {
  const play = { campaign: PLAYS_KPI, cell: `${decision.trigger}|${decision.outcome}|${decision.suppressedBy}`, by: 1 };
  if (decision.campaign === '') return [play];
  const cell = `${dayOf(decision.decidedAt)}|${decision.offer}|${decision.arm}|${decision.outcome}`;
  return [play, { campaign: decision.campaign, cell, by: 1 }];
}

/** What became of a contact, on the day it became so. */
export function contactKpi(contact: Contact, what: string, atMs: number): KpiIncrement {
  const cell = `${dayOf(atMs)}|${contact.offer}|${contact.arm}|${what}`;
  return { campaign: contact.campaign || PLAYS_KPI, cell, by: 1 };
}

/** UTC day, ISO 8601. */
function dayOf(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(ms / DAY_MS) * DAY_MS)
    .toString()
    .slice(0, 10);
}
