import type { StateView } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import type { ContactAnswer, ContactJob } from '@holdfast/queue';
import { deliveryReport } from './delivery-report.ts';
import type { Channel, DeliveryObserver, DeliveryPorts, DeliveryStatus, Standing } from './ports.ts';

/** What is to be done with a job. */
type Verdict =
  | { readonly kind: 'send' }
  /** Try again until `sendBy`; what is then reported. */
  | { readonly kind: 'wait'; readonly reason: string; readonly atEnd: DeliveryStatus }
  | { readonly kind: 'end'; readonly status: DeliveryStatus; readonly detail: string };

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 15_000;

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
      return again(job, ports.now());
    }
  };
}

interface Deps {
  readonly channel: Channel;
  readonly ports: DeliveryPorts;
  readonly observer: DeliveryObserver;
}

async function deliver(job: ContactJob, deps: Deps): Promise<ContactAnswer> {
  const { ports } = deps;
  // The mark outranks the state: it was sent, and what is missing is the report.
  if (await ports.marks.wasSent(job.contactId)) return end(job, { status: 'DELIVERED', detail: '' }, deps);
  const nowMs = ports.now();
  if (nowMs < job.sendAt) return { kind: 'again-at', atMs: job.sendAt };
  const verdict = judge(await ports.state(job.entityId), job, nowMs, ports);
  return verdict.kind === 'send' ? send(job, deps) : follow(verdict, job, deps);
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
    case 'closed':
      return { kind: 'end', status: 'REFUSED', detail: standing.kind };
    case 'refused':
      return { kind: 'end', status: standing.reason === 'expired' ? 'EXPIRED' : 'REFUSED', detail: standing.reason };
  }
}

async function send(job: ContactJob, deps: Deps): Promise<ContactAnswer> {
  const { channel, ports } = deps;
  const found = await ports.decision(job.entityId, job.contactId);
  if (found.kind === 'retry') return follow({ kind: 'wait', reason: 'registry', atEnd: 'FAILED' }, job, deps);
  if (found.kind === 'missing') return follow({ kind: 'wait', reason: 'no-decision', atEnd: 'FAILED' }, job, deps);
  const contact = { job, decision: found.decision };
  if (await ports.isHeldBack(contact)) {
    return follow({ kind: 'wait', reason: 'suppressed', atEnd: 'REFUSED' }, job, deps);
  }
  const onlyOnce = channel.semantics === 'at-most-once';
  if (onlyOnce && (await ports.marks.markSending(job.contactId)) === 'already') {
    return end(job, { status: 'UNKNOWN', detail: 'begun-before' }, deps, found.decision);
  }
  const outcome = await trySending(contact, deps);
  if (outcome.kind === 'sent') return sent(job, deps, found.decision);
  if (outcome.kind === 'failed') return end(job, { status: 'FAILED', detail: outcome.detail }, deps, found.decision);
  // The mark stands, so a second call is ruled out: without an answer nobody knows.
  if (onlyOnce) return end(job, { status: 'UNKNOWN', detail: outcome.detail }, deps, found.decision);
  return follow({ kind: 'wait', reason: outcome.detail, atEnd: 'FAILED' }, job, deps);
}

async function trySending(contact: { readonly job: ContactJob; readonly decision: DecisionMade }, deps: Deps) {
  try {
    return await deps.channel.send(contact);
  } catch (error) {
    deps.observer.retried(deps.channel.name, 'channel', error);
    return { kind: 'again' as const, detail: 'no-answer' };
  }
}

async function sent(job: ContactJob, deps: Deps, decision: DecisionMade): Promise<ContactAnswer> {
  const { ports, observer, channel } = deps;
  observer.sent(channel.name, ports.now() - Math.max(decision.decidedAt, job.sendAt));
  await ports.marks.markSent(job.contactId);
  return end(job, { status: 'DELIVERED', detail: '' }, deps, decision);
}

async function follow(
  verdict: Exclude<Verdict, { kind: 'send' }>,
  job: ContactJob,
  deps: Deps,
): Promise<ContactAnswer> {
  if (verdict.kind === 'end') return end(job, verdict, deps);
  const nowMs = deps.ports.now();
  if (nowMs >= job.sendBy) return end(job, { status: verdict.atEnd, detail: verdict.reason }, deps);
  deps.observer.retried(deps.channel.name, verdict.reason);
  const { atMs } = again(job, nowMs);
  return { kind: 'again-at', atMs: Math.min(atMs, job.sendBy) };
}

/** Reports and finishes the job; while the log is away the job stays. */
async function end(
  job: ContactJob,
  outcome: { readonly status: DeliveryStatus; readonly detail: string },
  deps: Deps,
  known?: DecisionMade,
): Promise<ContactAnswer> {
  const { channel, ports, observer } = deps;
  const decision = known ?? (await decisionIfAny(job, ports));
  const report = deliveryReport(job, { status: outcome.status, detail: outcome.detail, atMs: ports.now() }, decision);
  const answer = await ports.report(report);
  if (answer.kind === 'retry') {
    observer.retried(channel.name, 'report', answer.message);
    return again(job, ports.now());
  }
  if (answer.kind === 'refused') observer.reportRefused(channel.name, answer.message);
  observer.ended(channel.name, outcome.status, outcome.detail);
  return { kind: 'done' };
}

/** The report is worth more with the decision, but does not wait for it. */
async function decisionIfAny(job: ContactJob, ports: DeliveryPorts): Promise<DecisionMade | undefined> {
  const found = await ports.decision(job.entityId, job.contactId);
  return found.kind === 'found' ? found.decision : undefined;
}

function again(job: ContactJob, nowMs: number): { readonly kind: 'again-at'; readonly atMs: number } {
  const waitMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(job.earlierAttempts, 16), RETRY_MAX_MS);
  return { kind: 'again-at', atMs: nowMs + waitMs };
}
