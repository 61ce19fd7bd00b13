import {
  type Effects,
  type HistoryEntry,
  JOB_ONLY,
  type KpiIncrement,
  type OutboxJob,
  type OutboxMessage,
  type StepContext,
  type TallyChange,
} from '@holdfast/engine';
import { DECISION_TOPIC, type DecisionMade } from '@holdfast/events';
import type { Contact } from './customer-state.ts';
import { decisionKpis } from './kpis.ts';

/** Gathers what one step wants to happen outside the state. */
export interface EffectCollector {
  /** A decision made now: to the log, to the customer's history, to the counts, and as a job when it is a contact. */
  decided(decision: DecisionMade): void;
  /** A decision found in the log: the customer's history lacks it, and so do the counts, which are written with the state. */
  adopted(decision: DecisionMade): void;
  /** Puts an open contact before the dispatcher again. */
  askAgain(contact: Contact): void;
  count(kpi: KpiIncrement): void;
  send(message: OutboxMessage): void;
  /** Changes a number of the shard. */
  tally(change: TallyChange): void;
  /** By how much this step has changed a number so far: the shard does not show it before the step is over. */
  tallied(name: string): number;
  /** The record of the event is kept with the customer. */
  keep(): void;
  /** Remembers that something had to be forgotten. */
  trimmed(): void;
  finish(outcome: string, late?: Effects['late']): Effects;
}

/** Collectors of one topology. Steps follow each other, so one collector serves them all; most collect nothing. */
export interface EffectCollectors {
  /** An empty collector for the step that begins; the one before is over. */
  begin(context: StepContext): EffectCollector;
}

const NOTHING: readonly never[] = Object.freeze([]);
/** What nearly every step answers. */
const FOLDED: Effects = Object.freeze({ outbox: NOTHING, kpis: NOTHING, history: NOTHING, outcome: 'folded' });
const FOLDED_AND_KEPT: Effects = Object.freeze({ ...FOLDED, isKept: true });

export function createEffectCollectors(encodeDecision: (decision: DecisionMade) => Buffer): EffectCollectors {
  let outbox: OutboxMessage[] | undefined;
  let kpis: KpiIncrement[] | undefined;
  let history: HistoryEntry[] | undefined;
  let tallies: TallyChange[] | undefined;
  let isTrimmed = false;
  let isKept = false;
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
    adopted(decision) {
      remember(encodeDecision(decision));
      for (const kpi of decisionKpis(decision)) count(kpi);
    },
    askAgain({ channel, contactId, sendAt, sendBy }) {
      const job = { channel, contactId, entityId, sendAt, sendBy };
      send({ topic: JOB_ONLY, key: Buffer.from(entityId), value: null, headers: {}, job });
    },
    count,
    send,
    tally(change) {
      tallies ??= [];
      tallies.push(change);
    },
    tallied(name) {
      let sum = 0;
      for (const change of tallies ?? NOTHING) if (change.name === name) sum += change.by;
      return sum;
    },
    keep() {
      isKept = true;
    },
    trimmed() {
      isTrimmed = true;
    },
    finish(outcome, late) {
      const isPlain = outcome === 'folded' && late === undefined && !isTrimmed;
      const isEmpty = outbox === undefined && kpis === undefined && history === undefined && tallies === undefined;
      if (isPlain && isEmpty) return isKept ? FOLDED_AND_KEPT : FOLDED;
      const effects = {
        outbox: outbox ?? NOTHING,
        kpis: kpis ?? NOTHING,
        history: history ?? NOTHING,
        outcome: isTrimmed ? `${outcome}+trimmed` : outcome,
        ...(tallies === undefined ? {} : { tallies }),
        ...(isKept ? { isKept } : {}),
      };
      return late === undefined ? effects : { ...effects, late };
    },
  };
  return {
    begin(context) {
      outbox = undefined;
      kpis = undefined;
      history = undefined;
      tallies = undefined;
      isTrimmed = false;
      isKept = false;
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
