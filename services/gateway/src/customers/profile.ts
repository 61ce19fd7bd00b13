import type { CompiledPolicy } from '@holdfast/policy';
import { type CustomerView, customerView, householdOf } from '@holdfast/telecom';
import { isoOf } from '../http/instant-text.ts';
import type { KnownCustomer } from './customer-reader.ts';
import type { Profile } from './profile-schema.ts';

export interface Viewing {
  readonly nowMs: number;
  /** Arms are not shown. */
  readonly isBlind: boolean;
}

/** Who the customer is, as his shard has him and with what was told since. */
export function profileOf({ customerId, state, policy, unfolded }: KnownCustomer, viewing: Viewing): Profile {
  const view = customerView(customerId, state, policy, viewing.nowMs);
  return {
    customerId,
    asOf: isoOf(viewing.nowMs),
    unfoldedEvents: unfolded.length,
    lastEventAt: view.lastEventAt === null ? null : isoOf(view.lastEventAt),
    timeZone: view.timeZone,
    policyVersion: policy.version,
    attributes: view.attributes as Profile['attributes'],
    features: featuresOf(view, policy),
    accountManager: view.accountManager && { id: view.accountManager.id, since: isoOf(view.accountManager.at) },
    household: householdShown(view),
    lines: view.lines.map(lineOf),
    consents: view.consents.map(({ key, isOn, at }) => ({ ...consentKey(key), granted: isOn, at: isoOf(at) })),
    exclusions: view.exclusions.map(({ key, isOn, at }) => ({ exclusion: key, active: isOn, at: isoOf(at) })),
    complaints: view.complaints.map(({ key, isOn, at }) => ({ complaintId: key, open: isOn, at: isoOf(at) })),
    enrolments: enrolmentsOf(view, viewing),
    plans: plansOf(view, viewing),
  };
}

/** A computed feature is complete once all that it reads is. */
function featuresOf({ features, countedSince }: CustomerView, policy: CompiledPolicy): Profile['features'] {
  const since = (name: string): number | null => {
    const read = policy.derived.get(name)?.features.filter((each) => each in countedSince);
    const all = (read ?? [name]).map((each) => countedSince[each] ?? null);
    return all.reduce((latest, at) => (latest === null || at === null ? null : Math.max(latest, at)), all[0] ?? null);
  };
  return Object.fromEntries(
    Object.entries(features).map(([name, value]) => [name, { value, completeSince: instantOrNull(since(name)) }]),
  );
}

function householdShown(view: CustomerView): Profile['household'] {
  const found = householdOf(view);
  return found === undefined
    ? null
    : { householdId: found.householdId, role: found.role, since: isoOf(found.linkedAt) };
}

function lineOf(line: CustomerView['lines'][number]): Profile['lines'][number] {
  return {
    subscriptionId: line.subscriptionId,
    product: line.product || null,
    plan: line.plan || null,
    dataAllowanceMb: line.dataAllowanceMb < 0 ? null : line.dataAllowanceMb,
    cycleDay: line.cycleDay,
    status: line.status,
    activatedAt: isoOrNull(line.activatedAt),
    planSince: isoOrNull(line.planAt),
    statusSince: isoOrNull(line.statusAt),
  };
}

function consentKey(key: string): { readonly channel: string; readonly purpose: string } {
  const at = key.lastIndexOf('|');
  return { channel: key.slice(0, at), purpose: key.slice(at + 1) };
}

/** The universal holdout is not left to be guessed from its name either. */
function enrolmentsOf({ enrolments }: CustomerView, { isBlind }: Viewing): Profile['enrolments'] {
  const shown = isBlind ? enrolments.filter(({ arm }) => arm === 'treated') : enrolments;
  return shown.map(({ campaign, at, contactCount, acceptedAt, arm, variant }) => ({
    campaign,
    at: isoOf(at),
    contacts: contactCount,
    acceptedAt: isoOrNull(acceptedAt),
    ...(isBlind ? {} : { arm, variant }),
  }));
}

function plansOf({ plans }: CustomerView, { isBlind }: Viewing): Profile['plans'] {
  const shown = isBlind ? plans.filter(({ arm }) => arm === 'treated') : plans;
  return shown.map(({ campaign, trigger, offer, startedAt, stepIndex, next, dueAt, endedAt, endReason }) => ({
    campaign,
    trigger,
    offer,
    startedAt: isoOf(startedAt),
    step: stepIndex + 1,
    next: endedAt > 0 ? null : next,
    dueAt: isoOrNull(dueAt),
    endedAt: isoOrNull(endedAt),
    endReason: endReason || null,
  }));
}

function instantOrNull(atMs: number | null): string | null {
  return atMs === null ? null : isoOf(atMs);
}

/** 0 stands for what did not happen. */
export function isoOrNull(atMs: number): string | null {
  return atMs === 0 ? null : isoOf(atMs);
}
