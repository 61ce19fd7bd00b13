import type { StateView } from '@holdfast/engine';
import type { ContactAnswer, ContactJob } from '@holdfast/queue';
import { readNote } from './delivery-note.ts';
import { type Deps, end, follow, soon, type Verdict } from './ending.ts';
import type { Channel, DeliveryObserver, DeliveryPorts, Standing } from './ports.ts';
import { send } from './sending.ts';

/**
 * Handles the jobs of one channel. A contact is sent only while the shard's current, trusted state holds it open and
 * uncancelled; anything else is waited for until `sendBy` or answered with a report, never dropped. The handler never
 * rejects: when a store is away the job is put back.
 */
export function createDelivery(
  channel: Channel,
  ports: DeliveryPorts,
  observer: DeliveryObserver,
): (job: ContactJob) => Promise<ContactAnswer> {
  return async (job) => {
    try {
      return await deliver(job, { channel, ports, observer });
    } catch (error) {
      observer.retried(channel.name, 'error', error);
      return soon(job, ports.now());
    }
  };
}

async function deliver(job: ContactJob, deps: Deps): Promise<ContactAnswer> {
  const { ports } = deps;
  // The mark outranks the state: it was sent, or begun, and what is missing is the report.
  const noted = await notedOf(job, deps);
  if (noted !== undefined) return repeatReport(noted, job, deps);
  const nowMs = ports.now();
  if (nowMs < job.sendAt) return { kind: 'again-at', atMs: job.sendAt };
  const verdict = judge(await ports.state(job.entityId), job, nowMs, ports);
  return verdict.kind === 'send' ? send(job, nowMs, deps) : follow(verdict, job, deps);
}

/**
 * Where a call is made once, one that was begun counts as well: its answer was lost, and whatever stands in the way of the
 * contact by now, the customer may have it.
 */
function notedOf({ contactId }: ContactJob, { channel, ports }: Deps): Promise<string | undefined> {
  return channel.semantics === 'at-most-once' ? ports.marks.noteOf(contactId) : ports.marks.sentNote(contactId);
}

function repeatReport(noted: string, job: ContactJob, deps: Deps): Promise<ContactAnswer> {
  const note = readNote(noted);
  if (note?.status === 'SENDING') {
    return end(job, { status: 'UNKNOWN', detail: 'begun-before', attempt: note.attempt }, deps, note);
  }
  const outcome = {
    status: note?.status === 'SENT' ? 'SENT' : 'DELIVERED',
    detail: '',
    attempt: note?.attempt ?? 1,
    providerRef: note?.providerRef ?? '',
  } as const;
  return end(job, outcome, deps, note);
}

/** Reads the standing of the contact; a state that is not trusted says nothing at all. */
function judge(view: StateView, job: ContactJob, nowMs: number, ports: DeliveryPorts): Verdict {
  if (!view.trusted) return { kind: 'wait', reason: 'untrusted', atEnd: 'UNKNOWN' };
  if (view.bytes === null) return { kind: 'wait', reason: 'unknown', atEnd: 'UNKNOWN' };
  return verdictOf(standingOf(view.bytes, job, nowMs, ports), job, nowMs);
}

/** A state this release cannot read says nothing either; another release may read it before `sendBy`. */
function standingOf(
  state: Buffer,
  job: ContactJob,
  nowMs: number,
  ports: DeliveryPorts,
): Standing | { kind: 'unreadable' } {
  try {
    return ports.standing(state, job.contactId, nowMs);
  } catch {
    return { kind: 'unreadable' };
  }
}

function verdictOf(standing: Standing | { readonly kind: 'unreadable' }, job: ContactJob, nowMs: number): Verdict {
  switch (standing.kind) {
    case 'open':
      return nowMs > job.sendBy ? { kind: 'end', status: 'EXPIRED', detail: 'too-late' } : { kind: 'send' };
    case 'unknown':
    case 'unreadable':
      return { kind: 'wait', reason: standing.kind, atEnd: 'UNKNOWN' };
    case 'cancelled':
      return { kind: 'end', status: 'CANCELLED', detail: 'cancelled' };
    case 'closed':
      return { kind: 'end', status: 'REFUSED', detail: standing.kind };
    case 'refused':
      return { kind: 'end', status: standing.reason === 'expired' ? 'EXPIRED' : 'REFUSED', detail: standing.reason };
  }
}
