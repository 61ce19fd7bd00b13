import type { EventInput } from '@holdfast/events';
import { type BadRow, createBadRows } from './bad-rows.ts';
import { csvRows, numberIn } from './csv.ts';
import { type CustomerHistory, customerIdOf, type Naming, type Recording, recordedFeed } from './recording.ts';

export interface CnsCdrFiles {
  readonly calls: string;
  readonly sms: string;
}

/** Real calls and messages of the Copenhagen Networks Study. The mapping is described in the README. */
export function readCnsCdr(files: CnsCdrFiles, naming: Naming): Recording {
  const badRows = createBadRows();
  const unanswered = new Set<string>();
  const uses = [...callUses(files.calls, badRows.add, unanswered), ...smsUses(files.sms, badRows.add)];
  const startMs = uses.reduce((least, use) => Math.min(least, use.atMs), Number.POSITIVE_INFINITY);
  const feed = recordedFeed('cns_cdr', naming);
  const byPerson = Map.groupBy(uses, (use) => use.person);
  for (const person of unanswered) if (!byPerson.has(person)) byPerson.set(person, []);
  return {
    name: 'cns_cdr',
    feed,
    timing: 'recorded',
    histories: [...byPerson].map(([person, own]) => historyOf(person, own, { startMs, feed, naming })),
    badRows,
    notes: ['cns_cdr: call attempts nobody answered are taken as failed calls', 'cns_cdr: plans are not known'],
  };
}

interface Use {
  readonly person: string;
  readonly atMs: number;
  readonly eventId: string;
  readonly kind: 'VOICE' | 'SMS';
  readonly direction: 'OUTGOING' | 'INCOMING';
  readonly durationSeconds: number;
  readonly failed: boolean;
}

/** Who was called without answering has no use of the network from it, but is there: added to `unanswered`. */
function* callUses(text: string, bad: (row: BadRow) => void, unanswered: Set<string>): Generator<Use> {
  const columns = ['timestamp', 'caller', 'callee', 'duration'] as const;
  for (const { line, row } of csvRows({ file: 'calls.csv', text, columns }, bad)) {
    const atMs = timeIn(row.timestamp);
    const seconds = numberIn(row.duration);
    const reason = fault(atMs, row.caller, row.callee) ?? (isDuration(seconds) ? undefined : 'no duration');
    if (reason !== undefined || atMs === undefined || seconds === undefined) {
      bad({ file: 'calls.csv', line, reason: reason ?? '' });
      continue;
    }
    const failed = seconds <= 0;
    const call = { atMs, kind: 'VOICE', durationSeconds: Math.max(0, seconds), failed } as const;
    yield { ...call, person: row.caller, eventId: `call-${line}-out`, direction: 'OUTGOING' };
    if (failed) unanswered.add(row.callee);
    else yield { ...call, person: row.callee, eventId: `call-${line}-in`, direction: 'INCOMING' };
  }
}

function* smsUses(text: string, bad: (row: BadRow) => void): Generator<Use> {
  const columns = ['timestamp', 'sender', 'recipient'] as const;
  for (const { line, row } of csvRows({ file: 'sms.csv', text, columns }, bad)) {
    const atMs = timeIn(row.timestamp);
    const reason = fault(atMs, row.sender, row.recipient);
    if (reason !== undefined || atMs === undefined) {
      bad({ file: 'sms.csv', line, reason: reason ?? '' });
      continue;
    }
    const message = { atMs, kind: 'SMS', durationSeconds: 0, failed: false } as const;
    yield { ...message, person: row.sender, eventId: `sms-${line}-out`, direction: 'OUTGOING' };
    yield { ...message, person: row.recipient, eventId: `sms-${line}-in`, direction: 'INCOMING' };
  }
}

function timeIn(text: string): number | undefined {
  const seconds = numberIn(text);
  return seconds === undefined || seconds < 0 ? undefined : seconds * 1_000;
}

/** -1 is a missed call. */
function isDuration(seconds: number | undefined): boolean {
  return seconds !== undefined && Number.isInteger(seconds) && seconds >= -1;
}

function fault(atMs: number | undefined, from: string, to: string): string | undefined {
  if (atMs === undefined) return 'no time';
  return /^\d+$/.test(from) && /^\d+$/.test(to) ? undefined : 'no person';
}

interface Telling {
  readonly startMs: number;
  readonly feed: string;
  readonly naming: Naming;
}

function historyOf(person: string, uses: readonly Use[], { startMs, feed, naming }: Telling): CustomerHistory {
  const customerId = customerIdOf('cns', person, naming);
  const subscriptionId = `${customerId}-mobile`;
  const start = { source: feed, customerId, occurredAt: startMs };
  const events: EventInput[] = [
    { ...start, type: 'CustomerRegistered', eventId: `registered-${person}`, timeZone: 'Europe/Copenhagen' },
    {
      ...start,
      type: 'SubscriptionActivated',
      eventId: `activated-${person}`,
      subscriptionId,
      product: 'MOBILE',
      plan: '',
    },
  ];
  for (const { eventId, atMs, kind, direction, durationSeconds, failed } of uses) {
    const usage = { type: 'UsageRecorded', kind, direction, durationSeconds, failed } as const;
    events.push({ ...usage, source: feed, eventId, occurredAt: atMs, customerId, subscriptionId });
  }
  return { person: `cns-${person}`, customerId, subscriptionId, events };
}
