import { checkInput } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DATA_DIR, loadMegaline } from './data-folder.ts';
import { readMegaline } from './megaline.ts';
import type { MegalineFiles } from './megaline-rows.ts';
import { HOUR_WEIGHTS, syntheticTime } from './synthetic-time.ts';

const FILES: MegalineFiles = {
  plans: [
    'messages_included,mb_per_month_included,minutes_included,usd_monthly_pay,plan_name',
    '50,15360,500,20,surf',
    '1000,30720,3000,70,ultimate',
  ].join('\n'),
  users: [
    'user_id,first_name,age,city,reg_date,plan',
    '7,A,45,"Home, GA",2018-01-05,surf',
    '8,B,30,There,2018-06-01,ultimate',
    '9,C,30,There,2018-06-01,none',
  ].join('\n'),
  calls: ['id,user_id,call_date,duration', '7_1,7,2018-06-10,8.52', '7_2,7,2018-06-10,0.0'].join('\n'),
  messages: ['id,user_id,message_date', '8_1,8,2018-06-12'].join('\n'),
  internet: ['id,user_id,session_date,mb_used', '7_9,7,2018-06-11,89.86', '6_9,6,2018-06-11,1', '8_9,8,soon,1'].join(
    '\n',
  ),
};

const eventsOf = (options = {}) =>
  readMegaline(FILES, { run: '' }, options).histories.flatMap(({ events }) => events.map((event) => ({ ...event })));

describe("the fictional operator's records", () => {
  it('give the plan with its quotas, its price and a cycle that begins on the first', () => {
    expect(eventsOf()).toContainEqual(
      expect.objectContaining({
        type: 'SubscriptionActivated',
        customerId: 'mega-7',
        plan: 'surf',
        dataAllowanceMb: 15_360,
        voiceAllowanceMinutes: 500,
        smsAllowance: 50,
        monthlyFeeMinor: 2_000,
        currency: 'USD',
        cycleDay: 1,
      }),
    );
  });

  it('give age and city with the registration', () => {
    expect(eventsOf()).toContainEqual(
      expect.objectContaining({ type: 'CustomerRegistered', customerId: 'mega-7', birthYear: 1973, city: 'Home, GA' }),
    );
  });

  it('give minutes as seconds, and a call of no length as a failed one', () => {
    expect(eventsOf()).toContainEqual(
      expect.objectContaining({ eventId: 'voice-7_1', durationSeconds: 511, failed: false }),
    );
    expect(eventsOf()).toContainEqual(
      expect.objectContaining({ eventId: 'voice-7_2', durationSeconds: 0, failed: true }),
    );
  });

  it('stay on their date, at an hour that the event states', () => {
    const data = eventsOf().find(({ eventId }) => eventId === 'data-7_9');
    const at = new Date(data?.occurredAt ?? 0);
    expect(at.toISOString().slice(0, 10)).toBe('2018-06-11');
    expect(data).toMatchObject({ quantityMb: 89.86, localHour: at.getUTCHours() });
  });

  it('are counted and named where a row cannot be used', () => {
    const { badRows } = readMegaline(FILES, { run: '' });
    expect(badRows.count).toBe(3);
    expect(badRows.examples.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'megaline_users.csv:4',
      'megaline_internet.csv:3',
      'megaline_internet.csv:4',
    ]);
  });

  it('can be bounded to their last days; a line then begins with what is replayed', () => {
    const events = eventsOf({ days: 2 });
    expect(
      events
        .filter(({ type }) => type === 'UsageRecorded')
        .map(({ eventId }) => eventId)
        .sort(),
    ).toEqual(['data-7_9', 'sms-8_1']);
    const activated = events.find(
      ({ type, customerId }) => type === 'SubscriptionActivated' && customerId === 'mega-7',
    );
    expect(activated?.occurredAt).toBe(Date.parse('2018-06-11T00:00:00Z'));
  });

  it('are events that keep their contract', () => {
    for (const { events } of readMegaline(FILES, { run: '' }).histories) {
      for (const event of events) expect(checkInput(event)).toEqual([]);
    }
  });

  const files = loadMegaline(DEFAULT_DATA_DIR);
  it.skipIf(!files)('are read without a bad row from the published files (needs megaline beside the project)', () => {
    if (!files) return;
    const { histories, badRows } = readMegaline(files, { run: '' });
    expect(badRows.count).toBe(0);
    const uses = histories.flatMap(({ events }) => events.filter(({ type }) => type === 'UsageRecorded'));
    expect(uses).toHaveLength(137_735 + 104_825 + 76_051);
  });
});

describe('the synthetic time of day', () => {
  it('is the same for the same record and follows the stated weights over many', () => {
    expect(syntheticTime('DATA', 'a')).toEqual(syntheticTime('DATA', 'a'));
    const counts = new Array<number>(24).fill(0);
    for (let n = 0; n < 20_000; n++) {
      const { hour } = syntheticTime('DATA', `k-${n}`);
      counts[hour] = (counts[hour] ?? 0) + 1;
    }
    const total = HOUR_WEIGHTS.DATA.reduce<number>((sum, weight) => sum + weight, 0);
    for (const [hour, weight] of HOUR_WEIGHTS.DATA.entries())
      expect((counts[hour] ?? 0) / 20_000).toBeCloseTo(weight / total, 1.5);
  });
});
