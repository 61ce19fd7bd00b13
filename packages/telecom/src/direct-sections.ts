import { type ByteReader, readBlock, readBoolean, readDouble, readLong, readText } from './avro-bytes.ts';
import {
  ATTRIBUTE_NAMES,
  type CampaignPlan,
  type Contact,
  type Dealings,
  type Enrolment,
  type Facts,
  type Firing,
  type Flag,
  type HouseholdLink,
  type Line,
  type LineStatus,
} from './customer-state.ts';

/**
 * The sections of layout 2 read by hand, as Avro reads them: rules ask for them of every tenth event or so, and a general
 * codec takes five times as long, above all for texts that every customer has.
 */
export function readFacts(bytes: Buffer, from: number, to: number): Facts {
  const reader: ByteReader = { bytes, at: from };
  return whole(factsAt(reader, readHouseholds), reader, to);
}

/** Facts of layout 1, which has fewer words for attributes and no households. */
export function readFactsOf1(bytes: Buffer, from: number, to: number): Facts {
  const reader: ByteReader = { bytes, at: from };
  return whole(
    factsAt(reader, () => []),
    reader,
    to,
  );
}

/** One object, not one made of another: facts are read of every tenth event or so. */
function factsAt(reader: ByteReader, households: (reader: ByteReader) => HouseholdLink[]): Facts {
  return {
    registeredAt: readLong(reader),
    attributes: readItems(reader, readAttribute),
    lines: readItems(reader, readLine),
    consents: readItems(reader, readFlag),
    exclusions: readItems(reader, readFlag),
    complaints: readItems(reader, readFlag),
    households: households(reader),
  };
}

function readHouseholds(reader: ByteReader): HouseholdLink[] {
  return readItems(reader, readHousehold);
}

export function readDealings(bytes: Buffer, from: number, to: number): Dealings {
  const reader: ByteReader = { bytes, at: from };
  const dealings = {
    contacts: readItems(reader, readContact),
    firings: readItems(reader, readFiring),
    enrolments: readItems(reader, readEnrolment),
    plans: readItems(reader, readPlan),
  };
  return whole(dealings, reader, to);
}

function whole<T>(value: T, reader: ByteReader, to: number): T {
  if (reader.at !== to) throw new RangeError('a section of the state does not end where it should');
  return value;
}

function readItems<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const items: T[] = [];
  for (let count = readBlock(reader); count > 0; count = readBlock(reader)) {
    for (; count > 0; count -= 1) items.push(read(reader));
  }
  return items;
}

/** The symbol that stands here. @throws RangeError when there is none of its number */
function readSymbol<T>(reader: ByteReader, symbols: readonly T[]): T {
  const symbol = symbols[readLong(reader)];
  if (symbol === undefined) throw new RangeError('the state holds a word that is not known');
  return symbol;
}

// In the order of the layout: a number stands for each.
const LINE_STATUSES: readonly LineStatus[] = ['ACTIVE', 'SUSPENDED', 'TERMINATED', 'UNKNOWN'];
const CONTACT_KINDS: readonly Contact['kind'][] = ['marketing', 'service'];
const CONTACT_STATUSES: readonly Contact['status'][] = [
  'reserved',
  'confirmed',
  'released',
  'cancelled',
  'unknown',
  'ghost',
];
const PLAN_TURNS: readonly CampaignPlan['next'][] = ['step', 'fallback', 'reminder', 'end'];
const ARMS: readonly Enrolment['arm'][] = ['treated', 'control', 'holdout'];

// Fields are read in the order in which they are written here.

function readAttribute(reader: ByteReader): Facts['attributes'][number] {
  return { name: readSymbol(reader, ATTRIBUTE_NAMES), value: readText(reader), at: readLong(reader) };
}

function readLine(reader: ByteReader): Line {
  return {
    subscriptionId: readText(reader),
    product: readText(reader),
    cycleDay: readLong(reader),
    activatedAt: readLong(reader),
    plan: readText(reader),
    dataAllowanceMb: readDouble(reader),
    planAt: readLong(reader),
    status: readSymbol(reader, LINE_STATUSES),
    statusAt: readLong(reader),
  };
}

function readFlag(reader: ByteReader): Flag {
  return { key: readText(reader), isOn: readBoolean(reader), at: readLong(reader) };
}

function readHousehold(reader: ByteReader): HouseholdLink {
  return {
    householdId: readText(reader),
    role: readText(reader),
    linkedAt: readLong(reader),
    unlinkedAt: readLong(reader),
  };
}

function readContact(reader: ByteReader): Contact {
  return {
    contactId: readText(reader),
    trigger: readText(reader),
    campaign: readText(reader),
    offer: readText(reader),
    category: readText(reader),
    channel: readText(reader),
    kind: readSymbol(reader, CONTACT_KINDS),
    arm: readText(reader),
    sendAt: readLong(reader),
    sendBy: readLong(reader),
    status: readSymbol(reader, CONTACT_STATUSES),
    rejectedAt: readLong(reader),
    isAskedAgain: readBoolean(reader),
    occasion: readText(reader),
    step: readText(reader),
    variant: readText(reader),
    segment: readText(reader),
    decidedAt: readLong(reader),
    costMinor: readLong(reader),
    slotAt: readLong(reader),
    validUntil: readLong(reader),
    sentAt: readLong(reader),
    seenAt: readLong(reader),
    presentedAt: readLong(reader),
    acceptedAt: readLong(reader),
    deferredUntil: readLong(reader),
    counted: readLong(reader),
  };
}

function readFiring(reader: ByteReader): Firing {
  return {
    trigger: readText(reader),
    occasion: readText(reader),
    at: readLong(reader),
    isLatched: readBoolean(reader),
  };
}

function readEnrolment(reader: ByteReader): Enrolment {
  return {
    campaign: readText(reader),
    arm: readSymbol(reader, ARMS),
    at: readLong(reader),
    variant: readText(reader),
    offer: readText(reader),
    channel: readText(reader),
    trigger: readText(reader),
    contactCount: readLong(reader),
    planEndedAt: readLong(reader),
    horizonsDone: readLong(reader),
    revenueMinor: readItems(reader, readLong),
    acceptedAt: readLong(reader),
    activatedAt: readLong(reader),
    churnedAt: readLong(reader),
  };
}

function readPlan(reader: ByteReader): CampaignPlan {
  return {
    campaign: readText(reader),
    trigger: readText(reader),
    occasion: readText(reader),
    offer: readText(reader),
    arm: readSymbol(reader, ARMS),
    variant: readText(reader),
    startedAt: readLong(reader),
    stepIndex: readLong(reader),
    attempt: readLong(reader),
    lastContactId: readText(reader),
    lastSendAt: readLong(reader),
    next: readSymbol(reader, PLAN_TURNS),
    dueAt: readLong(reader),
    endedAt: readLong(reader),
    endReason: readText(reader),
  };
}
