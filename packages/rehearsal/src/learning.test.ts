import type { LogRecord } from '@holdfast/engine';
import { CONTROL_TOPIC, type DecisionMade, type Event, type PropensitiesLearned } from '@holdfast/events';
import { addLearningCells, LEARNING_KPI, learningRound, propensitiesMessage } from '@holdfast/telecom';
import { expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START } from '../../telecom/test/customer-world.ts';
import { about } from '../../telecom/test/stepped-pack.ts';
import { customerRules } from './customer-rules.ts';
import { createRehearsal } from './rehearsal.ts';
import { createToldEvents } from './told-events.ts';

const EMPTY = Buffer.alloc(0);
const LEARNT_AT = START + 10 * DAY_MS;
const POLICY = compilePack({
  'campaigns.yaml': (text) =>
    text.replace('offers: [save_plan, no_action]', 'offers: [save_plan, care_offer, no_action]'),
});

/** Shards in memory that are told events, and what was learnt. */
function shardsInMemory() {
  const told = createToldEvents(1);
  const learnt = new WeakMap<LogRecord, PropensitiesLearned>();
  const decodeRecord = (record: LogRecord) => {
    const event = learnt.get(record);
    return event ? ({ kind: 'event', event } as const) : told.decodeRecord(record);
  };
  const rules = customerRules({ policy: POLICY, decodeRecord });
  const fresh = () => createRehearsal(rules, { partitions: 1 });
  return {
    fresh,
    rehearsal: fresh(),
    record: told.record,
    learntRecord(event: PropensitiesLearned, appendTime: number): LogRecord {
      const { key, headers } = propensitiesMessage(EMPTY);
      const record = { topic: CONTROL_TOPIC, partition: 0, offset: 0, appendTime, key, headers, value: EMPTY };
      learnt.set(record, event);
      return record;
    },
  };
}

const asks = (name: string, atMs: number): Event =>
  createCustomerWorld(POLICY, name).event('SuspensionRequested', atMs, {
    ...{ subscriptionId: 'line-1', requestId: name, channel: 'online', reason: 'price', effectiveAt: null },
  });

const refuses = (decision: DecisionMade): Event =>
  createCustomerWorld(POLICY, decision.customerId).event('OfferRejected', (decision.sendAt ?? 0) + HOUR_MS, {
    ...{ ...about(decision), agent: 'a-1', reason: 'price' },
  });

it('what is learnt decides who gets what from its record on, and again when the records are folded again', async () => {
  const { rehearsal, fresh, record, learntRecord } = shardsInMemory();
  const records: LogRecord[] = [];
  const decisions: DecisionMade[] = [];
  const cells = new Map<string, number>();
  const tell = async (...told: readonly LogRecord[]) => {
    records.push(...told);
    const made: DecisionMade[] = [];
    for (const happening of await rehearsal.fold(told)) {
      if (happening.kind === 'decision') made.push(happening.decision);
      if (happening.kind !== 'kpi' || happening.increment.campaign !== LEARNING_KPI) continue;
      addLearningCells(cells, { [happening.increment.cell]: happening.increment.by });
    }
    decisions.push(...made);
    return made.filter(({ outcome }) => outcome === 'contact');
  };
  const customers = (from: number, atMs: number) =>
    Array.from({ length: 60 }, (_, i) => record(asks(`customer-${from + i}`, atMs + i), atMs + i));

  const before = await tell(...customers(0, START));
  expect(new Set(before.map(({ offer }) => offer))).toEqual(new Set(['save_plan']));
  await tell(...before.map((decision) => record(refuses(decision), LEARNT_AT - DAY_MS)));
  const round = { kept: [undefined], policy: POLICY, cells };
  expect(learningRound({ ...round, nowMs: START + HOUR_MS }).news).toBeUndefined();
  const { news } = learningRound({ ...round, nowMs: LEARNT_AT });
  if (!news) throw new Error('nothing was learnt');
  const after = await tell(
    ...customers(100, LEARNT_AT),
    learntRecord(news, LEARNT_AT + HOUR_MS),
    ...customers(200, LEARNT_AT + 2 * HOUR_MS),
  );
  const offerTo = (from: number) =>
    new Set(
      after
        .filter(({ customerId }) => Math.floor(Number(customerId.split('-')[1]) / 100) === from / 100)
        .map(({ offer }) => offer),
    );
  expect(offerTo(100)).toEqual(new Set(['save_plan']));
  expect(offerTo(200)).toEqual(new Set(['care_offer']));

  const again = await fresh().fold(records);
  expect(again.flatMap((happening) => (happening.kind === 'decision' ? [happening.decision] : []))).toEqual(decisions);
});
