import { describe, expect, it } from 'vitest';
import { type CustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import {
  accept,
  attempt,
  dueIn,
  END,
  FIRST,
  last,
  live,
  planOf,
  putOff,
  reject,
  report,
  SECOND,
  type Status,
  THIRD,
  told,
} from '../test/plan-story.ts';
import { steppedPack, suspended } from '../test/stepped-pack.ts';
import { MAX_DEFER_MS, REMIND_AFTER_MS, RETRY_AFTER_MS } from './contact-life.ts';
import { contactStanding } from './contact-standing.ts';

const POLICY = steppedPack();
const topology = topologyOf(POLICY);

function standing(world: CustomerWorld, contactId: string, nowMs: number) {
  const answer = contactStanding(topology.encode(world.state, topology.codecVersion), contactId, nowMs);
  return answer.kind === 'refused' ? `refused ${answer.reason}` : answer.kind;
}

describe('a step that was not delivered', () => {
  const soon = START + HOUR_MS / 2;

  it.each<[string, Status, string]>([
    ['failed', 'FAILED', 'absent'],
    ['expired', 'EXPIRED', ''],
    ['had no address', 'REFUSED', 'no-address'],
  ])('because it %s is tried on the next channel, and the plan counts from there', (_, status, detail) => {
    const world = suspended(POLICY);
    report(world, status, soon, detail);
    live(world, END);
    expect(told(world)).toEqual([
      FIRST,
      'step-1~2 contact email +0.5h',
      'step-2 contact call-centre +72.5h',
      'step-3 contact sms +120.5h',
    ]);
  });

  it.each<[string, (world: CustomerWorld) => void]>([
    ['was refused for what the customer said', (world) => report(world, 'REFUSED', soon, 'consent')],
    ['may have arrived', (world) => report(world, 'UNKNOWN', soon)],
    ['failed when its offer was over', (world) => report(world, 'FAILED', START + 25 * HOUR_MS)],
    [
      'arrived after all',
      (world) => {
        report(world, 'FAILED', soon);
        report(world, 'DELIVERED', soon);
      },
    ],
  ])('is not tried again when it %s', (_, happen) => {
    const world = suspended(POLICY);
    happen(world);
    live(world, END);
    expect(told(world)).toEqual([FIRST, SECOND, THIRD]);
  });

  it('goes by the step after it when no channel is left', () => {
    const world = suspended(POLICY);
    report(world, 'FAILED', soon);
    live(world, START + 3 * HOUR_MS);
    report(world, 'FAILED', START + 2 * HOUR_MS);
    live(world, END);
    expect(world.decisions.map(({ step, channel }) => `${step} ${channel}`)).toEqual([
      'first sms',
      'step-1~2 email',
      'step-2 call-centre',
      'step-3 sms',
    ]);
  });

  it('told twice is tried once', () => {
    const world = suspended(POLICY);
    const [first] = world.decisions;
    report(world, 'FAILED', soon);
    live(world, START + 2 * HOUR_MS);
    report(world, 'FAILED', soon, '', first);
    live(world, START + 3 * HOUR_MS);
    expect(world.decisions).toHaveLength(2);
  });
});

describe('an offer that was put off', () => {
  it('is brought up again on its channel when the customer wants it, and the steps wait for that', () => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    putOff(world, START + HOUR_MS, START + 7 * DAY_MS);
    live(world, END);
    expect(told(world)).toEqual([
      FIRST,
      'step-1+2 contact sms +168h',
      'step-2 contact call-centre +240h',
      'step-3 contact sms +288h',
    ]);
    expect(new Set(world.decisions.map(({ offer }) => offer))).toEqual(new Set(['save_plan']));
  });

  it.each([
    ['no time', null, REMIND_AFTER_MS],
    ['a time years away', START + 900 * DAY_MS, MAX_DEFER_MS],
  ])('to %s is brought up again after a stated one', (_, until, afterMs) => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    putOff(world, START + HOUR_MS, until);
    expect(dueIn(live(world, START + 2 * DAY_MS))).toBe(START + HOUR_MS + afterMs);
  });

  it('of a campaign without steps is brought up as well', () => {
    const world = live(suspended(steppedPack('', '')), START + HOUR_MS / 2);
    putOff(world, START + HOUR_MS / 2, START + 2 * DAY_MS);
    live(world, END);
    expect(world.decisions.map(({ step }) => step)).toEqual(['first', 'step-1+2']);
    expect(planOf(world)).toBe('end completed');
  });

  it('told again, or refused since, is not brought up', () => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    const [first] = world.decisions;
    putOff(world, START + HOUR_MS, START + 2 * DAY_MS);
    live(world, START + 2 * DAY_MS + HOUR_MS);
    putOff(world, START + HOUR_MS, START + 2 * DAY_MS, first);
    expect(planOf(world)).toBe('step');
    reject(world, START + 2 * DAY_MS + 2 * HOUR_MS);
    putOff(world, START + 2 * DAY_MS + 3 * HOUR_MS, null);
    live(world, END);
    expect(world.decisions).toHaveLength(2);
  });

  it('for ever and ever is brought up a bounded number of times', () => {
    const world = suspended(steppedPack('', ''));
    for (let day = 0; day < 20; day++) {
      const atMs = START + (day * 7 * 24 + 1) * HOUR_MS;
      live(world, atMs);
      report(world, 'DELIVERED', atMs);
      putOff(world, atMs, atMs + DAY_MS);
    }
    live(world, END + 200 * DAY_MS);
    expect(world.decisions.map(({ step }) => step)).toEqual([
      'first',
      ...[2, 3, 4, 5, 6].map((attempt) => `step-1+${attempt}`),
    ]);
  });
});

describe('somebody who did not answer', () => {
  const called = START + HOUR_MS;

  it('is tried again on the same channel, and the steps wait for that', () => {
    const world = live(suspended(POLICY), called);
    attempt(world, 'NO_ANSWER', called);
    expect(world.state.dealings.read().plans.at(-1)?.dueAt).toBe(called + RETRY_AFTER_MS);
    live(world, END);
    expect(told(world).slice(0, 3)).toEqual([
      FIRST,
      expect.stringMatching(/^step-1\+2 contact sms \+\d/),
      expect.stringMatching(/^step-2 contact call-centre \+\d/),
    ]);
    expect(new Set(world.decisions.map(({ offer }) => offer))).toEqual(new Set(['save_plan']));
  });

  it('has not responded: a step that waits for a response is taken', () => {
    const answered = live(suspended(POLICY), called);
    putOff(answered, called, called + HOUR_MS);
    const silent = live(suspended(POLICY), called);
    attempt(silent, 'NO_ANSWER', called);
    // The plan knows the last contact alone, so the retry must not have been made.
    for (const world of [answered, silent]) {
      const [plan] = world.state.dealings.change().plans;
      if (plan) Object.assign(plan, { next: 'step', dueAt: called + HOUR_MS });
      live(world, called + 2 * HOUR_MS);
    }
    expect(answered.decisions.map(({ step }) => step)).toEqual(['first']);
    expect(silent.decisions.map(({ step }) => step)).toEqual(['first', 'step-2']);
  });

  it('is tried a bounded number of times', () => {
    const world = suspended(steppedPack('', ''));
    for (let day = 0; day < 20; day++) {
      const atMs = START + (day * 7 * 24 + 1) * HOUR_MS;
      live(world, atMs);
      report(world, 'DELIVERED', atMs);
      attempt(world, 'NO_ANSWER', atMs);
    }
    live(world, END + 200 * DAY_MS);
    expect(world.decisions.map(({ step }) => step)).toEqual([
      'first',
      ...[2, 3, 4, 5, 6].map((tried) => `step-1+${tried}`),
    ]);
  });

  it('and was reached otherwise since is not tried again', () => {
    const world = live(suspended(POLICY), called);
    attempt(world, 'NO_ANSWER', called);
    accept(world, called + HOUR_MS);
    live(world, END);
    expect(told(world)).toEqual([FIRST]);
  });
});

describe('a number behind which somebody else is', () => {
  const called = START + HOUR_MS;

  it.each<[string, readonly ('NO_ANSWER' | 'WRONG_PERSON')[]]>([
    ['at once', ['WRONG_PERSON']],
    ['also after nobody answered', ['NO_ANSWER', 'WRONG_PERSON']],
    ['also where it is told before nobody answered', ['WRONG_PERSON', 'NO_ANSWER']],
  ])('is left for the next channel of the step, %s', (_, results) => {
    const world = live(suspended(POLICY), called);
    for (const result of results) attempt(world, result, called);
    live(world, END);
    expect(world.decisions.map(({ step, channel }) => `${step} ${channel}`)).toEqual([
      'first sms',
      'step-1~2 email',
      'step-2 call-centre',
      'step-3 sms',
    ]);
  });

  it('ends the retries where the step has no other channel', () => {
    const world = live(suspended(steppedPack('', '')), called);
    attempt(world, 'NO_ANSWER', called);
    attempt(world, 'WRONG_PERSON', called + HOUR_MS);
    live(world, END);
    expect(world.decisions).toHaveLength(1);
  });

  it('leaves the time that the customer named as it is', () => {
    const world = live(suspended(POLICY), called);
    putOff(world, called, START + 7 * DAY_MS);
    attempt(world, 'WRONG_PERSON', called + HOUR_MS);
    expect(dueIn(live(world, START + 6 * DAY_MS))).toBe(START + 7 * DAY_MS);
  });
});

describe('right before sending', () => {
  it('a contact is not sent of an offer that the customer took from somebody else', () => {
    const world = suspended(POLICY, START + 12 * HOUR_MS);
    const { contactId } = last(world);
    const night = START + 13 * HOUR_MS;
    expect(standing(world, contactId, night)).toBe('open');
    accept(world, night, { ...last(world), contactId: 'c-of-an-agent' });
    expect(standing(world, contactId, night)).toBe('refused accepted');
  });

  it('a step is not sent of a plan that was stopped', () => {
    const world = live(suspended(POLICY), START + 3 * DAY_MS + 60_000);
    const second = last(world);
    const [first] = world.decisions;
    expect(second.step).toBe('step-2');
    expect(standing(world, second.contactId, second.sendAt ?? 0)).toBe('open');
    reject(world, second.sendAt ?? 0, first);
    expect(standing(world, second.contactId, second.sendAt ?? 0)).toBe('refused plan-ended');
  });
});
