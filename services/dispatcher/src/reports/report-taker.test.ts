import { describe, expect, it } from 'vitest';
import { contactOf, NOW } from '../../test/contact.ts';
import { deliveryNote } from '../delivery-note.ts';
import type { DeliveryReport, ReportAnswer } from '../ports.ts';
import { codeOf, createReportTaker, type ProviderReport } from './report-taker.ts';

const SENT = deliveryNote(contactOf({ channel: 'sms' }), { status: 'SENT', providerRef: 'm-7', attempt: 2 });

function setUp(answer: ReportAnswer = { kind: 'ok' }) {
  const reports: DeliveryReport[] = [];
  const seen: string[] = [];
  const taker = createReportTaker({
    marks: {
      noteOf: async (id) => {
        if (id === 'broken') throw new Error('the store is away');
        return { c1: SENT, c2: '171-0' }[id];
      },
      contactOf: async ({ channel, id }) => (channel === 'sms' && id === 'm-7' ? 'c1' : undefined),
    },
    report: async (report) => {
      reports.push(report);
      return answer;
    },
    now: () => NOW,
    observe: (...words) => seen.push(words.join(' ')),
  });
  const take = (report: Partial<ProviderReport>) =>
    taker.take({ channel: 'sms', status: 'DELIVERED', detail: '', ...report });
  return { take, reports, seen };
}

describe('a report of a provider', () => {
  it('becomes an event about the contact, found by the id of either side', async () => {
    const { take, reports } = setUp();
    expect(await take({ reference: 'm-7' })).toBe('taken');
    expect(await take({ contactId: 'c1' })).toBe('taken');
    expect(reports[0]).toEqual({
      type: 'DeliveryReported',
      eventId: 'delivery:c1:delivered',
      source: 'holdfast:dispatcher',
      occurredAt: NOW,
      customerId: '4711',
      contactId: 'c1',
      offer: 'care_call',
      campaign: 'save',
      arm: 'treated',
      channel: 'sms',
      category: 'retention',
      sendAt: NOW - 1_000,
      status: 'DELIVERED',
      detail: '',
      providerRef: 'm-7',
      attempt: 2,
    });
    expect(reports[1]).toEqual(reports[0]);
  });

  it('has an event id per status, so that a repeat is a duplicate and another word is none', async () => {
    const { take, reports } = setUp();
    for (const status of ['DELIVERED', 'SEEN', 'SEEN', 'FAILED'] as const) await take({ contactId: 'c1', status });
    expect(reports.map(({ eventId }) => eventId)).toEqual([
      'delivery:c1:delivered',
      'delivery:c1:seen',
      'delivery:c1:seen',
      'delivery:c1:failed',
    ]);
  });

  it.each<[string, Partial<ProviderReport>]>([
    ['no contact of ours', { contactId: 'c9' }],
    ['no message it took', { reference: 'm-8' }],
    ['nothing', {}],
    ['a contact of another channel', { contactId: 'c1', channel: 'email' }],
    ['an alert, of which no provider knows', { contactId: 'c2' }],
  ])('about %s is unknown', async (_title, report) => {
    const { take, reports } = setUp();
    expect(await take(report)).toBe('unknown');
    expect(reports).toEqual([]);
  });

  it('is to be given again while store or log are away, and never when it breaks the contract', async () => {
    expect(await setUp({ kind: 'retry', message: 'no broker' }).take({ contactId: 'c1' })).toBe('away');
    expect(await setUp().take({ contactId: 'broken' })).toBe('away');
    const { take, seen } = setUp({ kind: 'refused', message: 'x' });
    expect(await take({ contactId: 'c1' })).toBe('refused');
    expect(seen).toEqual(['sms DELIVERED refused']);
  });

  it.each([
    ['Absent Subscriber!', 'absent-subscriber'],
    ['0x0B', '0x0b'],
    ['no route to +34600100200', 'other'],
    ['x'.repeat(99), 'x'.repeat(32)],
    ['', ''],
  ])('says %j as the code %j', (detail, code) => {
    expect(codeOf(detail)).toBe(code);
  });
});
