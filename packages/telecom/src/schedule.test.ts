import { describe, expect, it } from 'vitest';
import { packWithTriggers } from '../test/added-triggers.ts';
import { type CustomerWorld, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { createCustomerDays } from './customer-days.ts';

const POLICY = packWithTriggers({
  joined: "schedule: { every: anniversary, at: '09:30' }, freshness: 12h",
  contract: 'schedule: { every: contract-end, before: 30d }, when: "!suspended"',
});
const due = (world: CustomerWorld) => topologyOf(POLICY).due(world.state).wallMs;
const at = (...date: [number, number, number, number, number?]) => Date.UTC(...date);

function worldSince(sinceMs: number, contractEndsAt: number | null = null): CustomerWorld {
  const world = createCustomerWorld(POLICY, 'customer-1');
  world.tell(world.activated(sinceMs, { contractEndsAt }));
  return world;
}

describe('the anniversary of a customer', () => {
  it('fires once a year at its time of the day', () => {
    const world = worldSince(at(2025, 4, 3, 20));
    world.tell(world.usage(START));
    expect(due(world)).toBe(at(2026, 4, 3, 9, 30));
    world.fire(at(2026, 4, 3, 9, 29));
    expect(world.decisions).toEqual([]);
    world.fire(at(2026, 4, 3, 9, 30));
    world.fire(at(2026, 4, 3, 9, 31));
    expect(world.decisions.map(({ trigger, occasion }) => [trigger, occasion])).toEqual([
      ['joined', 'date:2026-05-03'],
    ]);
    world.restart();
    expect(due(world)).toBeGreaterThan(at(2026, 4, 3, 9, 31));
    world.fire(at(2027, 4, 3, 9, 30));
    expect(world.decisions.map(({ occasion }) => occasion)).toEqual(['date:2026-05-03', 'date:2027-05-03']);
  });

  it("is a day of the customer's own time zone", () => {
    const world = worldSince(at(2025, 4, 3, 20));
    world.tell(
      world.event('CustomerChanged', START, {
        timeZone: 'Asia/Shanghai',
        language: null,
        tier: null,
        birthYear: null,
        city: null,
        birthDate: null,
      }),
    );
    world.tell(world.usage(START));
    expect(due(world)).toBe(at(2026, 4, 4, 1, 30));
  });

  it('that nobody noticed in time is let go, and the next one is waited for', () => {
    const world = worldSince(at(2025, 4, 3, 20));
    world.tell(world.usage(START));
    world.fire(at(2026, 4, 3, 22));
    expect(world.decisions).toEqual([]);
    expect(due(world)).toBe(at(2027, 4, 3, 9, 30));
  });

  it('of somebody who joined ten years ago has one timer, not ten', () => {
    const world = worldSince(at(2015, 4, 3, 20));
    world.tell(world.usage(START));
    expect(due(world)).toBe(at(2026, 4, 3, 9, 30));
  });

  it('is unknown of a customer of whom nobody said when he came', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    world.tell(world.usage(START));
    expect(due(world)).toBeUndefined();
  });
});

describe('the birthday of a customer', () => {
  const BIRTHDAYS = packWithTriggers({ congratulation: "schedule: { every: birthday, at: '09:00' }" });
  const dueBirthday = (world: CustomerWorld) => topologyOf(BIRTHDAYS).due(world.state).wallMs;
  const dayNumber = (text: string) => Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  const unchanged = { language: null, timeZone: null, tier: null, birthYear: null, city: null };

  function bornOn(date: string | null, timeZone = 'UTC'): CustomerWorld {
    const world = createCustomerWorld(BIRTHDAYS, 'customer-1');
    const birthDate = date === null ? null : dayNumber(date);
    const who = { language: 'en', timeZone, tier: '', birthYear: null, city: '' };
    world.tell(world.event('CustomerRegistered', START, { ...who, birthDate }));
    return world;
  }

  it.each(['1980-05-03', '1961-05-03'])('born on %s comes once a year', (date) => {
    const world = bornOn(date);
    expect(dueBirthday(world)).toBe(at(2026, 4, 3, 9));
    world.restart();
    world.fire(at(2026, 4, 3, 9));
    world.fire(at(2026, 4, 3, 9, 1));
    world.fire(at(2027, 4, 3, 9));
    expect(world.decisions.map(({ trigger, occasion }) => [trigger, occasion])).toEqual([
      ['congratulation', 'date:2026-05-03'],
      ['congratulation', 'date:2027-05-03'],
    ]);
  });

  it.each([
    ['Pacific/Kiritimati', at(2026, 4, 2, 19)],
    ['America/Los_Angeles', at(2026, 4, 3, 16)],
  ])('is the same day in %s, at its time there', (timeZone, due) => {
    expect(dueBirthday(bornOn('1980-05-03', timeZone))).toBe(due);
  });

  it('is the one told by a change, whatever else changes later', () => {
    const world = bornOn('1980-05-03');
    world.tell(world.event('CustomerChanged', START, { ...unchanged, birthDate: dayNumber('1980-06-03') }));
    world.tell(world.event('CustomerChanged', START + HOUR_MS, { ...unchanged, birthDate: null }));
    expect(dueBirthday(world)).toBe(at(2026, 5, 3, 9));
  });

  it('that nobody told is waited for by nobody', () => {
    expect(dueBirthday(bornOn(null))).toBeUndefined();
  });
});

describe('the end of a contract', () => {
  const ends = START + 90 * DAY_MS;
  const reminder = at(2026, 3, 3, 10);

  it('fires so long before it, once', () => {
    const world = worldSince(START - 20 * DAY_MS, ends);
    expect(due(world)).toBe(reminder);
    world.fire(reminder);
    world.restart();
    world.fire(reminder + HOUR_MS);
    expect(world.decisions.map(({ trigger, occasion }) => [trigger, occasion])).toEqual([
      ['contract', 'date:2026-05-03'],
    ]);
  });

  it('is asked its condition when it is due', () => {
    const world = worldSince(START - 20 * DAY_MS, ends);
    world.tell(world.event('SubscriptionSuspended', START, { subscriptionId: 'line-1', cause: 'CUSTOMER' }));
    world.fire(reminder);
    expect(world.decisions).toEqual([]);
    expect(due(world)).not.toBe(reminder);
  });

  it('moves when a later one is told', () => {
    const world = worldSince(START - 20 * DAY_MS, ends);
    world.tell(world.event('ContractEnding', START, { subscriptionId: 'line-1', contractEndsAt: ends + 10 * DAY_MS }));
    world.restart();
    expect(due(world)).toBe(reminder + 10 * DAY_MS);
  });

  it.each([[null], [8.64e15]])('that is %s is none', (contractEndsAt) => {
    const world = worldSince(START - 20 * DAY_MS, contractEndsAt);
    world.tell(world.usage(START));
    expect(due(world)).toBe(at(2027, 0, 13, 9, 30));
  });
});

describe('days of customers', () => {
  const days = createCustomerDays();
  const schedule = { beforeMs: 0, atMs: 0 };

  it('has the anniversary of a leap day on the 28th of February', () => {
    const since = { sinceMs: at(2024, 1, 29, 12), timeZone: 'UTC' };
    expect(days.anniversary(since, schedule, at(2025, 0, 1, 0)).date).toBe('2025-02-28');
    expect(days.anniversary(since, schedule, at(2027, 5, 1, 0)).date).toBe('2028-02-29');
  });

  it.each([-1, 0, 1])('finds the first that is due %s ms from a day on', (shift) => {
    const since = { sinceMs: at(2020, 6, 10, 12), timeZone: 'UTC' };
    const day = at(2026, 6, 10, 0);
    expect(days.anniversary(since, schedule, day + shift).dueMs).toBe(shift > 0 ? at(2027, 6, 10, 0) : day);
  });
});
