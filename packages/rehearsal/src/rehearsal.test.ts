import { type LogRecord, partitionOf } from '@holdfast/engine';
import { CONTROL_TOPIC, type DecisionMade, type Event, schemaEntry } from '@holdfast/events';
import { type CustomerView, customerView } from '@holdfast/telecom';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START } from '../../telecom/test/customer-world.ts';
import { runEngine } from '../../telecom/test/engine-run.ts';
import { livesOf } from '../test/lives.ts';
import { customerRules } from './customer-rules.ts';
import type { Happening } from './happening.ts';
import { createRehearsal, type RehearsalOptions } from './rehearsal.ts';
import { rehearse } from './rehearse.ts';
import { RehearsalError } from './shard-fold.ts';
import { createToldEvents } from './told-events.ts';

const POLICY = compilePack();
const LIVES = livesOf(POLICY, 40, 1);
const APPENDED_AT = START + 50 * DAY_MS;
const REST_MS = 20_000;

const erasure = {
  open: (record: LogRecord) => ({ kind: 'erasure', entityId: String(record.value) }) as const,
  markOf: (id: string) => `key.${id}`,
};

/** Appends each event a millisecond after the one before, as the run of the engine does, or at the times given. */
function rehearsing(
  events: readonly Event[],
  appendTime: (event: Event, index: number) => number,
  options: Partial<RehearsalOptions> = {},
) {
  const told = createToldEvents(options.partitions ?? 1);
  const records = events.map((event, index) => told.record(event, appendTime(event, index)));
  const rules = customerRules({ policy: POLICY, decodeRecord: told.decodeRecord, erasure });
  return { records, rehearsal: createRehearsal(rules, { partitions: 1, ...options }) };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function decisionsIn(happenings: readonly Happening<DecisionMade>[]): DecisionMade[] {
  return happenings.flatMap((happening) => (happening.kind === 'decision' ? [happening.decision] : []));
}

const isSilence = ({ trigger }: Pick<DecisionMade, 'trigger'>) => POLICY.triggers.get(trigger)?.absence !== undefined;

/** The second at which a silence was looked at is nobody's promise. */
function withoutLook(decision: DecisionMade): DecisionMade {
  if (!isSilence(decision)) return decision;
  return { ...decision, decidedAt: 0, sendAt: null, sendBy: null, validUntil: null, workDueAt: null };
}

function viewWithoutLooks(id: string, bytes: Buffer | undefined): CustomerView {
  const view = customerView(id, bytes ?? Buffer.alloc(0), POLICY, APPENDED_AT + DAY_MS);
  const unlooked = <T extends { trigger: string }>(items: readonly T[], cleared: Partial<T>): T[] =>
    items.map((item) => (isSilence(item) ? { ...item, ...cleared } : item));
  return {
    ...view,
    stateBytes: 0,
    timers: {},
    contacts: unlooked(view.contacts, { sendAt: 0, sendBy: 0, decidedAt: 0, validUntil: 0 }),
    firings: unlooked(view.firings, { at: 0 }),
    plans: unlooked(view.plans, { startedAt: 0, lastSendAt: 0, dueAt: 0, endedAt: 0 }),
    enrolments: view.enrolments.map((enrolment) => ({ ...enrolment, at: 0, planEndedAt: 0 })),
  };
}

describe('a rehearsal', () => {
  it('decides and leaves states as the engine does that is told the same records', async () => {
    const real = await runEngine(POLICY, LIVES, { appendedAtMs: APPENDED_AT, restMs: REST_MS });
    const { records, rehearsal } = rehearsing(LIVES, (_, index) => APPENDED_AT + index);
    const endMs = APPENDED_AT + records.length + REST_MS;
    const happenings = await all(rehearse(rehearsal, records, { untilMs: endMs }));
    const byId = (a: DecisionMade, b: DecisionMade) => (a.contactId < b.contactId ? -1 : 1);
    const made = decisionsIn(happenings);
    expect(made.filter(isSilence).length).toBeGreaterThan(3);
    expect(made.filter((decision) => !isSilence(decision)).length).toBeGreaterThan(10);
    expect(made.map(withoutLook).sort(byId)).toEqual([...real.decisions].map(withoutLook).sort(byId));
    const states = [...rehearsal.states()];
    expect(states.map(({ id }) => id).sort()).toEqual([...real.states.keys()].sort());
    for (const { id, bytes } of states) {
      const view = viewWithoutLooks(id, bytes);
      expect(view).toEqual(viewWithoutLooks(id, real.states.get(id)));
      if (!view.firings.some(isSilence)) expect(bytes, id).toEqual(real.states.get(id));
    }
    expect(Object.fromEntries(rehearsal.watermarks(0))).toEqual(real.watermarks);
  });

  it.each([1, 7, 100])('answers the same in batches of %d', async (batchSize) => {
    const run = async (size: number) => {
      const { records, rehearsal } = rehearsing(LIVES, ({ occurredAt }) => occurredAt + 500, {
        batchSize: size,
        partitions: 4,
      });
      const happenings = await all(rehearse(rehearsal, records, { untilMs: START + 60 * DAY_MS }));
      // Told commit by commit: of one kind and shard they are in order.
      const told = happenings.filter(({ kind }) => kind !== 'folded');
      return {
        told: Map.groupBy(told, ({ kind, partition }) => `${kind} ${partition}`),
        states: [...rehearsal.states()],
      };
    };
    const answer = await run(batchSize);
    expect([...answer.told.values()].flat().length).toBeGreaterThan(50);
    expect(answer).toEqual(await run(5_000));
  });

  it('notices a silence while the feed goes on, within seconds of the time it is due', async () => {
    const { events } = silentCustomer();
    const { records, rehearsal } = rehearsing(events, ({ occurredAt }) => occurredAt);
    const [gone] = decisionsIn(await all(rehearse(rehearsal, records))).filter(isSilence);
    expect(gone?.customerId).toBe('silent');
    const lateMs = (gone?.decidedAt ?? 0) - (START + 7 * DAY_MS);
    expect(lateMs).toBeGreaterThanOrEqual(60_000);
    // The feed speaks hourly, and counts as having come so far a minute later.
    expect(lateMs).toBeLessThan(HOUR_MS + 70_000);
  });

  it('looks seldom at timers whose feed never speaks again', async () => {
    const silent = Array.from({ length: 50 }, (_, index) => {
      const world = createCustomerWorld(POLICY, `dead-${index}`);
      return [world.activated(START), world.usage(START)];
    }).flat();
    const other = createCustomerWorld(POLICY, 'other');
    const spoken = Array.from({ length: 300 }, (_, day) => ({ ...other.usage(START + day * DAY_MS), source: 'alive' }));
    const told = createToldEvents(1);
    const records = [...silent, ...spoken].map((event) => told.record(event, event.occurredAt));
    const rules = customerRules({ policy: POLICY, decodeRecord: told.decodeRecord });
    let looks = 0;
    const due: typeof rules.topology.due = (state) => {
      looks += 1;
      return rules.topology.due(state);
    };
    const topology = { ...rules.topology, due };
    const rehearsal = createRehearsal({ ...rules, topology }, { partitions: 1 });
    const made = decisionsIn(await all(rehearse(rehearsal, records, { untilMs: START + 300 * DAY_MS })));
    expect(made.filter(({ customerId }) => customerId.startsWith('dead'))).toEqual([]);
    // Every five seconds over most of a year it would be five million for each of them.
    expect(looks).toBeLessThan(10_000);
  });

  it('erases at the place of the erasure, and ahead of everything where that is asked for', async () => {
    const { events } = silentCustomer();
    const { records, rehearsal } = rehearsing(events, ({ occurredAt }) => occurredAt);
    await rehearsal.fold([...records, erasureOf('other', (records.at(-1)?.appendTime ?? 0) + 1)]);
    expect([...rehearsal.states()].map(({ id }) => id)).toEqual(['silent']);
    const ahead = rehearsing(events, ({ occurredAt }) => occurredAt);
    await ahead.rehearsal.eraseAhead(new Map([[0, new Map([['silent', START + 30 * DAY_MS]])]]));
    const happenings = await ahead.rehearsal.fold(ahead.records);
    expect(ahead.rehearsal.state('silent')).toBeUndefined();
    expect(decisionsIn(happenings).filter(({ customerId }) => customerId === 'silent')).toEqual([]);
  });

  it('sets aside what the engine sets aside, and says where it stood and why', async () => {
    const { records, rehearsal } = rehearsing(silentCustomer().events, ({ occurredAt }) => occurredAt);
    const [first] = records as [LogRecord];
    const misplaced = { ...first, offset: 900, key: Buffer.from('somebody else') };
    const happenings = await rehearsal.fold([misplaced, ...records]);
    expect(happenings.filter(({ kind }) => kind === 'dead-letter')).toEqual([
      {
        kind: 'dead-letter',
        partition: 0,
        topic: first.topic,
        offset: 900,
        code: 'unknown-schema',
        message: 'nobody told it',
      },
    ]);
  });

  it('leaves a record that belongs elsewhere to the place where the log has it once more', async () => {
    const world = createCustomerWorld(POLICY, 'c-1');
    const right = partitionOf(Buffer.from('c-1'), 2);
    const told = createToldEvents(1);
    const record = told.record(world.usage(START), START);
    const wrong = { ...record, partition: 1 - right };
    const decodeRecord = () => told.decodeRecord(record);
    const rehearsal = createRehearsal(customerRules({ policy: POLICY, decodeRecord }), { partitions: 2 });
    const happenings = await rehearsal.fold([wrong]);
    expect(happenings[0]).toEqual({
      kind: 'rerouted',
      partition: 1 - right,
      topic: schemaEntry('UsageRecorded')?.topic,
    });
    expect([...rehearsal.states()]).toEqual([]);
  });

  it('ends with words where a record cannot be decoded for now', async () => {
    const decodeRecord = () => ({ kind: 'retry', message: 'the registry is away' }) as const;
    const { records } = rehearsing(silentCustomer().events, ({ occurredAt }) => occurredAt);
    const rehearsal = createRehearsal(customerRules({ policy: POLICY, decodeRecord }), { partitions: 1 });
    await expect(rehearsal.fold(records)).rejects.toThrow(new RehearsalError('the registry is away'));
  });
});

/** One uses his line once, another every hour for ten days, both told of by one feed. */
function silentCustomer() {
  const silent = createCustomerWorld(POLICY, 'silent');
  const other = createCustomerWorld(POLICY, 'other');
  const keyTier = silent.event('CustomerRegistered', START - 60 * DAY_MS, {
    language: 'en',
    timeZone: 'UTC',
    tier: 'key',
    birthYear: 1980,
    birthDate: null,
    city: 'X',
  });
  const begin = START - 60 * DAY_MS;
  const hourly = Array.from({ length: 240 }, (_, hour) => other.usage(START + (hour + 1) * HOUR_MS));
  const events: Event[] = [keyTier, silent.activated(begin), other.activated(begin), silent.usage(START), ...hourly];
  return { events };
}

function erasureOf(customerId: string, appendTime: number): LogRecord {
  const headers = { 'holdfast-kind': Buffer.from('erasure') };
  return {
    topic: CONTROL_TOPIC,
    partition: 0,
    offset: 0,
    appendTime,
    key: null,
    value: Buffer.from(customerId),
    headers,
  };
}
