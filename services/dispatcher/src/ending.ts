import type { DecisionMade } from '@holdfast/events';
import type { ContactAnswer, ContactJob } from '@holdfast/queue';
import type { DeliveryNote } from './delivery-note.ts';
import { type DeliveryOutcome, deliveryReport } from './delivery-report.ts';
import type { Channel, DeliveryObserver, DeliveryPorts, DeliveryStatus } from './ports.ts';

export interface Deps {
  readonly channel: Channel;
  readonly ports: DeliveryPorts;
  readonly observer: DeliveryObserver;
}

/** What is to be done with a job. */
export type Verdict =
  | { readonly kind: 'send' }
  /** Try again, at `atMs` or soon, until `sendBy`; what is then reported. */
  | { readonly kind: 'wait'; readonly reason: string; readonly atEnd: DeliveryStatus; readonly atMs?: number }
  | { readonly kind: 'end'; readonly status: DeliveryStatus; readonly detail: string };

export type Outcome = Omit<DeliveryOutcome, 'atMs' | 'attempt'> & { readonly attempt?: number };

const WAIT_FIRST_MS = 100;
const WAIT_MAX_MS = 5_000;

export async function follow(
  verdict: Exclude<Verdict, { kind: 'send' }>,
  job: ContactJob,
  deps: Deps,
  known?: DecisionMade,
): Promise<ContactAnswer> {
  if (verdict.kind === 'end') return end(job, verdict, deps, known);
  const nowMs = deps.ports.now();
  if (nowMs >= job.sendBy) return end(job, { status: verdict.atEnd, detail: verdict.reason }, deps, known);
  deps.observer.retried(deps.channel.name, verdict.reason);
  return { kind: 'again-at', atMs: Math.min(verdict.atMs ?? soon(job, nowMs).atMs, job.sendBy) };
}

/** Reports and finishes the job; while the log is away the job stays. */
export async function end(
  job: ContactJob,
  outcome: Outcome,
  deps: Deps,
  known?: DecisionMade | DeliveryNote,
): Promise<ContactAnswer> {
  const { channel, ports, observer } = deps;
  const answer = await report(job, outcome, deps, known ?? (await decisionIfAny(job, ports)));
  if (answer === 'retry') return soon(job, ports.now());
  observer.ended(channel.name, outcome.status, outcome.detail);
  return { kind: 'done' };
}

/** `retry`: the log is away and the report must be given again. */
export async function report(
  job: ContactJob,
  outcome: Outcome,
  deps: Deps,
  known: DecisionMade | DeliveryNote | undefined,
): Promise<'ok' | 'retry'> {
  const { channel, ports, observer } = deps;
  const told = { attempt: job.tries, ...outcome, atMs: ports.now() };
  const answer = await ports.report(deliveryReport(job, told, known));
  if (answer.kind === 'retry') {
    observer.retried(channel.name, 'report', answer.message);
    return 'retry';
  }
  if (answer.kind === 'refused') observer.reportRefused(channel.name, answer.message);
  return 'ok';
}

/** The report is worth more with the decision, but does not wait for it. */
async function decisionIfAny(job: ContactJob, ports: DeliveryPorts): Promise<DecisionMade | undefined> {
  const found = await ports.decision(job.entityId, job.contactId);
  return found.kind === 'found' ? found.decision : undefined;
}

/** For what mends itself: sooner first, later with every time the job was taken. */
export function soon(job: ContactJob, nowMs: number): { readonly kind: 'again-at'; readonly atMs: number } {
  const waitMs = Math.min(WAIT_FIRST_MS * 2 ** Math.min(job.earlierAttempts, 16), WAIT_MAX_MS);
  return { kind: 'again-at', atMs: nowMs + waitMs };
}
