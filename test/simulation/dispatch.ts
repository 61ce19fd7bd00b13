import type { DecisionMade } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';
import { createDelivery } from '../../services/dispatcher/src/delivery.ts';
import { deliveryNote } from '../../services/dispatcher/src/delivery-note.ts';
import type { Channel, DeliveryObserver, DeliveryPorts, Standing } from '../../services/dispatcher/src/ports.ts';
import { DECISION } from '../../services/dispatcher/test/contact.ts';
import { CHANNEL_OF, type CustomerId, INPUTS, ledgerMessage, readLedger } from './ledger.ts';
import { removeFrom } from './remove-from.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimLog } from './sim-log.ts';
import type { SimJob, SimQueue } from './sim-queue.ts';
import type { SimStore } from './sim-store.ts';
import type { Actor, Wire } from './wire.ts';

export interface DispatchDeps {
  readonly wire: Wire;
  readonly clock: SimClock;
  readonly log: SimLog;
  readonly store: SimStore;
  readonly queue: SimQueue;
  newActor(name: string): Actor;
  /** Somebody is reached; `wasOpen` tells what the state said when it was last read for this. */
  contacted(contactId: string, customerId: string, wasOpen: boolean): void;
}

/** The real delivery over the queue and the store of the world; each job taken is an actor of its own. */
export interface Dispatch {
  readonly handlers: readonly Handler[];
  take(entry: SimJob): void;
  /** The handler's process ends; the job is handed out again. */
  crash(handler: Handler): void;
  /** The job's lock runs out while its handler goes on. */
  stall(handler: Handler): void;
}

export interface Handler {
  readonly actor: Actor;
  readonly entry: SimJob;
}

const SILENT: DeliveryObserver = {
  ended: () => undefined,
  sent: () => undefined,
  tried: () => undefined,
  retried: () => undefined,
  reportRefused: () => undefined,
};

export function createDispatch(deps: DispatchDeps): Dispatch {
  const { wire, clock, log, store, queue, newActor, contacted } = deps;
  const handlers: Handler[] = [];

  const forget = (handler: Handler) => void removeFrom(handlers, handler);

  const handlingOf = (actor: Actor, job: ContactJob) => {
    const lane = {};
    let wasOpen = false;
    const ports: DeliveryPorts = {
      state: (entityId) =>
        wire.call(actor, 'state', lane, () => {
          const view = store.view(entityId);
          wasOpen =
            view.trusted && view.bytes !== null && standingOf(view.bytes, job.contactId, clock.nowMs()).kind === 'open';
          return view;
        }),
      standing: standingOf,
      decision: async () => ({ kind: 'found', decision: decisionOf(job) }),
      marks: {
        markSending: (id) =>
          wire.call(actor, 'begin', lane, () => {
            const isFirst = !queue.sending.has(id);
            queue.sending.add(id);
            return isFirst ? 'first' : 'already';
          }),
        markSent: (id) => wire.call(actor, 'mark', lane, () => void queue.sent.add(id)),
        sentNote: (id) => wire.call(actor, 'marked', lane, () => (queue.sent.has(id) ? '1' : undefined)),
        noteOf: (id) =>
          wire.call(actor, 'marked', lane, () => {
            if (queue.sent.has(id)) return '1';
            return queue.sending.has(id) ? begunNoteOf(job) : undefined;
          }),
        clearSending: (id) => wire.call(actor, 'unbegin', lane, () => void queue.sending.delete(id)),
      },
      directory: { addressOf: async () => ({ kind: 'none' }) },
      isHeldBack: async () => false,
      report: (report) =>
        wire.call<Awaited<ReturnType<DeliveryPorts['report']>>>(
          actor,
          'report',
          lane,
          () => {
            const event = {
              kind: 'report' as const,
              id: report.eventId,
              customerId: report.customerId,
              occurredAt: report.occurredAt,
              contactId: report.contactId,
              detail: report.status,
            };
            log.append(INPUTS[1], ledgerMessage(event));
            return { kind: 'ok' };
          },
          () => ({ kind: 'retry', message: 'no answer' }),
        ),
      now: () => clock.nowMs(),
    };
    const channel: Channel = {
      name: job.channel,
      semantics: CHANNEL_OF[job.entityId as CustomerId],
      send: () =>
        wire.call(actor, 'send', lane, () => {
          contacted(job.contactId, job.entityId, wasOpen);
          return { kind: 'sent' } as const;
        }),
    };
    return createDelivery(channel, ports, SILENT)(job);
  };

  return {
    handlers,
    take(entry) {
      const actor = newActor('dispatcher');
      const handler = { actor, entry };
      handlers.push(handler);
      entry.status = 'active';
      entry.attempts += 1;
      void handlingOf(actor, { ...entry.job, earlierAttempts: entry.attempts - 1, tries: 0 }).then((answer) => {
        forget(handler);
        if (answer.kind === 'done') entry.status = 'done';
        else {
          entry.status = 'waiting';
          entry.atMs = answer.atMs;
        }
      });
    },
    crash(handler) {
      handler.actor.isAlive = false;
      wire.orphan(handler.actor);
      forget(handler);
      handler.entry.status = 'waiting';
    },
    stall(handler) {
      handler.entry.status = 'waiting';
    },
  };
}

function standingOf(state: Buffer, contactId: string, nowMs: number): Standing {
  const contact = readLedger(state).contacts.find(({ id }) => id === contactId);
  if (!contact) return { kind: 'unknown' };
  if (contact.status === 'x') return { kind: 'cancelled' };
  if (contact.status !== 'o') return { kind: 'closed' };
  return nowMs > contact.sendBy ? { kind: 'refused', reason: 'expired' } : { kind: 'open' };
}

function decisionOf({ contactId, entityId, channel, sendAt, sendBy }: ContactJob): DecisionMade {
  const about = { contactId, eventId: contactId, customerId: entityId, channel };
  return { ...DECISION, ...about, occurredAt: sendAt, decidedAt: sendAt, sendAt, sendBy };
}

/** Of the sending mark. */
function begunNoteOf(job: ContactJob): string {
  return deliveryNote({ job, decision: decisionOf(job) }, { status: 'SENDING', providerRef: '', attempt: 1 });
}
