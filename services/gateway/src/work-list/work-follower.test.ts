import type { Event, EventOf } from '@holdfast/events';
import type { NewWorkItem, WorkItem } from '@holdfast/redis';
import { describe, expect, it } from 'vitest';
import { WORK_SOURCE } from './work-events.ts';
import { createWorkFollower } from './work-follower.ts';

const NOW = 1_764_450_000_000;
const LOGGED_AT = NOW - 500;
const DAY = 86_400_000;
const OPTIONS = { unsatisfiedAtMost: 2, unsatisfiedDueMs: DAY };

/** What the follower asked of a list that holds this one item. */
async function follow(event: Event, item?: Partial<WorkItem>, isLeftAlone = false) {
  const asked: string[] = [];
  const opened: NewWorkItem[] = [];
  const did: string[] = [];
  const known =
    item && ({ itemId: 'c1', kind: 'contact', customerId: '4711', state: 'claimed', reopened: 0, ...item } as WorkItem);
  const answer = { kind: 'done', item: known as WorkItem } as const;
  const take = createWorkFollower(
    {
      work: {
        read: async (id) => (id === known?.itemId ? known : undefined),
        async open(given) {
          opened.push(given);
          return answer;
        },
        async finish(id, { agent }, outcome, isTold) {
          asked.push(`finish ${id} ${agent} ${outcome} ${isTold}`);
          return answer;
        },
        async withdraw(customerId, { because, openedByMs = 0 }) {
          asked.push(`withdraw ${customerId} ${because} ${openedByMs - LOGGED_AT}`);
          return 2;
        },
        async reopen(id, { agent }, because) {
          asked.push(`reopen ${id} ${agent}${because === undefined ? '' : ' because'}`);
          return answer;
        },
      },
      isLeftAlone: async () => isLeftAlone,
      now: () => NOW,
      did: (what, times = 1) => did.push(times === 1 ? what : `${what} ${times}`),
    },
    OPTIONS,
  );
  await take(event, LOGGED_AT);
  return { asked, opened, did };
}

const base = { eventId: 'e1', source: 'desk', occurredAt: NOW - 1_000, customerId: '4711' };
const offered = { contactId: 'c1', offer: 'o', campaign: '', arm: '', channel: '', category: '', sendAt: null };
const unlearnt = { segment: '', probability: null };
const rejected: EventOf<'OfferRejected'> = {
  type: 'OfferRejected',
  ...base,
  ...offered,
  ...unlearnt,
  agent: 'ann',
  reason: 'price',
};
const rated = (more: Partial<EventOf<'SatisfactionRated'>>): Event => ({
  type: 'SatisfactionRated',
  ...base,
  score: 1,
  topic: '',
  about: 'c1',
  ...more,
});
const followUp = (more: Partial<EventOf<'FollowUpOpened'>>): Event => ({
  type: 'FollowUpOpened',
  ...base,
  followUpId: 'f1',
  dueAt: NOW + DAY,
  topics: ['router'],
  ...more,
});

describe('an answer that came another way', () => {
  it('ends the item it is about', async () => {
    expect(await follow(rejected, {})).toMatchObject({ asked: ['finish c1 ann rejected true'], did: ['finished'] });
    const left = await follow({ ...rejected, reason: 'do_not_contact' }, {});
    expect(left.asked).toEqual(['finish c1 ann do_not_contact true']);
  });

  it.each<[string, Event, Partial<WorkItem> | undefined]>([
    ['nothing is known of the item', rejected, undefined],
    ['the item is another customer’s', rejected, { customerId: '4712' }],
    ['the item has ended', rejected, { state: 'done' }],
    ['the item was withdrawn', { ...rejected, reason: 'do_not_contact' }, { state: 'withdrawn' }],
    ['the item was opened again after it', rejected, { reopened: 1, since: NOW }],
    ['it ends nothing', { ...rejected, type: 'OfferPresented' } as Event, {}],
  ])('changes nothing where %s', async (_why, event, item) => {
    expect((await follow(event, item)).asked).toEqual([]);
  });
});

describe('a customer who wants to be left alone', () => {
  const excluded = (more: Partial<EventOf<'ExclusionSet'>>): Event => ({
    type: 'ExclusionSet',
    ...base,
    exclusion: 'do-not-contact',
    active: true,
    ...more,
  });

  it('is taken from everybody who had a contact to make until the log knew, but for clocks that are apart', async () => {
    const { asked, did } = await follow(excluded({}));
    expect([asked, did]).toEqual([['withdraw 4711 do_not_contact 60000'], ['withdrawn 2']]);
  });

  it.each([{ active: false }, { exclusion: 'staff' }])('stays with them where it is said that %o', async (more) => {
    expect((await follow(excluded(more))).asked).toEqual([]);
  });

  it.each<[string, Partial<WorkItem>, boolean]>([
    ['he said so of the item', { state: 'withdrawn', outcome: 'do_not_contact' }, false],
    ['he said so after the item had ended', { state: 'done', outcome: 'rejected' }, true],
  ])('is called about what he is unhappy with, and offered nothing again, where %s', async (_, item, isLeftAlone) => {
    const place = { desk: 'retention', team: 'north', tier: 'key', accountManager: 'm.keller' };
    const { asked, opened } = await follow(rated({}), { ...item, ...place }, isLeftAlone);
    expect([asked, opened]).toMatchObject([[], [{ kind: 'follow-up', topics: ['unsatisfied'], ...place }]]);
  });
});

describe('an unsatisfied customer', () => {
  it('has his item opened again, or a follow-up where it is not known any more', async () => {
    expect(await follow(rated({ score: 2 }), {})).toMatchObject({ asked: ['reopen c1  because'], did: ['reopened'] });
    const { opened, did } = await follow(rated({}));
    expect(opened).toMatchObject([
      { kind: 'follow-up', customerId: '4711', priority: 1, isAnnounced: true, dueAt: NOW - 1_000 + DAY },
    ]);
    expect((await follow(rated({}))).opened).toEqual(opened);
    expect(did).toEqual(['follow-up']);
  });

  it.each([
    ['is satisfied', { score: 3 }],
    ['spoke of the care as a whole', { about: '' }],
    ['said so long ago', { occurredAt: NOW - 8 * DAY }],
  ])('is left alone when he %s', async (_why, more) => {
    const { asked, opened } = await follow(rated(more), {});
    expect([asked, opened]).toEqual([[], []]);
  });
});

describe('a follow-up of another system', () => {
  it('is an item, and ends as that says', async () => {
    expect((await follow(followUp({}))).opened).toMatchObject([
      { itemId: 'f1', followUpId: 'f1', dueAt: NOW + DAY, topics: ['router'], customerId: '4711' },
    ]);
    const closed: Event = { type: 'FollowUpClosed', ...base, followUpId: 'c1', outcome: '' };
    expect((await follow(closed, {})).asked).toEqual(['finish c1  done true']);
  });

  it('is no second item when the work list told of it, and none when it is history', async () => {
    expect((await follow(followUp({ source: WORK_SOURCE }))).opened).toEqual([]);
    expect((await follow(followUp({ dueAt: NOW - 31 * DAY }))).opened).toEqual([]);
    expect((await follow(followUp({ dueAt: NOW - 1, occurredAt: NOW - 8 * DAY }))).opened).toEqual([]);
  });
});
