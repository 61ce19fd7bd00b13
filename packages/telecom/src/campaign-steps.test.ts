import { describe, expect, it } from 'vitest';
import { type CustomerWorld, DAY_MS, HOUR_MS, START } from '../test/customer-world.ts';
import {
  accept,
  dueIn,
  END,
  FIRST,
  last,
  live,
  planOf,
  reject,
  report,
  SECOND,
  THIRD,
  told,
} from '../test/plan-story.ts';
import { about, askToSuspend, registered, steppedChanges, steppedPack, suspended } from '../test/stepped-pack.ts';

const POLICY = steppedPack();

describe('the plan of a campaign', () => {
  it('takes each step once at its time and on its channel, and is completed when no answer is waited for', () => {
    const world = live(suspended(POLICY), END);
    expect(told(world)).toEqual([FIRST, SECOND, THIRD]);
    expect(new Set(world.decisions.map(({ contactId }) => contactId)).size).toBe(3);
    expect(planOf(world)).toBe('end completed');
    expect(dueIn(world)).toBeUndefined();
  });

  it('goes on after a restart between any two steps', () => {
    const world = suspended(POLICY);
    for (let day = 1; day <= 10; day++) {
      world.restart();
      live(world, START + day * DAY_MS);
    }
    expect(told(world)).toEqual([FIRST, SECOND, THIRD]);
  });

  it('counts the time to a step from when the one before was sent: a night moves all that follow', () => {
    const night = START + 12 * HOUR_MS;
    const world = live(suspended(POLICY, night), END);
    expect(told(world)).toEqual([
      'first contact sms +23h',
      'step-2 contact call-centre +95h',
      // A Sunday, on which messages begin an hour later.
      'step-3 contact sms +144h',
    ]);
  });

  it.each<[string, (world: CustomerWorld) => void, string, readonly string[]]>([
    ['accepts', (world) => accept(world, START + DAY_MS), 'accepted', [FIRST]],
    ['refuses', (world) => reject(world, START + DAY_MS), 'rejected', [FIRST]],
    [
      'cancels his last line',
      (world) => {
        world.tell(world.activated(START - DAY_MS));
        const gone = { subscriptionId: 'line-1', reason: '' };
        world.tell(world.event('SubscriptionTerminated', START + DAY_MS, gone));
      },
      'terminated',
      [FIRST],
    ],
    [
      'is to be left alone',
      (world) => world.tell(world.event('ExclusionSet', START + DAY_MS, { exclusion: 'do-not-contact', active: true })),
      'do-not-contact',
      [FIRST],
    ],
    [
      'is no longer eligible',
      (world) => {
        const change = { language: null, timeZone: null, tier: 'gone', birthYear: null, birthDate: null, city: null };
        world.tell(world.event('CustomerChanged', START + DAY_MS, change));
      },
      'not-eligible',
      [FIRST, 'step-2 suppressed call-centre not-eligible'],
    ],
  ])('ends when the customer %s', (_, change, reason, expected) => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    change(world);
    live(world, END);
    expect(told(world)).toEqual(expected);
    expect(planOf(world)?.split(' ')[1]).toBe(reason);
  });

  it.each([
    ['retired', 'stage: retired'],
    ['back in the shadow', 'stage: shadow'],
    ['a draft again', 'stage: draft'],
  ])('ends without a word when its campaign is %s', (_, stage) => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    const { 'campaigns.yaml': campaigns = (text: string) => text, ...others } = steppedChanges();
    const taken = world.publish(
      {
        ...others,
        'campaigns.yaml': (text) => campaigns(text).replace(/(save_desk:[\s\S]*?)stage: live/, `$1${stage}`),
      },
      START + DAY_MS,
    );
    expect(taken.kind).toBe('taken');
    live(world, END);
    expect(told(world)).toEqual([FIRST]);
    expect(planOf(world)).toBe('end no-campaign');
  });

  it.each<[string, (world: CustomerWorld) => void]>([
    ['opened the message', (world) => report(world, 'SEEN', START + DAY_MS)],
    [
      'was spoken to',
      (world) => world.tell(world.event('OfferPresented', START + DAY_MS, { ...about(last(world)), agent: '' })),
    ],
  ])('leaves out a step that waits for silence when the customer %s, and counts on from then', (_, respond) => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    respond(world);
    live(world, END);
    expect(told(world)).toEqual([FIRST, THIRD]);
  });

  it('leaves a step out that nobody may be sent now, and goes on with the next', () => {
    const world = live(suspended(POLICY), START + HOUR_MS);
    world.tell(world.event('ComplaintFiled', START + DAY_MS, { complaintId: 'c', topic: '' }));
    live(world, START + 4 * DAY_MS);
    world.tell(world.event('ComplaintResolved', START + 4 * DAY_MS, { complaintId: 'c' }));
    live(world, END);
    expect(told(world)).toEqual([FIRST, 'step-2 suppressed call-centre complaint-open', THIRD]);
  });

  it('keeps a second occasion out while it is under way, and by the re-entry of the campaign after it', () => {
    const policy = steppedPack('\n    reentry: 10d');
    const world = live(suspended(policy), START + DAY_MS);
    askToSuspend(world, 'r-2', START + DAY_MS);
    expect(last(world)).toMatchObject({ outcome: 'suppressed', suppressedBy: 're-entry' });
    live(world, START + 8 * DAY_MS);
    const endedAt = world.state.dealings.read().plans[0]?.endedAt ?? 0;
    askToSuspend(world, 'r-3', endedAt + 10 * DAY_MS - 2_000);
    expect(last(world).suppressedBy).toBe('re-entry');
    askToSuspend(world, 'r-4', endedAt + 10 * DAY_MS);
    expect(last(world)).toMatchObject({ outcome: 'contact', step: 'first' });
  });

  it('of a control customer takes the same steps as a ghost and sends nothing', () => {
    const held = steppedPack().campaigns.get('save_desk');
    if (!held) throw new Error('the pack has no save desk');
    const all = { ...held, holdout: 1 };
    const campaigns = new Map([[held.id, all]]);
    const control = { ...POLICY, campaigns, campaignsFor: () => [all] };
    const world = live(suspended(control), END);
    expect(told(world)).toEqual([FIRST, SECOND, THIRD].map((line) => line.replace('contact', 'control')));
    expect(world.state.dealings.read().contacts.every(({ status }) => status === 'ghost')).toBe(true);
    expect(world.state.dealings.read().enrolments[0]).toMatchObject({
      ...{ campaign: 'save_desk', arm: 'control', contactCount: 3 },
    });
    expect(planOf(world)).toBe('end completed');
  });
});

describe('adoption', () => {
  it('takes plans in where the log knows more than the state, and goes on after the last step', () => {
    const known = live(suspended(POLICY), START + 4 * DAY_MS);
    const world = suspended(POLICY);
    world.adopt(known.decisions, START + 4 * DAY_MS);
    const forgotten = registered(POLICY);
    forgotten.adopt(known.decisions, START + 4 * DAY_MS);
    for (const restored of [world, forgotten]) {
      live(restored, END);
      expect(last(restored)).toMatchObject({ step: 'step-3', channel: 'sms' });
      expect(planOf(restored)).toBe('end completed');
    }
    expect(told(forgotten)).toEqual([THIRD]);
  });
});
