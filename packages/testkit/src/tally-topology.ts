import { createHash } from 'node:crypto';
import type {
  Configuration,
  ConfigurationRules,
  Decoded,
  Effects,
  EventIdentity,
  LogRecord,
  RefusedEvent,
  Rules,
  ShardContext,
  StepContext,
  Stimulus,
  TallyChange,
  Topology,
} from '@holdfast/engine';

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
  /** Names of the configurations its events were folded under; `-` before the first. Equal neighbours are one. */
  under: string[];
  /** Latest event, ms; what a silence is counted from. */
  lastMs: number;
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
  /** Changes a number of the shard, and sees what it was before. */
  readonly count?: TallyChange;
  /** Sees what the shard keeps under this name. */
  readonly ask?: string;
  /** Its record is kept with the customer. */
  readonly isKept?: boolean;
  readonly contactId?: string;
  /** Tells how something earlier went on. */
  readonly isEcho?: boolean;
  readonly customerId: string;
  readonly occurredAt: number;
}

export const TALLY_INPUTS = ['in.a', 'in.b'] as const;
export const TALLY_DECISIONS = 'out.decision';
/** A record of this kind configures the shard: its value is a `TallyConfiguration`. */
export const TALLY_CONFIGURATION = 'configuration';
/** A record of this kind is kept by the shard: its value is a name and a text as JSON. */
export const TALLY_SETTING = 'setting';
/** A record of this kind tells the shard itself something: its value is an event. */
export const TALLY_TOLD = 'told';
/** Where a shard says that it was told something. */
export const TALLY_ANSWERS = 'out.answer';
/** A record of this kind erases the customer its value names. */
export const TALLY_ERASURE = 'erasure';
export const TALLY_FEED = 'test|Tally';

export interface TallyConfiguration {
  readonly name: string;
  /** Amounts count so many times. */
  readonly factor?: number;
  /** Everybody is waited for so long after his latest event, ms, once per silence. */
  readonly silenceMs?: number;
  /** No release can work by it. */
  readonly isBroken?: boolean;
}

export function createTallyTopology(): Topology<Tally, TallyEvent> {
  return {
    name: 'tally',
    inputs: TALLY_INPUTS,
    decisionTopic: TALLY_DECISIONS,
    codecVersion: 1,
    keepsFromLayout: 1,
    decode,
    ...rulesUnder(UNCONFIGURED),
    configuration: CONFIGURATIONS,
    erasure: {
      topic: 'in.b',
      markOf: (id) => `k.${createHash('sha256').update(id).digest('hex')}`,
      opens: (event) => event.isEcho !== true,
    },
  };
}

const NOTHING: Pick<Effects, 'outbox' | 'kpis' | 'history'> = { outbox: [], kpis: [], history: [] };
const UNCONFIGURED: TallyConfiguration = { name: '-' };

function rulesUnder(configuration: TallyConfiguration): Rules<Tally, TallyEvent> {
  return {
    create: () => ({
      total: 0,
      seen: [],
      contacts: {},
      wallMs: null,
      absenceMs: null,
      fired: [],
      under: [],
      lastMs: 0,
    }),
    encode: (state) => Buffer.from(JSON.stringify(state)),
    read: (_, bytes) => JSON.parse(bytes.toString('utf8')) as Tally,
    due(state) {
      const dueMs = absenceDueMs(state, configuration);
      return {
        ...(state.wallMs === null ? {} : { wallMs: state.wallMs }),
        ...(dueMs === undefined ? {} : { eventTime: { dueMs, feed: TALLY_FEED } }),
      };
    },
    step(state, stimulus, context) {
      if (stimulus.kind === 'adopt') return adopt(state, stimulus.decisions);
      if (stimulus.kind === 'timer') return fire(state, configuration, context.nowMs, context.watermark(TALLY_FEED));
      if (state.under.at(-1) !== configuration.name) state.under.push(configuration.name);
      return fold(state, stimulus, configuration.factor ?? 1, context);
    },
    stepShard: answer,
  };
}

const CONFIGURATIONS: ConfigurationRules<Tally, TallyEvent> = {
  open({ text }) {
    const configuration = JSON.parse(text) as TallyConfiguration;
    if (configuration.isBroken) return { kind: 'refused', message: 'it is broken' };
    return { kind: 'opened', rules: rulesUnder(configuration) };
  },
  take(brought, inForce) {
    if (brought.text === inForce?.text) return { kind: 'unchanged' };
    const opened = CONFIGURATIONS.open(brought);
    if (opened.kind === 'refused') return opened;
    const before = inForce ? silenceOf(inForce) : undefined;
    const isDueChanged = silenceOf(brought) !== before;
    return { kind: 'taken', kept: brought, rules: opened.rules, isDueChanged };
  },
};

function silenceOf({ text }: Configuration): number | undefined {
  return (JSON.parse(text) as TallyConfiguration).silenceMs;
}

function absenceDueMs(state: Tally, { silenceMs }: TallyConfiguration): number | undefined {
  const dues = state.absenceMs === null ? [] : [state.absenceMs];
  const isAnswered = state.fired.includes(`silence ${state.lastMs}`);
  if (silenceMs !== undefined && state.lastMs > 0 && !isAnswered) dues.push(state.lastMs + silenceMs);
  return dues.length === 0 ? undefined : Math.min(...dues);
}

/** The record that configures a shard; one goes to each partition. */
export function tallyConfiguration(configuration: TallyConfiguration): {
  readonly key: null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer>>;
} {
  const headers = { 'holdfast-kind': Buffer.from(TALLY_CONFIGURATION) };
  return { key: null, value: Buffer.from(JSON.stringify(configuration)), headers };
}

/** The record that a shard keeps as a setting. */
export function tallySetting(name: string, text: string) {
  const headers = { 'holdfast-kind': Buffer.from(TALLY_SETTING) };
  return { key: null, value: Buffer.from(JSON.stringify({ name, text })), headers };
}

/** The record that tells the shard itself something. */
export function tallyTold(event: TallyEvent) {
  const headers = { 'holdfast-kind': Buffer.from(TALLY_TOLD) };
  return { key: null, value: Buffer.from(JSON.stringify(event)), headers };
}

export function tallyMessage(event: TallyEvent): { key: Buffer; value: Buffer } {
  return { key: Buffer.from(event.customerId), value: Buffer.from(JSON.stringify(event)) };
}

function decode(record: LogRecord): Decoded<TallyEvent> {
  const kind = record.headers['holdfast-kind']?.toString();
  if (kind === TALLY_ERASURE) return { kind: 'erasure', entityId: String(record.value) };
  if (kind === TALLY_CONFIGURATION) {
    const text = String(record.value);
    return { kind: 'configuration', name: (JSON.parse(text) as TallyConfiguration).name, text };
  }
  if (kind === TALLY_SETTING) {
    const { name, text } = JSON.parse(String(record.value)) as { readonly name: string; readonly text: string };
    return { kind: 'setting', name, text };
  }
  if (kind === TALLY_TOLD) {
    const event = JSON.parse(String(record.value)) as TallyEvent;
    return { kind: 'shard-event', event, identity: identityOf(event) };
  }
  if (kind !== undefined) return { kind: 'shard' };
  try {
    const event = JSON.parse(record.value?.toString('utf8') ?? '') as TallyEvent;
    const identity = identityOf(event);
    return { kind: 'event', entityId: event.customerId, event, identity };
  } catch {
    return { kind: 'poison', code: 'not-json', message: 'the value is not JSON' };
  }
}

function identityOf(event: TallyEvent): EventIdentity {
  return { source: 'test', eventId: event.id, type: 'Tally', occurredAt: event.occurredAt };
}

/** Counts, and says what came of it. */
function answer(event: TallyEvent, context: ShardContext): Effects | RefusedEvent {
  if (event.bomb) throw new Error('bomb');
  if (event.customerId === 'foreign') return { refused: { code: 'foreign', message: 'it comes from elsewhere' } };
  const { partition } = context;
  const said = { ...event, id: `answer ${event.id}: ${seen(event, context).join(' ')}` };
  return {
    outbox: [{ topic: TALLY_ANSWERS, partition, ...tallyMessage(said), headers: {} }],
    kpis: [{ campaign: 'test', cell: 'told', by: 1 }],
    history: [],
    outcome: 'told',
    ...(event.count ? { tallies: [event.count] } : {}),
  };
}

/** What an event asks about the shard, before it changes anything. */
function seen({ count, ask }: TallyEvent, { tally, setting }: ShardContext): string[] {
  return [
    ...(count ? [`${count.name}=${tally(count.name)}`] : []),
    ...(ask === undefined ? [] : [`${ask}:${setting(ask) ?? ''}`]),
  ];
}

function fold(
  state: Tally,
  { event }: Extract<Stimulus<TallyEvent>, { kind: 'event' }>,
  factor: number,
  context: StepContext,
): Effects {
  const { entityId, partition, nowMs } = context;
  // Changed before the throw on purpose: the engine must forget it.
  state.total += (event.amount ?? 0) * factor;
  if (event.bomb) throw new Error('bomb');
  state.seen.push(event.id, ...seen(event, context));
  const beside = {
    ...(event.count ? { tallies: [event.count] } : {}),
    ...(event.isKept ? ({ isKept: true } as const) : {}),
  };
  state.lastMs = Math.max(state.lastMs, event.occurredAt);
  if (event.wakeInMs !== undefined) state.wallMs = nowMs + event.wakeInMs;
  if (event.absenceMs !== undefined) state.absenceMs = event.occurredAt + event.absenceMs;
  const contactId = event.decide ? `c-${entityId}-${event.decide}` : undefined;
  if (!contactId || state.contacts[contactId]) return { ...NOTHING, ...beside, outcome: 'folded' };
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
    ...beside,
  };
}

function fire(state: Tally, { silenceMs }: TallyConfiguration, nowMs: number, watermark: number | undefined): Effects {
  if (state.wallMs !== null && state.wallMs <= nowMs) {
    state.fired.push(`wall ${state.wallMs}`);
    state.wallMs = null;
  }
  if (state.absenceMs !== null && watermark !== undefined && watermark >= state.absenceMs) {
    state.fired.push(`absence ${state.absenceMs}`);
    state.absenceMs = null;
  }
  const silence = `silence ${state.lastMs}`;
  const isSilent = silenceMs !== undefined && (watermark ?? 0) >= state.lastMs + silenceMs;
  if (isSilent && state.lastMs > 0 && !state.fired.includes(silence)) state.fired.push(silence);
  return { outbox: [], kpis: [], history: [], outcome: 'fired' };
}

function adopt(state: Tally, decisions: readonly TallyEvent[]): Effects {
  for (const { contactId } of decisions) if (contactId) state.contacts[contactId] ??= 'adopted';
  return { outbox: [], kpis: [], history: [], outcome: 'adopted' };
}
