import type { Event, EventOf } from '@holdfast/events';
import {
  ATTRIBUTE_NAMES,
  type AttributeName,
  CAPS,
  clipped,
  type Facts,
  type Flag,
  type Line,
  type LineStatus,
} from './customer-state.ts';
import { householdChanged } from './household.ts';
import type { Section } from './section.ts';

/**
 * Takes what an event says about the customer. Last writer wins on event time, so any order and any repetition give the
 * same facts. `isTrimmed`: a collection was full and something old was dropped. Undefined: the event states no fact.
 */
export function reduceFacts(
  event: Event,
  stored: Pick<Section<Facts>, 'change'>,
): { readonly isTrimmed: boolean } | undefined {
  switch (event.type) {
    case 'CustomerRegistered':
      return registered(stored.change(), event);
    case 'CustomerChanged':
      return attributesChanged(stored.change(), event);
    case 'ChurnRiskScored':
      return attributesChanged(stored.change(), { occurredAt: event.occurredAt, churnScore: event.score });
    case 'SubscriptionActivated':
    case 'PlanChanged':
    case 'SubscriptionSuspended':
    case 'SubscriptionResumed':
    case 'SubscriptionTerminated':
      return lineChanged(stored.change(), event);
    case 'ConsentChanged': {
      const facts = stored.change();
      // On a tie the withdrawal stands.
      return setFlag(facts.consents, `${event.channel}|${event.purpose}`, event.granted, event.occurredAt, {
        max: CAPS.consents,
        onTie: false,
      });
    }
    case 'ExclusionSet':
      return setFlag(stored.change().exclusions, event.exclusion, event.active, event.occurredAt, {
        max: CAPS.exclusions,
        onTie: true,
      });
    case 'ComplaintFiled':
    case 'ComplaintResolved':
      return setFlag(stored.change().complaints, event.complaintId, event.type === 'ComplaintFiled', event.occurredAt, {
        max: CAPS.complaints,
        onTie: false,
      });
    case 'AccountManagerAssigned':
      return attributesChanged(stored.change(), { occurredAt: event.occurredAt, accountManager: event.managerId });
    case 'HouseholdLinked':
    case 'HouseholdUnlinked':
      return householdChanged(stored.change(), event);
    default:
      return undefined;
  }
}

type AttributeValues = { readonly occurredAt: number } & {
  readonly [N in AttributeName]?: string | number | null | undefined;
};

const NOTHING_TRIMMED = { isTrimmed: false };

function registered(facts: Facts, event: EventOf<'CustomerRegistered'>) {
  const isEarlier = facts.registeredAt === 0 || event.occurredAt < facts.registeredAt;
  if (isEarlier) facts.registeredAt = event.occurredAt;
  return attributesChanged(facts, event);
}

function attributesChanged(facts: Facts, event: AttributeValues) {
  for (const name of ATTRIBUTE_NAMES) {
    const value = event[name];
    if (value !== undefined && value !== null && value !== '') {
      setAttribute(facts, name, clipped(String(value)), event.occurredAt);
    }
  }
  return NOTHING_TRIMMED;
}

function setAttribute(facts: Facts, name: AttributeName, value: string, at: number): void {
  const known = facts.attributes.find((attribute) => attribute.name === name);
  if (!known) {
    facts.attributes.push({ name, value, at });
    facts.attributes.sort((a, b) => ATTRIBUTE_NAMES.indexOf(a.name) - ATTRIBUTE_NAMES.indexOf(b.name));
    return;
  }
  // Two values of one time: the greater one, whichever came first.
  if (at > known.at || (at === known.at && value > known.value)) Object.assign(known, { value, at });
}

type LineEvent = EventOf<
  'SubscriptionActivated' | 'PlanChanged' | 'SubscriptionSuspended' | 'SubscriptionResumed' | 'SubscriptionTerminated'
>;

function lineChanged(facts: Facts, event: LineEvent) {
  const line = lineOf(facts, event.subscriptionId);
  const at = event.occurredAt;
  if (event.type === 'SubscriptionActivated' && isLater(at, line.activatedAt, event.product > line.product)) {
    Object.assign(line, { product: event.product, cycleDay: event.cycleDay, activatedAt: at });
  }
  if (event.type === 'SubscriptionActivated' || event.type === 'PlanChanged') setPlan(line, event);
  const status = STATUS_AFTER[event.type];
  if (status && isLater(at, line.statusAt, STATUS_RANK[status] > STATUS_RANK[line.status])) {
    Object.assign(line, { status, statusAt: at });
  }
  return trimLines(facts);
}

const STATUS_AFTER: Partial<Record<LineEvent['type'], LineStatus>> = {
  SubscriptionActivated: 'ACTIVE',
  SubscriptionResumed: 'ACTIVE',
  SubscriptionSuspended: 'SUSPENDED',
  SubscriptionTerminated: 'TERMINATED',
};
/** On a tie the later stage of life stands. */
const STATUS_RANK: Record<LineStatus, number> = { UNKNOWN: 0, ACTIVE: 1, SUSPENDED: 2, TERMINATED: 3 };

function setPlan(line: Line, event: EventOf<'SubscriptionActivated' | 'PlanChanged'>): void {
  if (!isLater(event.occurredAt, line.planAt, event.plan > line.plan)) return;
  Object.assign(line, {
    plan: clipped(event.plan),
    dataAllowanceMb: event.dataAllowanceMb ?? -1,
    planAt: event.occurredAt,
  });
}

function isLater(at: number, knownAt: number, winsTie: boolean): boolean {
  return at > knownAt || (at === knownAt && winsTie);
}

function lineOf(facts: Facts, subscriptionId: string): Line {
  const known = facts.lines.find((line) => line.subscriptionId === subscriptionId);
  if (known) return known;
  const line: Line = {
    subscriptionId,
    product: '',
    cycleDay: 1,
    activatedAt: 0,
    plan: '',
    dataAllowanceMb: -1,
    planAt: 0,
    status: 'UNKNOWN',
    statusAt: 0,
  };
  facts.lines.push(line);
  facts.lines.sort((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1));
  return line;
}

/** Beyond the cap the line that ended goes first, then the one longest without news. */
function trimLines(facts: Facts) {
  if (facts.lines.length <= CAPS.lines) return NOTHING_TRIMMED;
  const leastNeeded = facts.lines.reduce((a, b) => (needOf(b) < needOf(a) ? b : a));
  facts.lines.splice(facts.lines.indexOf(leastNeeded), 1);
  return { isTrimmed: true };
}

function needOf(line: Line): number {
  const latest = Math.max(line.activatedAt, line.planAt, line.statusAt);
  return line.status === 'TERMINATED' ? latest - Number.MAX_SAFE_INTEGER : latest;
}

interface FlagOptions {
  readonly max: number;
  /** What stands when both values carry the same time. */
  readonly onTie: boolean;
}

function setFlag(flags: Flag[], name: string, isOn: boolean, at: number, options: FlagOptions) {
  const key = clipped(name);
  const known = flags.find((flag) => flag.key === key);
  if (known) {
    if (at > known.at) Object.assign(known, { isOn, at });
    if (at === known.at && isOn !== known.isOn) known.isOn = options.onTie;
    return NOTHING_TRIMMED;
  }
  flags.push({ key, isOn, at });
  flags.sort((a, b) => (a.key < b.key ? -1 : 1));
  if (flags.length <= options.max) return NOTHING_TRIMMED;
  // What restrains least goes first: flags that are off, then the oldest.
  const leastNeeded = flags.reduce((a, b) => ((Number(a.isOn) - Number(b.isOn) || a.at - b.at) <= 0 ? a : b));
  flags.splice(flags.indexOf(leastNeeded), 1);
  return { isTrimmed: true };
}
