import { randomUUID } from 'node:crypto';
import type { Event, EventOf } from '@holdfast/events';
import type { CustomerReader, KnownCustomer } from '../customers/customer-reader.ts';
import type { AppendOutcome, EventPlace } from '../events/event-intake.ts';
import type { CustomerPlace } from '../security/sight.ts';
import type { FindContact } from './contact-source.ts';
import { LEFT_ALONE, type Outcome, type OutcomeAnswer, type OutcomeCaller, type RecordOutcomes } from './outcome.ts';
import { outcomeEvents } from './outcome-events.ts';

export interface NotedEvent {
  readonly event: Event;
  readonly place: EventPlace;
}

export interface RecordOutcomesDeps {
  readonly customers: Pick<CustomerReader, 'read'>;
  findContact: FindContact;
  placeOf(customer: KnownCustomer): CustomerPlace;
  /** Appends with acks of all replicas; answers per event, in order; never rejects. */
  append(events: readonly Event[]): Promise<readonly AppendOutcome[]>;
  /** Holds everything back for who is not to be contacted any more. */
  hold(event: EventOf<'ExclusionSet'>): Promise<void>;
  /** Makes what was appended visible before it is folded. */
  note(customerId: string, events: readonly NotedEvent[]): Promise<void>;
  /** Takes other contacts that people still have to make with him from them; `contactId` is the one he was asked about. */
  withdraw(customerId: string, contactId: string | undefined): Promise<void>;
  /** What could not be held or noted, or not be taken from people yet. */
  failed(what: 'hold' | 'note' | 'withdraw', error: unknown): void;
  counted(outcome: Outcome, answer: OutcomeAnswer): void;
  nowMs(): number;
}

/** So far may the clock of who hands over be ahead: an event that lies further in the future is no event to a shard. */
const AHEAD_MS = 60_000;
/** As long as a contact is known for certain; what is told later counts in no figure. */
const BEHIND_MS = 30 * 86_400_000;

/**
 * Takes answers of the desk in as events. An answer that is given again under the same name makes the same events, which
 * count once. Whoever wants to be left alone is held before the log has it, and counts as recorded only once that hold and
 * the note by which everybody sees it stand.
 */
export function createOutcomeRecorder(deps: RecordOutcomesDeps): RecordOutcomes {
  return async (caller, outcomes) => {
    const ids = [...new Set(outcomes.map(({ customerId }) => customerId))];
    const visible = new Map(await Promise.all(ids.map(async (id) => [id, await lookAt(id, caller, deps)] as const)));
    const prepared = await Promise.all(
      outcomes.map((outcome, index) =>
        prepare({ outcome, index, isOnly: outcomes.length === 1 }, caller, visible, deps),
      ),
    );
    const answers = await tell(prepared, caller, deps);
    for (const [index, outcome] of outcomes.entries()) deps.counted(outcome, answers[index] ?? NOT_TOLD);
    return answers;
  };
}

type Refusal = Exclude<OutcomeAnswer, { kind: 'recorded' }>;
type Looked = { readonly kind: 'visible'; readonly customer: KnownCustomer } | Refusal;

async function lookAt(customerId: string, caller: OutcomeCaller, deps: RecordOutcomesDeps): Promise<Looked> {
  const answer = await deps.customers.read(customerId);
  if (answer.kind === 'away') return { kind: 'unavailable', message: 'the customer cannot be looked up now' };
  if (answer.kind === 'absent' || !caller.sees(deps.placeOf(answer.customer))) return { kind: 'unknown-customer' };
  return { kind: 'visible', customer: answer.customer };
}

interface Told {
  readonly kind: 'told';
  readonly outcome: Outcome;
  readonly occurredAt: number;
  readonly events: readonly Event[];
}

interface Placed {
  readonly outcome: Outcome;
  readonly index: number;
  readonly isOnly: boolean;
}

async function prepare(
  placed: Placed,
  caller: OutcomeCaller,
  visible: ReadonlyMap<string, Looked>,
  deps: RecordOutcomesDeps,
): Promise<Told | Refusal> {
  const { outcome } = placed;
  const looked = visible.get(outcome.customerId) ?? NOT_TOLD;
  if (looked.kind !== 'visible') return looked;
  const nowMs = deps.nowMs();
  const occurredAt = outcome.occurredAt ?? nowMs;
  const wrong = wrongTime(outcome, occurredAt, nowMs);
  if (wrong) return wrong;
  const { contactId } = outcome;
  const found = contactId === undefined ? undefined : await deps.findContact(looked.customer, contactId);
  if (found?.kind === 'away') return { kind: 'unavailable', message: 'the contact cannot be looked up now' };
  if (found?.kind === 'absent') return { kind: 'unknown-contact' };
  const told = { outcome, contact: found?.contact, agent: caller.agent, occurredAt, name: nameOf(placed, caller) };
  return { kind: 'told', outcome, occurredAt, events: outcomeEvents(told) };
}

function wrongTime({ until }: Outcome, occurredAt: number, nowMs: number): Refusal | undefined {
  if (occurredAt > nowMs + AHEAD_MS) {
    return { kind: 'refused', field: 'occurredAt', message: 'lies in the future; send the time at which it happened' };
  }
  if (occurredAt < nowMs - BEHIND_MS) {
    return { kind: 'refused', field: 'occurredAt', message: 'is more than 30 days ago, and would count nowhere' };
  }
  if (until === undefined || until > occurredAt) return undefined;
  return { kind: 'refused', field: 'until', message: 'is not after the answer; send when to ask again' };
}

/**
 * An answer to an offer is given once, so without a name of its own it is named by contact and outcome alone. There may be
 * many calls that nobody answers: those are told apart by their time, or by nothing.
 */
function nameOf({ outcome, index, isOnly }: Placed, { requestKey }: OutcomeCaller): string {
  if (outcome.requestId !== undefined) return `id:${outcome.requestId}`;
  if (requestKey !== undefined) return isOnly ? `key:${requestKey}` : `key:${index}:${requestKey}`;
  const isAttempt = outcome.outcome === 'no_answer' || outcome.outcome === 'wrong_person';
  if (!isAttempt) return '';
  return outcome.occurredAt === undefined ? randomUUID() : `at:${outcome.occurredAt}`;
}

async function tell(
  prepared: readonly (Told | Refusal)[],
  caller: OutcomeCaller,
  deps: RecordOutcomesDeps,
): Promise<readonly OutcomeAnswer[]> {
  const events = prepared.flatMap((one) => (one.kind === 'told' ? one.events : []));
  if (events.length === 0) return prepared.map((one) => (one.kind === 'told' ? NOT_TOLD : one));
  for (const customerId of new Set(events.map((event) => event.customerId))) await caller.noteAccess(customerId);
  const unheld = await holdAll(events, deps);
  const outcomes = await deps.append(events);
  const appended = new Map(events.map((event, index) => [event, outcomes[index]]));
  const unnoted = await noteAll(appended, deps);
  await withdrawAll(prepared, appended, deps);
  return prepared.map((one) => {
    if (one.kind !== 'told') return one;
    return answerOf(one, appended) ?? stillToHold(one, unheld, unnoted) ?? recorded(one);
  });
}

/** Before the append: it counts from the moment it was handed over. Answers whom it could not be done for. */
async function holdAll(events: readonly Event[], deps: RecordOutcomesDeps): Promise<ReadonlySet<string>> {
  const unheld = new Set<string>();
  for (const event of events) {
    if (event.type !== 'ExclusionSet') continue;
    try {
      await deps.hold(event);
    } catch (error) {
      unheld.add(event.customerId);
      deps.failed('hold', error);
    }
  }
  return unheld;
}

async function noteAll(
  appended: ReadonlyMap<Event, AppendOutcome | undefined>,
  deps: RecordOutcomesDeps,
): Promise<ReadonlySet<string>> {
  const unnoted = new Set<string>();
  const places = [...appended].flatMap(([event, outcome]) =>
    outcome?.kind === 'accepted' ? [{ event, place: outcome.place }] : [],
  );
  const byCustomer = Map.groupBy(places, ({ event }) => event.customerId);
  await Promise.all(
    [...byCustomer].map(async ([customerId, told]) => {
      try {
        await deps.note(customerId, told);
      } catch (error) {
        unnoted.add(customerId);
        deps.failed('note', error);
      }
    }),
  );
  return unnoted;
}

/** For those who want to be left alone. Where it fails it is done later, by who follows the log. */
async function withdrawAll(
  prepared: readonly (Told | Refusal)[],
  appended: ReadonlyMap<Event, AppendOutcome | undefined>,
  deps: RecordOutcomesDeps,
): Promise<void> {
  for (const one of prepared) {
    if (one.kind !== 'told' || one.outcome.outcome !== LEFT_ALONE || answerOf(one, appended)) continue;
    const { customerId, contactId } = one.outcome;
    await deps.withdraw(customerId, contactId).catch((error) => deps.failed('withdraw', error));
  }
}

/** Undefined where the log has all of it. */
function answerOf(
  { events }: Told,
  appended: ReadonlyMap<Event, AppendOutcome | undefined>,
): OutcomeAnswer | undefined {
  for (const event of events) {
    const outcome = appended.get(event);
    if (outcome?.kind === 'accepted') continue;
    if (outcome?.kind === 'rejected') return { kind: 'refused', field: '', message: outcome.message };
    return { kind: 'unavailable', message: outcome?.message ?? 'the log did not answer' };
  }
  return undefined;
}

/** It is in the log, but not everybody knows before it is folded: handed over again, it is tried again. */
function stillToHold(
  { events }: Told,
  unheld: ReadonlySet<string>,
  unnoted: ReadonlySet<string>,
): OutcomeAnswer | undefined {
  const isOpen = events.some(
    ({ type, customerId }) => type === 'ExclusionSet' && (unheld.has(customerId) || unnoted.has(customerId)),
  );
  return isOpen ? { kind: 'unavailable', message: 'it is recorded and does not hold everywhere yet' } : undefined;
}

function recorded({ events, occurredAt }: Told): OutcomeAnswer {
  return { kind: 'recorded', occurredAt, events: events.map(({ type, eventId }) => ({ type, id: eventId })) };
}

const NOT_TOLD: Refusal = { kind: 'unavailable', message: 'there is no answer for it' };
