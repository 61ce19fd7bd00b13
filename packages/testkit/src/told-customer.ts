import type { Event, EventOf } from '@holdfast/events';
import { type CompiledPolicy, formatDiagnostic } from '@holdfast/policy';
import { lintPolicyFolder } from '@holdfast/policy-folder';
import { createRehearsal, createToldEvents, customerRules } from '@holdfast/rehearsal';

/** Third day of a cycle, ten o'clock in the morning, UTC. */
export const TOLD_AT = Date.UTC(2026, 1, 3, 10);
const DAY_MS = 86_400_000;

export function defaultPolicy(): CompiledPolicy {
  const lint = lintPolicyFolder();
  if (lint.kind === 'ok') return lint.policy;
  throw new Error(lint.kind === 'invalid' ? lint.diagnostics.map(formatDiagnostic).join('\n') : lint.message);
}

/** A customer who used most of his bundle and asked for a suspension, as a shard stores him; with his decisions, and all he was told. */
export async function toldCustomer(customerId: string, policy: CompiledPolicy, more: readonly Event[] = []) {
  const { record, decodeRecord } = createToldEvents(1);
  const rehearsal = createRehearsal(customerRules({ policy, decodeRecord }), { partitions: 1 });
  const events = [...storyOf(customerId), ...more].sort((a, b) => a.occurredAt - b.occurredAt);
  const records = events.map((event) => record(event, event.occurredAt));
  const happenings = await rehearsal.fold(records);
  const state = rehearsal.state(customerId);
  if (state === undefined) throw new Error('the customer was not folded');
  const decisions = happenings.flatMap((happening) => (happening.kind === 'decision' ? [happening.decision] : []));
  return { state, decisions, events };
}

function storyOf(customerId: string): readonly Event[] {
  const of = (eventId: string, occurredAt: number) => ({ eventId, occurredAt, source: 'billing', customerId });
  const line = 'line-1';
  const activated: EventOf<'SubscriptionActivated'> = {
    ...of('activated', TOLD_AT - 60 * DAY_MS),
    type: 'SubscriptionActivated',
    subscriptionId: line,
    product: 'MOBILE',
    plan: 'M',
    dataAllowanceMb: 10_000,
    voiceAllowanceMinutes: null,
    smsAllowance: null,
    monthlyFeeMinor: 0,
    currency: '',
    cycleDay: 1,
    contractEndsAt: null,
  };
  const data = (eventId: string, occurredAt: number, quantityMb: number): EventOf<'UsageRecorded'> => ({
    ...of(eventId, occurredAt),
    type: 'UsageRecorded',
    subscriptionId: line,
    kind: 'DATA',
    durationSeconds: 0,
    quantityMb,
    chargeMinor: 0,
    currency: '',
    direction: 'OUTGOING',
    onNet: false,
    zone: 'DOMESTIC',
    failed: false,
    localHour: 20,
  });
  const asked: EventOf<'SuspensionRequested'> = {
    ...of('asked', TOLD_AT),
    type: 'SuspensionRequested',
    subscriptionId: line,
    requestId: 'r-1',
    channel: 'online',
    reason: 'too expensive',
    effectiveAt: null,
  };
  return [activated, data('d-1', TOLD_AT - DAY_MS, 4_500), asked, data('d-2', TOLD_AT + 600_000, 2_000)];
}
