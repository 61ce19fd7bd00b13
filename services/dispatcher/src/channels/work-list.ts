import type { DecisionMade } from '@holdfast/events';
import type { NewWorkItem } from '@holdfast/redis';
import type { Channel } from '../ports.ts';

export interface WorkListDeps {
  /** Appends together with the sent mark and the item, so each appears once however often it is asked for. */
  readonly feed: {
    append(alert: {
      readonly contactId: string;
      readonly json: string;
      readonly item: NewWorkItem;
    }): Promise<{ readonly kind: string }>;
  };
  /** The alert an agent sees. */
  alertOf(decision: DecisionMade): object;
  now(): number;
}

/** Of decisions of an earlier release, which name no deadline. */
const USUAL_DEADLINE_MS = 24 * 3_600_000;

/** The desk: an alert on the feed that the gateway serves to agents, and an item of its work list. */
export function createWorkListChannel(name: string, deps: WorkListDeps): Channel {
  return {
    name,
    semantics: 'idempotent',
    async send({ job, decision }) {
      const alert = deps.alertOf(decision);
      const json = JSON.stringify(alert);
      const item = { ...itemOf(decision, deps.now()), contactId: job.contactId, itemId: job.contactId, alert: json };
      await deps.feed.append({ contactId: job.contactId, json, item });
      return { kind: 'sent', isMarked: true };
    },
  };
}

/**
 * The work that a decision asks of people. It ends with the offer: `sendBy` is until when it may come to the desk, which has
 * happened.
 */
function itemOf(decision: DecisionMade, nowMs: number): NewWorkItem {
  const { managerUntil, teamUntil } = decision;
  const endsAt = decision.validUntil ?? decision.sendBy;
  const dueAt = decision.workDueAt ?? nowMs + USUAL_DEADLINE_MS;
  return {
    itemId: decision.contactId,
    kind: 'contact',
    customerId: decision.customerId,
    play: decision.trigger,
    tier: decision.tier,
    desk: decision.desk,
    team: decision.team,
    accountManager: decision.accountManager,
    campaign: decision.campaign,
    offer: decision.offer,
    arm: decision.arm,
    channel: decision.channel,
    category: decision.category,
    title: Object.values(decision.title)[0] ?? decision.offer,
    priority: decision.priority,
    dueAt: Math.min(dueAt, endsAt ?? dueAt),
    endsAt,
    ownForMs: left(managerUntil, nowMs),
    teamForMs: left(teamUntil, Math.max(nowMs, managerUntil ?? 0)),
  };
}

function left(untilMs: number | null, fromMs: number): number {
  return untilMs === null ? 0 : Math.max(0, untilMs - fromMs);
}
