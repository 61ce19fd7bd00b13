import type { DecisionMade } from '@holdfast/events';
import { type CustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from './customer-world.ts';
import { about, steppedPack } from './stepped-pack.ts';

const topology = topologyOf(steppedPack());

/** Long enough for all steps of the plan, for every contact to be given up, and for what is measured of an enrolment. */
export const END = START + 200 * DAY_MS;

/** Fires each timer when it is due, as the engine does, until nothing is due by then. */
export function live(world: CustomerWorld, untilMs: number): CustomerWorld {
  for (let due = dueIn(world); due !== undefined && due <= untilMs; due = dueIn(world)) world.fire(due);
  return world;
}

export const dueIn = ({ state }: CustomerWorld) => topology.due(state).wallMs;

/** Step, outcome and channel of each decision, and how long after the first it was to be sent. */
export function told(world: CustomerWorld): readonly string[] {
  return world.decisions.map(({ step, outcome, channel, sendAt, suppressedBy }) => {
    const after = sendAt === null ? suppressedBy : `+${Math.round((sendAt - START) / (HOUR_MS / 2)) / 2}h`;
    return `${step} ${outcome} ${channel} ${after}`.trim();
  });
}

/** The decision made last. */
export function last(world: CustomerWorld): DecisionMade {
  const decision = world.decisions.at(-1);
  if (!decision) throw new Error('nothing was decided');
  return decision;
}

export type Status = 'DELIVERED' | 'SEEN' | 'SENT' | 'FAILED' | 'EXPIRED' | 'REFUSED' | 'UNKNOWN';

export function report(world: CustomerWorld, status: Status, atMs: number, detail = '', decision = last(world)) {
  world.tell(
    world.event('DeliveryReported', atMs, { ...about(decision), status, detail, providerRef: '', attempt: 1 }),
  );
}

export function accept(world: CustomerWorld, atMs: number, decision = last(world)) {
  world.tell(world.event('OfferAccepted', atMs, { ...about(decision), agent: '' }));
}

export function reject(world: CustomerWorld, atMs: number, decision = last(world)) {
  world.tell(world.event('OfferRejected', atMs, { ...about(decision), agent: '', reason: '' }));
}

export function putOff(world: CustomerWorld, atMs: number, until: number | null, decision = last(world)) {
  world.tell(world.event('OfferDeferred', atMs, { ...about(decision), until, agent: '' }));
}

export function attempt(
  world: CustomerWorld,
  result: 'NO_ANSWER' | 'WRONG_PERSON' | 'OTHER',
  atMs: number,
  decision = last(world),
) {
  world.tell(world.event('ContactAttempted', atMs, { ...about(decision), result, agent: '' }));
}

/** What the newest plan does next, and why it ended. */
export function planOf(world: CustomerWorld) {
  const plan = world.state.dealings.read().plans.at(-1);
  return plan && `${plan.next} ${plan.endReason}`.trim();
}

/** The steps of the stepped pack for someone who says nothing. */
export const FIRST = 'first contact sms +0h';
export const SECOND = 'step-2 contact call-centre +72h';
export const THIRD = 'step-3 contact sms +120h';
