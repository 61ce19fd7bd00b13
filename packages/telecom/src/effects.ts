import {
  type Effects,
  type HistoryEntry,
  JOB_ONLY,
  type KpiIncrement,
  type OutboxJob,
  type OutboxMessage,
  type StepContext,
} from '@holdfast/engine';
import { DECISION_TOPIC, type DecisionMade } from '@holdfast/events';
import type { Contact } from './customer-state.ts';
import { decisionKpis } from './kpis.ts';

/** Gathers what one step wants to happen outside the state. */
export interface EffectCollector {
  /** A decision made now: to the log, to the customer's history, to the counts, and as a job when it is a contact. */
  decided(decision: DecisionMade): void;
  /** A decision found in the log: only the customer's history lacks it. */
  adopted(decision: DecisionMade): void;
  /** Puts an open contact before the dispatcher again. */
  askAgain(contact: Contact): void;
  count(kpi: KpiIncrement): void;
  /** Remembers that something had to be forgotten. */
  trimmed(): void;
  finish(outcome: string): Effects;
}

export function createEffectCollector(
  context: StepContext,
  encodeDecision: (decision: DecisionMade) => Buffer,
): EffectCollector {
  const outbox: OutboxMessage[] = [];
  const kpis: KpiIncrement[] = [];
  const history: HistoryEntry[] = [];
  let isTrimmed = false;
  const entityId = context.entityId;
  return {
    decided(decision) {
      const value = encodeDecision(decision);
      const job = jobOf(decision);
      outbox.push({
        topic: DECISION_TOPIC,
        partition: context.partition,
        key: Buffer.from(entityId),
        value,
        headers: {},
        ...(job ? { job } : {}),
      });
      history.push({ entityId, record: value });
      kpis.push(...decisionKpis(decision));
    },
    adopted(decision) {
      history.push({ entityId, record: encodeDecision(decision) });
    },
    askAgain({ channel, contactId, sendAt, sendBy }) {
      const job = { channel, contactId, entityId, sendAt, sendBy };
      outbox.push({ topic: JOB_ONLY, key: Buffer.from(entityId), value: null, headers: {}, job });
    },
    count: (kpi) => kpis.push(kpi),
    trimmed() {
      isTrimmed = true;
    },
    finish: (outcome) => ({ outbox, kpis, history, outcome: isTrimmed ? `${outcome}+trimmed` : outcome }),
  };
}

function jobOf(decision: DecisionMade): OutboxJob | undefined {
  const { outcome, channel, contactId, customerId, sendAt, sendBy } = decision;
  if (outcome !== 'contact' || sendAt === null || sendBy === null) return undefined;
  return { channel, contactId, entityId: customerId, sendAt, sendBy };
}
