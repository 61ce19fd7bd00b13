import { checkInput } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { readCnsCdr } from './cns-cdr.ts';
import { DEFAULT_DATA_DIR, loadCnsCdr } from './data-folder.ts';
import { buildTimeline } from './timeline.ts';

const CALLS = ['timestamp,caller,callee,duration', '10,1,2,60', '20,1,2,-1', '30,2,1,0'];
const SMS = ['timestamp,sender,recipient', '5,2,3'];

const read = (calls: readonly string[], sms: readonly string[] = SMS) =>
  readCnsCdr({ calls: calls.join('\n'), sms: sms.join('\n') }, { run: '' });
const eventsOf = (recording: ReturnType<typeof read>, person: string) =>
  recording.histories.find((history) => history.person === person)?.events ?? [];

describe('the call records of the study', () => {
  it('give a call to the caller as outgoing and to the callee as incoming', () => {
    const recording = read(CALLS);
    expect(eventsOf(recording, 'cns-1')).toContainEqual(
      expect.objectContaining({ eventId: 'call-2-out', direction: 'OUTGOING', durationSeconds: 60, failed: false }),
    );
    expect(eventsOf(recording, 'cns-2')).toContainEqual(
      expect.objectContaining({ eventId: 'call-2-in', direction: 'INCOMING', durationSeconds: 60, occurredAt: 10_000 }),
    );
  });

  it.each([
    ['missed', 'cns-1', 'call-3'],
    ['of no length', 'cns-2', 'call-4'],
  ])('give a call that was %s to the caller only, as a failed attempt', (_, caller, id) => {
    const recording = read(CALLS);
    expect(eventsOf(recording, caller)).toContainEqual(
      expect.objectContaining({ eventId: `${id}-out`, failed: true, durationSeconds: 0 }),
    );
    const all = recording.histories.flatMap(({ events }) => events.map(({ eventId }) => eventId));
    expect(all).not.toContain(`${id}-in`);
  });

  it('begin for everybody with a registration and a mobile line at the first time of the recording', () => {
    const [registered, activated] = eventsOf(read(CALLS), 'cns-3');
    expect(registered).toMatchObject({ type: 'CustomerRegistered', customerId: 'cns-3', occurredAt: 5_000 });
    expect(activated).toMatchObject({ type: 'SubscriptionActivated', product: 'MOBILE', occurredAt: 5_000 });
    expect(activated).not.toHaveProperty('dataAllowanceMb');
  });

  it('are counted and named where a row cannot be used, and the rest is read', () => {
    const recording = read([...CALLS, 'x,1,2,60', '40,1,,60', '50,1,2', '60,1,2,soon'], ['timestamp,sender', '1,2']);
    expect(recording.badRows.count).toBe(5);
    expect(recording.badRows.examples.map(({ file, line, reason }) => `${file}:${line} ${reason}`)).toEqual([
      'calls.csv:5 no time',
      'calls.csv:6 no person',
      'calls.csv:7 3 fields instead of 4',
      'calls.csv:8 no duration',
      'sms.csv:2 the file has no column recipient',
    ]);
    expect(recording.histories).toHaveLength(2);
  });

  it('are events that keep their contract', () => {
    const options = { endMs: Date.parse('2026-11-22T12:00:00Z'), naming: { run: '' }, suspensions: 2 };
    for (const { event } of buildTimeline([read(CALLS)], options)) expect(checkInput(event)).toEqual([]);
  });

  const files = loadCnsCdr(DEFAULT_DATA_DIR);
  it.skipIf(!files)('are 608 people over 28 days in the published files (needs cns_cdr beside the project)', () => {
    if (!files) return;
    const { histories, badRows } = readCnsCdr(files, { run: '' });
    const times = histories.flatMap(({ events }) => events.map(({ occurredAt }) => occurredAt));
    const days = (times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b))) / 86_400_000;
    expect(badRows.count).toBe(0);
    expect(histories).toHaveLength(608);
    expect(Math.ceil(days)).toBe(28);
  });
});
