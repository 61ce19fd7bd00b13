import type { Effects, StepContext } from '@holdfast/engine';
import type { DecisionMade, Event } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createCustomerTopology } from '@holdfast/telecom';
import type { TimelineEntry } from '../src/timeline.ts';

const GRACE_MS = 60_000;

/** Fields with a default that the rules read; the wire format would fill them in. */
const DEFAULTS: Readonly<Record<string, object>> = {
  UsageRecorded: { durationSeconds: 0, quantityMb: 0, failed: false, localHour: -1, direction: 'OUTGOING' },
  SubscriptionActivated: { dataAllowanceMb: null, cycleDay: 1 },
  CustomerRegistered: { language: 'en', timeZone: 'UTC', tier: '', birthYear: null, city: '', birthDate: null },
};

/**
 * Folds a replay through the real customer rules with the default policy, one customer at a time, and answers the plays that
 * fired for each. Silences are looked at once, at the end, as after the last heartbeat.
 */
export function decidedPlays(entries: readonly TimelineEntry[], endMs: number): ReadonlyMap<string, readonly string[]> {
  const folder = loadPolicyFolder();
  if (folder.kind === 'invalid') throw new Error(folder.text);
  const fired = new Map<string, string[]>();
  for (const [customerId, own] of Map.groupBy(entries, ({ event }) => event.customerId)) {
    const plays: string[] = [];
    const topology = createCustomerTopology({
      policy: folder.policy,
      decodeRecord: () => ({ kind: 'retry', message: 'nothing is decoded here' }),
      encodeDecision: (decision: DecisionMade) => {
        plays.push(decision.trigger);
        return Buffer.alloc(0);
      },
    });
    const state = topology.create(customerId);
    let reachedMs = 0;
    const context = (nowMs: number): StepContext => ({
      entityId: customerId,
      partition: 0,
      partitionCount: 1,
      nowMs,
      watermark: () => reachedMs - GRACE_MS,
      tally: () => 0,
      setting: () => undefined,
    });
    const steps: Effects[] = [];
    for (const [index, { event: input }] of own.entries()) {
      const event = { ...DEFAULTS[input.type], ...input } as Event;
      reachedMs = Math.max(reachedMs, event.occurredAt);
      steps.push(
        topology.step(state, { kind: 'event', event, identity: event, isLate: false }, context(endMs + index)),
      );
    }
    reachedMs = endMs;
    steps.push(topology.step(state, { kind: 'timer' }, context(endMs + own.length)));
    if (steps.length > 0) fired.set(customerId, plays);
  }
  return fired;
}
