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

/** Collectors of one topology. Steps follow each other, so one collector serves them all; most collect nothing. */
export interface EffectCollectors {
  /** An empty collector for the step that begins; the one before is over. */
  begin(context: StepContext): EffectCollector;
}

const NOTHING: readonly never[] = Object.freeze([]);

export function createEffectCollectors(encodeDecision: (decision: DecisionMade) => Buffer): EffectCollectors {
  let outbox: OutboxMessage[] | undefined;
  let kpis: KpiIncrement[] | undefined;
  let history: HistoryEntry[] | undefined;
  let isTrimmed = false;
  let entityId = '';
  let partition = 0;

  const send = (message: OutboxMessage) => {
    outbox ??= [];
    outbox.push(message);
  };
  const remember = (record: Buffer) => {
    history ??= [];
    history.push({ entityId, record });
  };
  const count = (kpi: KpiIncrement) => {
    kpis ??= [];
    kpis.push(kpi);
  };

  const collector: EffectCollector = {
    decided(decision) {
      const value = encodeDecision(decision);
      const job = jobOf(decision);
      const key = Buffer.from(entityId);
      send({ topic: DECISION_TOPIC, partition, key, value, headers: {}, ...(job ? { job } : {}) });
      remember(value);
      for (const kpi of decisionKpis(decision)) count(kpi);
    },
    adopted: (decision) => remember(encodeDecision(decision)),
    askAgain({ channel, contactId, sendAt, sendBy }) {
      const job = { channel, contactId, entityId, sendAt, sendBy };
      send({ topic: JOB_ONLY, key: Buffer.from(entityId), value: null, headers: {}, job });
    },
    count,
    trimmed() {
      isTrimmed = true;
    },
    finish: (outcome) => ({
      outbox: outbox ?? NOTHING,
      kpis: kpis ?? NOTHING,
      history: history ?? NOTHING,
      outcome: isTrimmed ? `${outcome}+trimmed` : outcome,
    }),
  };
  return {
    begin(context) {
      outbox = undefined;
      kpis = undefined;
      history = undefined;
      isTrimmed = false;
      entityId = context.entityId;
      partition = context.partition;
      return collector;
    },
  };
}

function jobOf(decision: DecisionMade): OutboxJob | undefined {
  const { outcome, channel, contactId, customerId, sendAt, sendBy } = decision;
  if (outcome !== 'contact' || sendAt === null || sendBy === null) return undefined;
  return { channel, contactId, entityId: customerId, sendAt, sendBy };
}
