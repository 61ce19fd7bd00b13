import type { Event } from '@holdfast/events';
import type { InteractionStore, StoredInteraction } from '@holdfast/redis';
import type { CustomerReader, KnownCustomer } from '../customers/customer-reader.ts';
import type { AppendOutcome } from '../events/event-intake.ts';
import type { OutcomeAnswer, OutcomeCaller, RecordOutcomes } from '../outcomes/outcome.ts';
import type { NotedEvent } from '../outcomes/record-outcomes.ts';
import type { CustomerPlace } from '../security/sight.ts';
import {
  begun,
  changed,
  customerOf,
  interactionId,
  type KeptInteraction,
  openedBy,
  outcomesOf,
} from './party-interaction.ts';
import type { CreateBody, PartyInteraction, UpdateBody } from './party-interaction-schema.ts';

export interface InteractingDeps {
  readonly store: InteractionStore;
  readonly customers: Pick<CustomerReader, 'read'>;
  placeOf(customer: KnownCustomer): CustomerPlace;
  readonly record: RecordOutcomes;
  append(events: readonly Event[]): Promise<readonly AppendOutcome[]>;
  note(customerId: string, events: readonly NotedEvent[]): Promise<void>;
  failed(what: 'note', error: unknown): void;
  nowMs(): number;
}

export type Interacted =
  | { readonly kind: 'done'; readonly kept: KeptInteraction; readonly before?: PartyInteraction }
  /** It was made before under the same key. */
  | { readonly kind: 'repeated'; readonly kept: KeptInteraction }
  | NotInteracted;

export type NotInteracted =
  | { readonly kind: 'no-customer' | 'absent' | 'changed' }
  | { readonly kind: 'refused'; readonly message: string }
  | Exclude<OutcomeAnswer, { kind: 'recorded' | 'refused' }>;

/** Of one that is there already. */
export type Changed = Exclude<Interacted, { kind: 'repeated' }>;

export interface Interacting {
  /** Takes an interaction in: outcomes of its items first, then that the customer called, then the interaction itself. */
  begin(
    caller: OutcomeCaller,
    body: CreateBody,
    making: { readonly callerId: string; hrefOf(id: string): string },
  ): Promise<Interacted>;
  change(caller: OutcomeCaller, id: string, body: UpdateBody): Promise<Changed>;
  read(caller: OutcomeCaller, id: string): Promise<Changed>;
  /** With the customer, or those the caller had. Those that he may not see are left out. */
  list(
    caller: OutcomeCaller,
    of: { readonly customerId?: string | undefined },
    page: Page,
  ): Promise<Listed | NotInteracted>;
  remove(caller: OutcomeCaller, id: string): Promise<Changed>;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface Listed {
  readonly kind: 'listed';
  readonly total: number;
  readonly kept: readonly KeptInteraction[];
}

/** All of them reject while Redis is away. */
export function createInteracting(deps: InteractingDeps): Interacting {
  const { store } = deps;

  const sight = async (caller: OutcomeCaller, customerId: string): Promise<'visible' | 'unknown' | 'away'> => {
    const answer = await deps.customers.read(customerId);
    if (answer.kind === 'away') return 'away';
    return answer.kind === 'found' && caller.sees(deps.placeOf(answer.customer)) ? 'visible' : 'unknown';
  };

  /** What is there and may be seen, noted as looked at. */
  const find = async (caller: OutcomeCaller, id: string): Promise<Found | NotInteracted> => {
    const asRead = await store.read(id);
    if (asRead === undefined) return { kind: 'absent' };
    const kept = JSON.parse(asRead) as KeptInteraction;
    const seen = await sight(caller, kept.customerId);
    if (seen === 'away') return AWAY;
    if (seen === 'unknown') return { kind: 'absent' };
    await caller.noteAccess(kept.customerId);
    return { kind: 'found', asRead, kept };
  };

  return {
    async begin(caller, body, { callerId, hrefOf }) {
      const customerId = customerOf(body.relatedParty);
      if (customerId === undefined) return { kind: 'no-customer' };
      const seen = await sight(caller, customerId);
      if (seen !== 'visible') return seen === 'away' ? AWAY : { kind: 'unknown-customer' };
      await caller.noteAccess(customerId);
      const id = interactionId([callerId, customerId], caller.requestKey);
      const { agent } = caller;
      const kept = { customerId, agent, resource: begun(body, { id, href: hrefOf(id), agent, nowMs: deps.nowMs() }) };
      const refusal = tooLarge(kept) ?? (await recordItems(kept, caller, deps)) ?? (await recordOpening(kept, deps));
      if (refusal) return refusal;
      const created = await store.create(storedOf(kept));
      return created.kind === 'created'
        ? { kind: 'done', kept }
        : { kind: 'repeated', kept: JSON.parse(created.record) as KeptInteraction };
    },
    async change(caller, id, body) {
      const found = await find(caller, id);
      if (found.kind !== 'found') return found;
      const { kept: before, asRead } = found;
      if (body.relatedParty && customerOf(body.relatedParty) !== before.customerId) return { kind: 'no-customer' };
      const kept = { ...before, resource: changed(before, body, deps.nowMs()) };
      const refusal = tooLarge(kept) ?? (body.interactionItem && (await recordItems(kept, caller, deps)));
      if (refusal) return refusal;
      const replaced = await store.replace(storedOf(kept), asRead);
      return replaced === 'replaced' ? { kind: 'done', kept, before: before.resource } : { kind: replaced };
    },
    async read(caller, id) {
      const found = await find(caller, id);
      return found.kind === 'found' ? { kind: 'done', kept: found.kept } : found;
    },
    async list(caller, { customerId }, page) {
      if (customerId !== undefined) {
        const seen = await sight(caller, customerId);
        if (seen !== 'visible') return seen === 'away' ? AWAY : { kind: 'listed', total: 0, kept: [] };
      }
      const { total, records } = await store.list(
        customerId === undefined ? { agent: caller.agent } : { customerId },
        page,
      );
      const kept = records.map((record) => JSON.parse(record) as KeptInteraction);
      const ids = [...new Set(kept.map((one) => one.customerId))];
      const looks = new Map(await Promise.all(ids.map(async (one) => [one, await sight(caller, one)] as const)));
      if ([...looks.values()].includes('away')) return AWAY;
      const visible = kept.filter((one) => looks.get(one.customerId) === 'visible');
      for (const one of new Set(visible.map((each) => each.customerId))) await caller.noteAccess(one);
      return { kind: 'listed', total, kept: visible };
    },
    async remove(caller, id) {
      const found = await find(caller, id);
      if (found.kind !== 'found') return found;
      const { customerId, agent, resource } = found.kept;
      return (await store.remove({ id: resource.id, customerId, agent }))
        ? { kind: 'done', kept: found.kept }
        : { kind: 'absent' };
    },
  };
}

interface Found {
  readonly kind: 'found';
  /** As Redis has it. */
  readonly asRead: string;
  readonly kept: KeptInteraction;
}

const MAX_RECORD_CHARACTERS = 128 * 1024;

/** What is told bit by bit adds up. */
function tooLarge(kept: KeptInteraction): NotInteracted | undefined {
  if (JSON.stringify(kept).length <= MAX_RECORD_CHARACTERS) return undefined;
  return { kind: 'refused', message: `with what was told before it has more than ${MAX_RECORD_CHARACTERS} characters` };
}

const AWAY: NotInteracted = { kind: 'unavailable', message: 'the customer cannot be looked up now' };

function storedOf(kept: KeptInteraction): StoredInteraction {
  const { customerId, agent, resource } = kept;
  const startedAtMs = Date.parse(resource.creationDate);
  return { id: resource.id, customerId, agent, startedAtMs, record: JSON.stringify(kept) };
}

/** Undefined when all of them are recorded. Told again, they are the same answers. */
async function recordItems(
  { customerId, resource }: KeptInteraction,
  caller: OutcomeCaller,
  { record }: InteractingDeps,
): Promise<NotInteracted | undefined> {
  const read = outcomesOf(customerId, resource);
  if (read.kind === 'refused') return read;
  if (read.outcomes.length === 0) return undefined;
  const answers = await record(caller, read.outcomes);
  for (const answer of answers) {
    if (answer.kind === 'recorded') continue;
    return answer.kind === 'refused' ? { kind: 'refused', message: `${answer.field} ${answer.message}` } : answer;
  }
  return undefined;
}

async function recordOpening(
  kept: KeptInteraction,
  { append, note, failed }: InteractingDeps,
): Promise<NotInteracted | undefined> {
  const event = openedBy(kept);
  if (event === undefined) return undefined;
  const [outcome] = await append([event]);
  if (outcome?.kind === 'rejected') return { kind: 'refused', message: outcome.message };
  if (outcome?.kind !== 'accepted')
    return { kind: 'unavailable', message: outcome?.message ?? 'the log did not answer' };
  await note(kept.customerId, [{ event, place: outcome.place }]).catch((error: unknown) => failed('note', error));
  return undefined;
}
