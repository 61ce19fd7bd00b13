import {
  type Configuration,
  type ConfigurationRules,
  type Decoded,
  type Due,
  type Effects,
  JOB_ONLY,
  type LogRecord,
  type OutboxMessage,
  type Rules,
  type ShardContext,
  type StepContext,
  type Stimulus,
  type Topology,
} from '@holdfast/engine';

/**
 * A topology small enough for a hundred thousand lives: it counts and hashes what it saw, keeps one wall and one absence
 * timer, decides, and holds a ledger of contacts with a cap of one per customer. What it is configured with is part of the
 * hash, and may be that everybody's silence is waited for; so is what the shard keeps, and how many events it has seen. The
 * shard counts contacts over all customers, and grants what it is asked for by a record to itself. Everything is text
 * between bars, which is cheaper than JSON.
 */
export interface Ledger {
  count: number;
  /** Of the ids of the events, each with the name of the configuration, in the order they were folded. */
  hash: number;
  wallMs: number;
  absenceMs: number;
  /** Latest event, and the one whose silence was answered last. */
  lastMs: number;
  answeredMs: number;
  readonly fired: string[];
  contacts: LedgerContact[];
}

export interface LedgerContact {
  readonly id: string;
  /** o open, k confirmed, x cancelled, u unknown, r released: ended without being sent. */
  status: 'o' | 'k' | 'x' | 'u' | 'r';
  readonly sendBy: number;
}

/**
 * `decide` asks for a contact, `wall` and `absence` arm a timer that asks for one, `report` tells what became of one, a
 * `bomb` makes the rules throw. The shard itself is told by `ask` that more is wanted, and by `grant` how much there is.
 */
export type LedgerEventKind =
  | 'plain'
  | 'decide'
  | 'wall'
  | 'absence'
  | 'bomb'
  | 'decision'
  | 'report'
  | 'ask'
  | 'grant';

export interface LedgerEvent {
  readonly kind: LedgerEventKind;
  readonly id: string;
  readonly customerId: string;
  readonly occurredAt: number;
  /** Contact of a decision or report. */
  readonly contactId: string;
  /** Status of a report; time until which a decision may be sent. */
  readonly detail: string;
}

export const INPUTS = ['in.a', 'in.b'] as const;
export const DECISIONS = 'out.decision';
export const FEED = 'sim|Seen';
export const TIMER_MS = 1_000;
export const SEND_WITHIN_MS = 600_000;
/** Numbers of the shard: events, contacts that count, what was asked for, what was granted. */
export const COUNTED = { seen: 'seen', contacts: 'contacts', asked: 'asked', granted: 'granted' } as const;
const SETTING = 'tone';
const CONFIGURATION_KIND = 'configuration';
const SETTING_KIND = 'setting';
const TOLD_KIND = 'told';
const CAP = 1;
const NOTHING_DUE: Due = {};
const [ZERO, BAR] = [48, 124];

/** Customers by the kind of channel that reaches them. */
export const CHANNEL_OF = { ida: 'idempotent', mona: 'at-most-once', lea: 'at-least-once' } as const;
export type CustomerId = keyof typeof CHANNEL_OF;
export const CUSTOMERS: readonly CustomerId[] = ['ida', 'mona', 'lea'];

/** What the world is configured with, by number. */
export interface LedgerConfiguration {
  readonly name: string;
  /** Everybody's silence is waited for so long, ms; 0: nobody's. */
  readonly silenceMs: number;
  /** Nobody can work by it. */
  readonly isBroken: boolean;
}

export const CONFIGURATIONS: readonly Omit<LedgerConfiguration, 'name'>[] = [
  { silenceMs: 0, isBroken: false },
  { silenceMs: 1_000, isBroken: false },
  { silenceMs: 400, isBroken: false },
  { silenceMs: 0, isBroken: true },
];

const rulesOf = (configuration: LedgerConfiguration): Rules<Ledger, LedgerEvent> => ({
  create: () => ({ count: 0, hash: 7, wallMs: 0, absenceMs: 0, lastMs: 0, answeredMs: 0, fired: [], contacts: [] }),
  encode,
  read: (_, bytes) => read(bytes),
  due: (state) => due(state, configuration),
  step: (state, stimulus, context) => countedStep(state, stimulus, context, configuration),
  stepShard: answer,
});

const CONFIGURED: ConfigurationRules<Ledger, LedgerEvent> = {
  open({ text }) {
    const configuration = readConfiguration(text);
    if (configuration.isBroken) return { kind: 'refused', message: 'it is broken' };
    return { kind: 'opened', rules: rulesOf(configuration) };
  },
  take(brought, inForce) {
    const opened = CONFIGURED.open(brought);
    if (opened.kind === 'refused') return opened;
    const isDueChanged = silenceIn(inForce) !== silenceIn(brought);
    return { kind: 'taken', kept: brought, rules: opened.rules, isDueChanged };
  },
};

export const LEDGER: Topology<Ledger, LedgerEvent> & { readonly configuration: typeof CONFIGURED } = {
  name: 'ledger',
  inputs: INPUTS,
  decisionTopic: DECISIONS,
  codecVersion: 1,
  decode,
  ...rulesOf({ name: '', silenceMs: 0, isBroken: false }),
  configuration: CONFIGURED,
};

export function configurationMessage({ name, silenceMs, isBroken }: LedgerConfiguration) {
  const value = Buffer.from(`${name}|${silenceMs}|${isBroken ? 1 : 0}`, 'latin1');
  return { key: null, value, headers: { 'holdfast-kind': Buffer.from(CONFIGURATION_KIND) } };
}

/** The record that makes the shard keep a text. */
export function settingMessage(text: string) {
  return { key: null, value: Buffer.from(text, 'latin1'), headers: { 'holdfast-kind': Buffer.from(SETTING_KIND) } };
}

/** The record that tells the shard itself something. */
export function toldMessage(event: LedgerEvent) {
  return { ...ledgerMessage(event), key: null, headers: { 'holdfast-kind': Buffer.from(TOLD_KIND) } };
}

function readConfiguration(text: string): LedgerConfiguration {
  const [name = '', silenceMs, isBroken] = text.split('|');
  return { name, silenceMs: Number(silenceMs), isBroken: isBroken === '1' };
}

/** How long everybody's silence is waited for, ms; 0: nobody's. */
export function silenceIn(inForce: Configuration | undefined): number {
  return inForce ? readConfiguration(inForce.text).silenceMs : 0;
}

export function ledgerMessage(event: LedgerEvent): { readonly key: Buffer; readonly value: Buffer } {
  const { kind, id, customerId, occurredAt, contactId, detail } = event;
  const text = `${kind}|${id}|${customerId}|${occurredAt}|${contactId}|${detail}`;
  return { key: Buffer.from(customerId, 'latin1'), value: Buffer.from(text, 'latin1') };
}

export function readLedger(bytes: Buffer): Ledger {
  return read(bytes);
}

/** Which timers are armed in a state, read no further than to them. */
export function armedIn(bytes: Buffer): 'wall' | 'absence' | undefined {
  let bars = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== BAR) continue;
    bars += 1;
    const isArmed = bytes[at + 1] !== ZERO;
    if (bars === 2 && isArmed) return 'wall';
    if (bars === 3) return isArmed ? 'absence' : undefined;
  }
  return undefined;
}

function due(state: Ledger, configuration: LedgerConfiguration): Due {
  const { wallMs, absenceMs } = state;
  const silenceMs = silenceDueMs(state, configuration);
  if (absenceMs === 0 && silenceMs === 0) return wallMs === 0 ? NOTHING_DUE : { wallMs };
  const dueMs = absenceMs === 0 || silenceMs === 0 ? absenceMs + silenceMs : Math.min(absenceMs, silenceMs);
  const eventTime = { dueMs, feed: FEED };
  return wallMs === 0 ? { eventTime } : { wallMs, eventTime };
}

function decode(record: LogRecord): Decoded<LedgerEvent> {
  const shardKind = record.headers['holdfast-kind']?.toString();
  if (shardKind === SETTING_KIND) return { kind: 'setting', name: SETTING, text: String(record.value) };
  if (shardKind === CONFIGURATION_KIND) {
    const text = String(record.value);
    return { kind: 'configuration', name: text.slice(0, text.indexOf('|')), text };
  }
  if (shardKind !== undefined && shardKind !== TOLD_KIND) return { kind: 'shard' };
  const fields = fieldsOf(record.value ?? Buffer.alloc(0));
  const kind = fields.text() as LedgerEventKind;
  const id = fields.text();
  const customerId = fields.text();
  const occurredAt = fields.number();
  const event: LedgerEvent = { kind, id, customerId, occurredAt, contactId: fields.text(), detail: fields.text() };
  if (shardKind === TOLD_KIND) return { kind: 'shard-event', event };
  return {
    kind: 'event',
    entityId: customerId,
    event,
    identity: { source: 'sim', eventId: id, type: 'Seen', occurredAt },
  };
}

function encode(state: Ledger): Buffer {
  const contacts = state.contacts.map(({ id, status, sendBy }) => `${status}${sendBy}/${id}`).join(' ');
  const { count, hash, wallMs, absenceMs, lastMs, answeredMs, fired } = state;
  const times = `${wallMs}|${absenceMs}|${lastMs}|${answeredMs}`;
  const text = `${count}|${hash}|${times}|${fired.join(' ')}|${contacts}`;
  return Buffer.from(text, 'latin1');
}

function read(bytes: Buffer): Ledger {
  const fields = fieldsOf(bytes);
  const [count, hash, wallMs, absenceMs] = [fields.number(), fields.number(), fields.number(), fields.number()];
  const [lastMs, answeredMs] = [fields.number(), fields.number()];
  const [fired, contacts] = [fields.text(), fields.text()];
  return {
    count,
    hash,
    wallMs,
    absenceMs,
    lastMs,
    answeredMs,
    fired: fired === '' ? [] : fired.split(' '),
    contacts: contacts === '' ? [] : contacts.split(' ').map(readContact),
  };
}

/** Reads one field after the other; `split` would make, and look up, a text of each number too. */
function fieldsOf(bytes: Buffer) {
  const all = bytes.toString('latin1');
  let at = 0;
  return {
    text(): string {
      const bar = all.indexOf('|', at);
      const end = bar < 0 ? all.length : bar;
      const text = all.slice(at, end);
      at = end + 1;
      return text;
    },
    number(): number {
      if (all.charCodeAt(at) !== ZERO) return Number(this.text());
      at += 2;
      return 0;
    },
  };
}

function readContact(text: string): LedgerContact {
  const bar = text.indexOf('/');
  return {
    status: text[0] as LedgerContact['status'],
    sendBy: Number(text.slice(1, bar)),
    id: text.slice(bar + 1),
  };
}

/** What comes of a contact's status counts for the shard too. */
function countedStep(
  state: Ledger,
  stimulus: Stimulus<LedgerEvent>,
  context: StepContext,
  configuration: LedgerConfiguration,
): Effects {
  const before = countingIn(state);
  const effects = step(state, stimulus, context, configuration);
  const contacts = countingIn(state) - before;
  const seen = stimulus.kind === 'event' ? 1 : 0;
  if (contacts === 0 && seen === 0) return effects;
  return {
    ...effects,
    tallies: [
      { name: COUNTED.seen, by: seen },
      { name: COUNTED.contacts, by: contacts },
    ],
  };
}

/** Contacts that count against the cap. */
export function countingIn({ contacts }: Ledger): number {
  let counting = 0;
  for (const { status } of contacts) if (status !== 'r') counting += 1;
  return counting;
}

/** Asked for more, the shard says to itself how much it has granted in all; said twice, it is the same. */
function answer({ kind, detail }: LedgerEvent, { tally, partition, nowMs }: ShardContext): Effects {
  const total = kind === 'ask' ? tally(COUNTED.asked) + 1 : Number(detail);
  if (kind !== 'ask') {
    const by = Math.max(0, total - tally(COUNTED.granted));
    return { outbox: [], kpis: [], history: [], outcome: kind, tallies: [{ name: COUNTED.granted, by }] };
  }
  const grant: LedgerEvent = {
    kind: 'grant',
    id: `g${total}`,
    customerId: '',
    occurredAt: nowMs,
    contactId: '',
    detail: String(total),
  };
  return {
    outbox: [{ topic: INPUTS[0], partition, ...toldMessage(grant) }],
    kpis: [],
    history: [],
    outcome: kind,
    tallies: [{ name: COUNTED.asked, by: 1 }],
  };
}

function step(
  state: Ledger,
  stimulus: Stimulus<LedgerEvent>,
  context: StepContext,
  configuration: LedgerConfiguration,
): Effects {
  if (stimulus.kind === 'adopt') return adopt(state, stimulus.decisions, context);
  if (stimulus.kind === 'timer') return fire(state, context, configuration);
  const { event } = stimulus;
  state.count += 1;
  if (event.kind !== 'report') state.lastMs = Math.max(state.lastMs, event.occurredAt);
  addToHash(state, configuration.name);
  addToHash(state, event.id);
  addToHash(state, `${context.setting(SETTING) ?? ''}${context.tally(COUNTED.seen)}`);
  // Changed before on purpose: the engine must forget it.
  if (event.kind === 'bomb') throw new Error('bomb');
  if (event.kind === 'wall') state.wallMs = context.nowMs + TIMER_MS;
  if (event.kind === 'absence') state.absenceMs = event.occurredAt + TIMER_MS;
  if (event.kind === 'report') settle(state, event);
  const outbox = event.kind === 'decide' ? decide(state, event.id, context) : [];
  return { outbox, kpis: [], history: [], outcome: event.kind };
}

function addToHash(state: Ledger, text: string): void {
  for (let i = 0; i < text.length; i++) state.hash = (Math.imul(state.hash, 31) + text.charCodeAt(i)) | 0;
}

/** 0 when nobody's silence is waited for, or this one was answered. */
function silenceDueMs({ lastMs, answeredMs }: Ledger, { silenceMs }: LedgerConfiguration): number {
  return silenceMs === 0 || lastMs === 0 || lastMs === answeredMs ? 0 : lastMs + silenceMs;
}

function decide(state: Ledger, occasion: string, context: StepContext): OutboxMessage[] {
  const { entityId, nowMs } = context;
  const contactId = ['c', entityId, occasion].join('-');
  // Cancelled ones keep counting.
  if (state.contacts.some(({ id }) => id === contactId) || state.contacts.length >= CAP) return [];
  const sendBy = nowMs + SEND_WITHIN_MS;
  state.contacts.push({ id: contactId, status: 'o', sendBy });
  const decision: LedgerEvent = {
    kind: 'decision',
    id: contactId,
    customerId: entityId,
    occurredAt: nowMs,
    contactId,
    detail: String(sendBy),
  };
  return [
    {
      topic: DECISIONS,
      partition: context.partition,
      ...ledgerMessage(decision),
      headers: {},
      job: jobOf(entityId, contactId, sendBy),
    },
  ];
}

function jobOf(entityId: string, contactId: string, sendBy: number) {
  const channel = CHANNEL_OF[entityId as CustomerId];
  return { channel, contactId, entityId, sendAt: sendBy - SEND_WITHIN_MS, sendBy };
}

function fire(state: Ledger, context: StepContext, configuration: LedgerConfiguration): Effects {
  const outbox: OutboxMessage[] = [];
  if (state.wallMs !== 0 && state.wallMs <= context.nowMs) {
    state.fired.push(`w${state.wallMs}`);
    outbox.push(...decide(state, `w${state.wallMs}`, context));
    state.wallMs = 0;
  }
  const watermark = context.watermark(FEED);
  if (state.absenceMs !== 0 && watermark !== undefined && watermark >= state.absenceMs) {
    state.fired.push(`a${state.absenceMs}`);
    outbox.push(...decide(state, `a${state.absenceMs}`, context));
    state.absenceMs = 0;
  }
  const silenceMs = silenceDueMs(state, configuration);
  if (silenceMs !== 0 && watermark !== undefined && watermark >= silenceMs) {
    state.fired.push(`s${state.lastMs}`);
    state.answeredMs = state.lastMs;
  }
  return { outbox, kpis: [], history: [], outcome: 'fired' };
}

/** Released decisions count, whatever is remembered; where the cap is exceeded every open contact is cancelled. */
function adopt(state: Ledger, decisions: readonly LedgerEvent[], context: StepContext): Effects {
  let hasForgotten = false;
  for (const { contactId, detail } of decisions) {
    if (state.contacts.some(({ id }) => id === contactId)) continue;
    state.contacts.push({ id: contactId, status: 'o', sendBy: Number(detail) });
    hasForgotten = true;
  }
  if (hasForgotten && countingIn(state) > CAP) {
    for (const contact of state.contacts) if (contact.status === 'o') contact.status = 'x';
  }
  const outbox = state.contacts
    .filter(({ id, status }) => status === 'o' && decisions.some(({ contactId }) => contactId === id))
    .map(({ id, sendBy }) => ({
      topic: JOB_ONLY,
      key: null,
      value: null,
      headers: {},
      job: jobOf(context.entityId, id, sendBy),
    }));
  return { outbox, kpis: [], history: [], outcome: 'adopted' };
}

function settle(state: Ledger, { contactId, detail }: LedgerEvent): void {
  const known = state.contacts.find(({ id }) => id === contactId);
  const contact: LedgerContact = known ?? { id: contactId, status: 'u', sendBy: 0 };
  if (!known) state.contacts.push(contact);
  // A try that will be repeated ends nothing.
  if (detail === 'ATTEMPTED') return;
  if (detail === 'DELIVERED') contact.status = 'k';
  else if (contact.status === 'o' || contact.status === 'u') contact.status = detail === 'UNKNOWN' ? 'u' : 'r';
}
