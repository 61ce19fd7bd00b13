import { shareOf } from '@holdfast/decisions';
import type { DecisionMade, Event, EventOf } from '@holdfast/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  START,
} from '../test/customer-world.ts';
import { kpiSums } from '../test/kpi-sums.ts';
import { LAST_CALL_MS } from './contact-life.ts';
import { kpiDay } from './kpi-cell.ts';
import { LEARNING_KPI } from './kpis.ts';

const POLICY = compilePack();
const CUSTOMER =
  Array.from({ length: 100 }, (_, index) => `customer-${index}`).find(
    (id) => shareOf(POLICY.holdout.salt, id) >= POLICY.holdout.share,
  ) ?? '';

const COST_MINOR = 3_000;

/** A customer with an open contact decided at START, which costs that much. */
function contacted(policy = POLICY): { world: CustomerWorld; decision: DecisionMade } {
  const world = createCustomerWorld(policy, CUSTOMER);
  const fields = { subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null };
  world.tell(world.event('SuspensionRequested', START, fields));
  const [decision] = world.decisions;
  if (decision?.outcome !== 'contact') throw new Error('there is no contact');
  const dealings = world.state.dealings.change();
  dealings.contacts = dealings.contacts.map((contact) => ({ ...contact, costMinor: COST_MINOR }));
  return { world, decision };
}

type Status = EventOf<'DeliveryReported'>['status'];

const NEWS = [
  ...(['SENT', 'DELIVERED', 'SEEN', 'FAILED', 'EXPIRED', 'REFUSED', 'CANCELLED', 'UNKNOWN', 'ATTEMPTED'] as const),
  ...(['OfferPresented', 'OfferAccepted', 'OfferRejected', 'OfferDeferred', 'OfferFulfilled'] as const),
  ...(['NO_ANSWER', 'WRONG_PERSON', 'OTHER'] as const),
] as const;
type News = (typeof NEWS)[number];

function newsAbout(decision: DecisionMade, news: News, atMs: number): Event {
  const { contactId, customerId, offer, campaign, arm, channel, category, sendAt } = decision;
  const about = { contactId, customerId, offer, campaign, arm, channel, category, sendAt };
  const event = { ...about, eventId: `${news}-${atMs}`, source: 'desk', occurredAt: atMs, agent: '' };
  const answer = { ...event, segment: decision.segment, probability: null };
  switch (news) {
    case 'OfferPresented':
    case 'OfferAccepted':
      return { ...answer, type: news };
    case 'OfferRejected':
      return { ...answer, type: news, reason: 'Too expensive' };
    case 'OfferDeferred':
      return { ...answer, type: news, until: null };
    case 'OfferFulfilled':
      return { ...event, type: news };
    case 'NO_ANSWER':
    case 'WRONG_PERSON':
    case 'OTHER':
      return { ...event, type: 'ContactAttempted', result: news };
    default:
      return {
        ...event,
        type: 'DeliveryReported',
        status: news satisfies Status,
        detail: '',
        providerRef: '',
        attempt: 1,
      };
  }
}

/** The cells of the contact itself, by what they count. */
function countedOf(decision: DecisionMade, steps: readonly Parameters<typeof kpiSums>[0][number][]) {
  const prefix = `${decision.campaign} `;
  const cells = Object.entries(kpiSums(steps)).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(cells.map(([key, sum]) => [key.split('|').at(-1), sum]));
}

describe('what becomes of a contact', () => {
  it.each<[News, Record<string, number>]>([
    ['SENT', { sent: 1, cost: COST_MINOR }],
    ['DELIVERED', { delivered: 1, cost: COST_MINOR }],
    ['SEEN', { seen: 1, cost: COST_MINOR }],
    ['FAILED', { failed: 1 }],
    ['EXPIRED', { expired: 1 }],
    ['REFUSED', { refused: 1 }],
    ['CANCELLED', { cancelled: 1 }],
    ['UNKNOWN', { unknown: 1 }],
    ['ATTEMPTED', {}],
    ['OfferPresented', { presented: 1, cost: COST_MINOR }],
    ['OfferAccepted', { accepted: 1, cost: COST_MINOR }],
    ['OfferRejected', { rejected: 1, 'rejected:too_expensive': 1, cost: COST_MINOR }],
    ['OfferDeferred', { deferred: 1, cost: COST_MINOR }],
    ['OfferFulfilled', { fulfilled: 1, cost: COST_MINOR }],
    ['NO_ANSWER', { no_answer: 1 }],
    ['WRONG_PERSON', { wrong_person: 1 }],
    ['OTHER', {}],
  ])('%s is counted once, on its day, however often it is told', (news, expected) => {
    const { world, decision } = contacted();
    const event = newsAbout(decision, news, START + DAY_MS);
    const steps = [world.tell(event), world.tell(event), world.tell({ ...event, eventId: 'again' })];
    expect(countedOf(decision, steps)).toEqual(expected);
    const days = Object.keys(kpiSums(steps)).filter((key) => !key.endsWith('cost') && !key.startsWith(LEARNING_KPI));
    expect(days.every((key) => key.includes(` ${kpiDay(START + DAY_MS)}|save_plan|treated||call-centre|`))).toBe(true);
  });

  it('is the same in the figures after any order and any repetition', () => {
    const told = fc
      .subarray([...NEWS], { minLength: 1 })
      .chain((news) => fc.tuple(...news.map((what) => fc.tuple(fc.constant(what), fc.integer({ min: 1, max: 96 })))))
      .chain((news) => {
        const twice = [...news, ...news];
        const arrival = fc.shuffledSubarray(twice, { minLength: twice.length });
        return fc.record({ news: fc.constant(news), arrival, restarts: fc.boolean() });
      });
    fc.assert(
      fc.property(told, ({ news, arrival, restarts }) => {
        const sums = (arrivals: readonly (readonly [News, number])[]) => {
          const { world, decision } = contacted();
          const steps = arrivals.map(([what, hours]) => {
            const effects = world.tell(newsAbout(decision, what, START + hours * HOUR_MS));
            if (restarts) world.restart();
            return effects;
          });
          return kpiSums(steps);
        };
        expect(sums(arrival)).toEqual(sums(news));
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, readonly News[], number]>([
    ['refused once too often, whichever is told first', ['REFUSED', 'SENT'], COST_MINOR],
    ['refused once too often after it was sent', ['SENT', 'REFUSED'], COST_MINOR],
    ['failed, which is told first', ['FAILED', 'SENT'], 0],
  ])('costs what it costs when it was %s', (_, news, expected) => {
    const { world, decision } = contacted();
    const steps = news.map((what) => world.tell(newsAbout(decision, what, START + HOUR_MS)));
    expect(countedOf(decision, steps).cost ?? 0).toBe(expected);
  });

  it('costs nothing when it failed after a provider had it, and something when it arrived after all', () => {
    const { world, decision } = contacted();
    const tell = (news: News) => world.tell(newsAbout(decision, news, START + HOUR_MS));
    const steps = [tell('SENT'), tell('FAILED'), tell('FAILED')];
    expect(countedOf(decision, steps)).toEqual({ sent: 1, failed: 1 });
    expect(countedOf(decision, [...steps, tell('DELIVERED')])).toMatchObject({ delivered: 1, cost: COST_MINOR });
  });

  it('that nobody told is counted as unknown after the last call, and what is told then still counts', () => {
    const { world, decision } = contacted();
    const deadline = decision.sendBy ?? 0;
    const steps = [world.fire(deadline), world.fire(deadline + LAST_CALL_MS), world.fire(deadline + DAY_MS)];
    expect(countedOf(decision, steps)).toEqual({ unknown: 1 });
    const late = [
      world.tell(newsAbout(decision, 'UNKNOWN', deadline + DAY_MS)),
      world.tell(newsAbout(decision, 'OfferAccepted', deadline + DAY_MS)),
    ];
    expect(countedOf(decision, late)).toEqual({ accepted: 1, cost: COST_MINOR });
  });
});

describe('what is learnt from', () => {
  const learntFrom = (steps: readonly Parameters<typeof kpiSums>[0][number][]) => {
    const cells = Object.entries(kpiSums(steps)).filter(([key]) => key.startsWith(`${LEARNING_KPI} `));
    return Object.fromEntries(cells.map(([key, sum]) => [key.slice(LEARNING_KPI.length + 1), sum]));
  };
  const told = (...news: readonly News[]) => {
    const { world, decision } = contacted();
    return {
      segment: decision.segment,
      cells: learntFrom(news.map((what, days) => world.tell(newsAbout(decision, what, START + (days + 1) * DAY_MS)))),
    };
  };

  it('is a contact and its acceptance, by segment, on the day for which the contact was planned', () => {
    const { segment, cells } = told('DELIVERED', 'OfferAccepted', 'OfferAccepted', 'OfferFulfilled');
    const cell = `${kpiDay(START)}|save_plan|${segment}`;
    expect(cells).toEqual({ [`${cell}|treated`]: 1, [`${cell}|accepted`]: 1 });
  });

  it.each<[readonly News[], number]>([
    [['OfferRejected'], 1],
    [['UNKNOWN'], 1],
    [['SENT'], 1],
    [['SENT', 'FAILED'], 0],
    [['UNKNOWN', 'FAILED'], 0],
    [['EXPIRED'], 0],
    [['EXPIRED', 'OfferAccepted'], 1],
    [['ATTEMPTED'], 0],
    [['NO_ANSWER'], 0],
    [['DELIVERED', 'NO_ANSWER'], 1],
  ])('%j is a contact %d times', (news, expected) => {
    const { segment, cells } = told(...news);
    expect(cells[`${kpiDay(START)}|save_plan|${segment}|treated`] ?? 0).toBe(expected);
  });

  it('is no contact of which it is not known who it was made to', () => {
    const { decision } = contacted();
    const stranger = createCustomerWorld(POLICY, CUSTOMER);
    expect(
      learntFrom([stranger.tell(newsAbout({ ...decision, segment: '' }, 'OfferAccepted', START + HOUR_MS))]),
    ).toEqual({});
  });

  it('is no control, even one who accepts', () => {
    const { world, decision } = contacted();
    const dealings = world.state.dealings.change();
    dealings.contacts = dealings.contacts.map((contact) => ({ ...contact, arm: 'control', status: 'ghost' }));
    expect(learntFrom([world.tell(newsAbout(decision, 'OfferAccepted', START + HOUR_MS))])).toEqual({});
  });
});

describe('what an agent was recommended, of which only its answers tell', () => {
  const { decision } = contacted();
  const SEGMENT = 'young';
  const recommended = { ...decision, contactId: 'recommended', segment: SEGMENT };
  const cell = (what: 'treated' | 'accepted') => `${LEARNING_KPI} ${kpiDay(START)}|save_plan|${SEGMENT}|${what}`;
  const learntOf = (news: readonly (News | readonly [News, Partial<DecisionMade>])[]) => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    const steps = news.map((one, hours) => {
      const [what, changes] = typeof one === 'string' ? [one, {}] : one;
      return world.tell(newsAbout({ ...recommended, ...changes }, what, START + (hours + 1) * HOUR_MS));
    });
    const sums = kpiSums(steps);
    return [sums[cell('treated')] ?? 0, sums[cell('accepted')] ?? 0];
  };

  it.each<[string, readonly News[], readonly [treated: number, accepted: number]]>([
    ['presented', ['OfferPresented'], [1, 0]],
    [
      'presented and accepted, each told twice',
      ['OfferPresented', 'OfferAccepted', 'OfferPresented', 'OfferAccepted'],
      [1, 1],
    ],
    ['accepted before it is told that it was presented', ['OfferAccepted', 'OfferPresented'], [1, 1]],
    ['refused', ['OfferPresented', 'OfferRejected'], [1, 0]],
    ['put off', ['OfferDeferred'], [1, 0]],
    ['never presented', ['NO_ANSWER'], [0, 0]],
    ['presented at the second call', ['NO_ANSWER', 'OfferPresented'], [1, 0]],
  ])('is learnt from once under the segment of then: %s', (_, news, expected) => {
    expect(learntOf(news)).toEqual(expected);
  });

  it('is a trial of the segment that was told first', () => {
    expect(learntOf(['OfferPresented', ['OfferAccepted', { segment: 'other' }]])).toEqual([1, 1]);
  });

  it('is no refusal where the acceptance was told without a segment', () => {
    expect(learntOf([['OfferAccepted', { segment: '' }], 'OfferPresented'])).toEqual([0, 0]);
  });

  it('changes nothing of a contact that was decided here', () => {
    const { world, decision: decided } = contacted();
    const answer = newsAbout({ ...decided, segment: SEGMENT }, 'OfferAccepted', START + HOUR_MS);
    expect(kpiSums([world.tell(answer)])).toMatchObject({
      [`${LEARNING_KPI} ${kpiDay(START)}|save_plan|${decided.segment}|treated`]: 1,
    });
  });
});

describe('news of a contact that the state does not have', () => {
  const decision = { ...contacted().decision, segment: '' };
  const told = (event: Event, delayMs = 1_000) => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    return kpiSums([world.tell(event, delayMs), world.tell(event, delayMs)]);
  };

  it('is counted once while it can only be new', () => {
    const cell = `save_desk ${kpiDay(START)}|save_plan|treated||call-centre|accepted`;
    expect(told(newsAbout(decision, 'OfferAccepted', START + HOUR_MS))).toEqual({ [cell]: 1 });
  });

  it.each<[string, Event, number]>([
    ['so old that it may be counted and forgotten', newsAbout(decision, 'OfferAccepted', START + DAY_MS), 400 * DAY_MS],
    [
      'of a campaign nobody knows',
      newsAbout({ ...decision, campaign: 'made-up' }, 'OfferAccepted', START + HOUR_MS),
      0,
    ],
    ['of an offer nobody knows', newsAbout({ ...decision, offer: 'made|up' }, 'OfferAccepted', START + HOUR_MS), 0],
  ])('is in no figure when it is %s', (_, event, delayMs) => expect(told(event, delayMs)).toEqual({}));
});

describe('a decision found in the log', () => {
  it('is counted as when it was made, for the counts went with the state', () => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    const fields = {
      subscriptionId: 'line-1',
      requestId: 'r-1',
      channel: 'online',
      reason: 'price',
      effectiveAt: null,
    };
    const made = world.tell(world.event('SuspensionRequested', START, fields));
    const restored = createCustomerWorld(POLICY, CUSTOMER);
    const adopted = [
      restored.adopt(world.decisions, START + HOUR_MS),
      restored.adopt(world.decisions, START + HOUR_MS),
    ];
    expect(kpiSums(adopted)).toEqual(kpiSums([made]));
    expect(kpiSums([world.adopt(world.decisions, START + HOUR_MS)])).toEqual({});
  });
});

describe('what a customer does without an answer', () => {
  const change = (world: CustomerWorld, atMs: number) =>
    world.event('PlanChanged', atMs, {
      subscriptionId: 'line-1',
      plan: 'L',
      dataAllowanceMb: null,
      voiceAllowanceMinutes: null,
      smsAllowance: null,
      monthlyFeeMinor: 0,
      currency: '',
    });
  const cell = (atMs: number) => `save_desk ${kpiDay(atMs)}|save_plan|treated||call-centre|converted:plan_changed`;

  it('counts once for the contact that reached him last', () => {
    const { world, decision } = contacted();
    world.tell(newsAbout(decision, 'DELIVERED', START + HOUR_MS));
    const at = START + 3 * DAY_MS;
    expect(kpiSums([world.tell(change(world, at)), world.tell(change(world, at + HOUR_MS))])).toEqual({
      [cell(at)]: 1,
    });
  });

  it('counts within the window of the campaign', () => {
    const policy = compilePack({
      'campaigns.yaml': (text) => text.replace('  save_desk:', '  save_desk:\n    attribution: 2d'),
    });
    const counted = [-1, 0].map((afterMs) => {
      const { world, decision } = contacted(policy);
      world.tell(newsAbout(decision, 'DELIVERED', START + HOUR_MS));
      const effects = world.tell(change(world, (decision.sendAt ?? 0) + 2 * DAY_MS + afterMs));
      return Object.keys(kpiSums([effects])).length;
    });
    expect(counted).toEqual([1, 0]);
  });

  it.each<[string, News | undefined, number]>([
    ['nothing that reached him', undefined, START + DAY_MS],
    ['a contact that failed', 'FAILED', START + DAY_MS],
    ['one before the window', 'DELIVERED', START + 31 * DAY_MS],
    ['one he answered', 'OfferRejected', START + DAY_MS],
    ['one that came later', 'DELIVERED', START - DAY_MS],
  ])('does not count for %s', (_, news, atMs) => {
    const { world, decision } = contacted();
    if (news) world.tell(newsAbout(decision, news, START + HOUR_MS));
    expect(kpiSums([world.tell(change(world, atMs))])).toEqual({});
  });
});
