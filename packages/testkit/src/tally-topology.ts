import type { Decoded, Effects, LogRecord, Stimulus, Topology } from '@holdfast/engine';

/**
 * A small topology with every kind of effect, for tests of the engine: it adds amounts, keeps the order of what it saw,
 * decides once per occasion and arms a wall and an absence timer.
 */
export interface Tally {
  total: number;
  seen: string[];
  contacts: Record<string, 'open' | 'adopted'>;
  wallMs: number | null;
  absenceMs: number | null;
  fired: string[];
}

export interface TallyEvent {
  readonly id: string;
  readonly amount?: number;
  /** Decides once for this occasion. */
  readonly decide?: string;
  /** Fires a wall timer so much later. */
  readonly wakeInMs?: number;
  /** Arms an absence timer on the feed of this event. */
  readonly absenceMs?: number;
  /** Makes the rules throw. */
  readonly bomb?: boolean;
  readonly contactId?: string;
  readonly customerId: string;
  readonly occurredAt: number;
}

export const TALLY_INPUTS = ['in.a', 'in.b'] as const;
export const TALLY_DECISIONS = 'out.decision';
export const TALLY_FEED = 'test|Tally';

export function createTallyTopology(): Topology<Tally, TallyEvent> {
  return {
    name: 'tally',
    inputs: TALLY_INPUTS,
    decisionTopic: TALLY_DECISIONS,
    codecVersion: 1,
    decode,
    create: () => ({ total: 0, seen: [], contacts: {}, wallMs: null, absenceMs: null, fired: [] }),
    encode: (state) => Buffer.from(JSON.stringify(state)),
    read: (_, bytes) => JSON.parse(bytes.toString('utf8')) as Tally,
    due: (state) => ({
      ...(state.wallMs === null ? {} : { wallMs: state.wallMs }),
      ...(state.absenceMs === null ? {} : { eventTime: { dueMs: state.absenceMs, feed: TALLY_FEED } }),
    }),
    step(state, stimulus, context) {
      if (stimulus.kind === 'adopt') return adopt(state, stimulus.decisions);
      if (stimulus.kind === 'timer') return fire(state, context.nowMs, context.watermark(TALLY_FEED));
      return fold(state, stimulus, context.entityId, context.partition, context.nowMs);
    },
  };
}

export function tallyMessage(event: TallyEvent): { key: Buffer; value: Buffer } {
  return { key: Buffer.from(event.customerId), value: Buffer.from(JSON.stringify(event)) };
}

function decode(record: LogRecord): Decoded<TallyEvent> {
  if (record.headers['holdfast-kind']) return { kind: 'shard' };
  try {
    const event = JSON.parse(record.value?.toString('utf8') ?? '') as TallyEvent;
    const identity = { source: 'test', eventId: event.id, type: 'Tally', occurredAt: event.occurredAt };
    return { kind: 'event', entityId: event.customerId, event, identity };
  } catch {
    return { kind: 'poison', code: 'not-json', message: 'the value is not JSON' };
  }
}

function fold(
  state: Tally,
  { event }: Extract<Stimulus<TallyEvent>, { kind: 'event' }>,
  entityId: string,
  partition: number,
  nowMs: number,
): Effects {
  // Changed before the throw on purpose: the engine must forget it.
  state.total += event.amount ?? 0;
  if (event.bomb) throw new Error('bomb');
  state.seen.push(event.id);
  if (event.wakeInMs !== undefined) state.wallMs = nowMs + event.wakeInMs;
  if (event.absenceMs !== undefined) state.absenceMs = event.occurredAt + event.absenceMs;
  const contactId = event.decide ? `c-${entityId}-${event.decide}` : undefined;
  if (!contactId || state.contacts[contactId]) return { outbox: [], kpis: [], history: [], outcome: 'folded' };
  state.contacts[contactId] = 'open';
  const decision: TallyEvent = { id: contactId, contactId, customerId: entityId, occurredAt: event.occurredAt };
  return {
    outbox: [
      {
        topic: TALLY_DECISIONS,
        partition,
        ...tallyMessage(decision),
        headers: {},
        job: { channel: 'test', contactId, entityId, sendAt: nowMs, sendBy: nowMs + 60_000 },
      },
    ],
    kpis: [{ campaign: 'test', cell: 'decided', by: 1 }],
    history: [],
    outcome: 'decided',
  };
}

function fire(state: Tally, nowMs: number, watermark: number | undefined): Effects {
  if (state.wallMs !== null && state.wallMs <= nowMs) {
    state.fired.push(`wall ${state.wallMs}`);
    state.wallMs = null;
  }
  if (state.absenceMs !== null && watermark !== undefined && watermark >= state.absenceMs) {
    state.fired.push(`absence ${state.absenceMs}`);
    state.absenceMs = null;
  }
  return { outbox: [], kpis: [], history: [], outcome: 'fired' };
}

function adopt(state: Tally, decisions: readonly TallyEvent[]): Effects {
  for (const { contactId } of decisions) if (contactId) state.contacts[contactId] ??= 'adopted';
  return { outbox: [], kpis: [], history: [], outcome: 'adopted' };
}
