import type { ContactAnswer, ContactJob } from '@holdfast/queue';
import { type Admission, spread } from '@holdfast/webhook';
import { deliveryNote } from './delivery-note.ts';
import { type Deps, end, follow, report, soon, type Verdict } from './ending.ts';
import type { Contact, Released, SendAnswer } from './ports.ts';
import { backoffMs } from './retry.ts';

type Permit = Extract<Admission, { kind: 'permit' }>;

/** Nobody knows whether a call that was rejected reached anybody. */
type Answer = SendAnswer | { readonly kind: 'no-answer'; readonly detail: 'no-answer' };

/** Contacts held up by a breaker come back over so long, not all in the moment it lets one through. */
const REOPEN_SPREAD_MS = 5_000;
/**
 * What was seen of state and opt-outs is acted on for so long. A store that hangs, a slow directory or a stopped process
 * puts time between the look and the call, and a withdrawal may be folded in it.
 */
const LOOK_HOLDS_MS = 2_000;

/**
 * Sends a contact that stood open at `lookedAtMs`: decision, fresh opt-out, address, breaker, mark, clock, call, in this
 * order.
 */
export async function send(job: ContactJob, lookedAtMs: number, deps: Deps): Promise<ContactAnswer> {
  const { channel, ports } = deps;
  const found = await ports.decision(job.entityId, job.contactId);
  if (found.kind === 'retry') return follow({ kind: 'wait', reason: 'registry', atEnd: 'FAILED' }, job, deps);
  if (found.kind === 'missing') return follow({ kind: 'wait', reason: 'no-decision', atEnd: 'FAILED' }, job, deps);
  const released = { job, decision: found.decision };
  if (await ports.isHeldBack(released)) {
    return follow({ kind: 'wait', reason: 'suppressed', atEnd: 'REFUSED' }, job, deps, found.decision);
  }
  if (channel.needsAddress !== true) return sendTo({ ...released, address: '' }, lookedAtMs, deps);
  const where = await ports.directory.addressOf(job.entityId, channel.name);
  if (where.kind === 'none') return end(job, { status: 'REFUSED', detail: 'no-address' }, deps, found.decision);
  if (where.kind === 'retry') {
    return follow({ kind: 'wait', reason: where.detail, atEnd: 'FAILED' }, job, deps, found.decision);
  }
  return sendTo({ ...released, address: where.address }, lookedAtMs, deps);
}

async function sendTo(contact: Contact, lookedAtMs: number, deps: Deps): Promise<ContactAnswer> {
  const { channel, ports } = deps;
  const { job, decision } = contact;
  const admission = channel.breaker?.admit() ?? FREE;
  if (admission.kind === 'wait') {
    const atMs = admission.untilMs + REOPEN_SPREAD_MS * spread(job.contactId, job.earlierAttempts);
    return follow({ kind: 'wait', reason: 'provider-away', atEnd: 'FAILED', atMs }, job, deps, decision);
  }
  try {
    if ((await begin(contact, deps)) === 'begun-before') {
      return await end(job, { status: 'UNKNOWN', detail: 'begun-before' }, deps, decision);
    }
    // Nothing is awaited between this and the call.
    const missed = momentMissed(job, lookedAtMs, ports.now());
    if (missed !== undefined) {
      if (channel.semantics === 'at-most-once') await ports.marks.clearSending(job.contactId);
      return await follow(missed, job, deps, decision);
    }
    const answer = await tryOnce(contact, admission, deps);
    return await settle(answer, contact, deps);
  } finally {
    // Settled already unless no call was made.
    admission.settle({ kind: 'unused' });
  }
}

const FREE: Permit = { kind: 'permit', settle: () => undefined };

/** Notes what is about to be sent, where it must not begin twice or where a report may come before the answer. */
async function begin(contact: Contact, { channel, ports }: Deps): Promise<'first' | 'begun-before'> {
  const isOnce = channel.semantics === 'at-most-once';
  if (!isOnce && channel.isReported !== true) return 'first';
  const { contactId, tries } = contact.job;
  const note = deliveryNote(contact, { status: 'SENDING', providerRef: '', attempt: tries + 1 });
  const mark = await ports.marks.markSending(contactId, note);
  return isOnce && mark === 'already' ? 'begun-before' : 'first';
}

/** Why a contact that stood open is not sent now. */
function momentMissed(
  { sendBy }: ContactJob,
  lookedAtMs: number,
  nowMs: number,
): Exclude<Verdict, { kind: 'send' }> | undefined {
  if (nowMs > sendBy) return { kind: 'end', status: 'EXPIRED', detail: 'too-late' };
  if (nowMs - lookedAtMs <= LOOK_HOLDS_MS) return undefined;
  return { kind: 'wait', reason: 'looked-long-ago', atEnd: 'EXPIRED', atMs: nowMs };
}

async function tryOnce(contact: Contact, permit: Permit, deps: Deps): Promise<Answer> {
  const { channel, ports, observer } = deps;
  const beganMs = ports.now();
  const answer = await channel.send(contact).catch((error): Answer => {
    observer.retried(channel.name, 'channel', error);
    return { kind: 'no-answer', detail: 'no-answer' };
  });
  observer.tried(channel.name, answer.kind, ports.now() - beganMs);
  if (answer.kind === 'no-answer') permit.settle({ kind: 'failed' });
  else if (answer.kind !== 'again') permit.settle({ kind: 'answered' });
  else if (answer.notBeforeMs === undefined) permit.settle({ kind: 'failed' });
  else permit.settle({ kind: 'failed', notBeforeMs: answer.notBeforeMs });
  return answer;
}

async function settle(answer: Answer, contact: Contact, deps: Deps): Promise<ContactAnswer> {
  const { job, decision } = contact;
  const attempt = job.tries + 1;
  switch (answer.kind) {
    case 'sent':
    case 'handed-over':
      return sent(answer, contact, deps);
    case 'failed':
      return end(job, { status: 'FAILED', detail: answer.detail, attempt }, deps, decision);
    case 'again':
    case 'no-answer':
      return tryAgain(answer, contact, deps);
  }
}

async function sent(
  answer: Extract<SendAnswer, { kind: 'sent' | 'handed-over' }>,
  contact: Contact,
  deps: Deps,
): Promise<ContactAnswer> {
  const { ports, observer, channel } = deps;
  const { job, decision } = contact;
  observer.sent(channel.name, ports.now() - Math.max(decision.decidedAt, job.sendAt));
  const status = answer.kind === 'sent' ? 'DELIVERED' : 'SENT';
  const outcome = {
    status,
    providerRef: answer.kind === 'sent' ? '' : answer.providerRef,
    attempt: job.tries + 1,
  } as const;
  if (answer.kind !== 'sent' || answer.isMarked !== true) await markSent(contact, outcome, deps);
  return end(job, { ...outcome, detail: '' }, deps, decision);
}

async function markSent(
  contact: Released,
  outcome: { readonly status: 'SENT' | 'DELIVERED'; readonly providerRef: string; readonly attempt: number },
  { ports, channel }: Deps,
): Promise<void> {
  const { contactId } = contact.job;
  const reference = outcome.providerRef === '' ? undefined : { channel: channel.name, id: outcome.providerRef };
  await ports.marks.markSent(contactId, deliveryNote(contact, outcome), reference);
}

async function tryAgain(
  answer: Extract<Answer, { kind: 'again' | 'no-answer' }>,
  { job, decision }: Contact,
  deps: Deps,
): Promise<ContactAnswer> {
  const { channel, ports, observer } = deps;
  const { detail } = answer;
  const attempt = job.tries + 1;
  if (channel.semantics === 'at-most-once') {
    // The mark stands, so a second call is ruled out: without a sure answer nobody knows.
    const isUnsent = answer.kind === 'again' && answer.isUnsent === true;
    if (!isUnsent) return end(job, { status: 'UNKNOWN', detail, attempt }, deps, decision);
    await ports.marks.clearSending(job.contactId);
  }
  const nowMs = ports.now();
  if (nowMs >= job.sendBy || attempt >= (channel.retry?.maxTries ?? Number.POSITIVE_INFINITY)) {
    return end(job, { status: 'FAILED', detail, attempt }, deps, decision);
  }
  observer.retried(channel.name, detail);
  // The try is told if the log takes it; the contact does not wait for that.
  await report(job, { status: 'ATTEMPTED', detail, attempt }, deps, decision);
  const waitMs = channel.retry ? backoffMs(channel.retry, attempt, job.contactId) : soon(job, 0).atMs;
  const notBeforeMs = answer.kind === 'again' ? (answer.notBeforeMs ?? 0) : 0;
  return {
    kind: 'again-at',
    atMs: Math.min(Math.max(nowMs + waitMs, notBeforeMs), job.sendBy),
    tries: attempt,
  };
}
