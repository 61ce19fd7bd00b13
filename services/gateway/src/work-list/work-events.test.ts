import { checkInput } from '@holdfast/events';
import type { WorkChangeEntry } from '@holdfast/redis';
import { describe, expect, it } from 'vitest';
import { workEvents } from './work-events.ts';

const ENTRY: WorkChangeEntry = {
  entryId: '1764450000000-3',
  itemId: 'c1',
  customerId: '4711',
  contactId: 'c1',
  followUpId: '',
  change: 'CLAIMED',
  desk: 'retention',
  team: '',
  agent: 'ann',
  owner: 'ann',
  outcome: '',
  reason: '',
  campaign: 'save',
  offer: 'care_call',
  arm: 'treated',
  channel: 'call-centre',
  dueAt: 1_764_460_000_000,
  until: 1_764_451_000_000,
  occurredAt: 1_764_450_000_000,
  topics: [],
  isAnnounced: false,
};
const FOLLOW_UP = { ...ENTRY, itemId: 'f1', contactId: '', followUpId: 'f1', topics: ['router'] };

const typesOf = (entry: WorkChangeEntry) => workEvents(entry).map(({ type }) => type);

describe('the events of a change', () => {
  it('have ids that follow from its place in the outbox, and keep the contract', () => {
    const entries = [
      ENTRY,
      { ...FOLLOW_UP, change: 'OPENED', isAnnounced: true },
      { ...FOLLOW_UP, change: 'FINISHED' },
    ];
    const events = entries.flatMap(workEvents);
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'work:1764450000000-3',
      'work:1764450000000-3:opened',
      'work:1764450000000-3',
      'work:1764450000000-3',
      'work:1764450000000-3:closed',
    ]);
    expect(events.flatMap((event) => checkInput(event))).toEqual([]);
    expect(entries.flatMap(workEvents)).toEqual(events);
  });

  it('tell of a follow-up only what the log does not know', () => {
    expect(typesOf({ ...FOLLOW_UP, change: 'OPENED', isAnnounced: true })).toEqual([
      'FollowUpOpened',
      'WorkItemChanged',
    ]);
    expect(typesOf({ ...FOLLOW_UP, change: 'OPENED' })).toEqual(['WorkItemChanged']);
    expect(typesOf({ ...FOLLOW_UP, change: 'CLAIMED' })).toEqual(['WorkItemChanged']);
    expect(workEvents({ ...FOLLOW_UP, change: 'EXPIRED' })).toMatchObject([{}, { outcome: 'expired' }]);
    expect(typesOf({ ...ENTRY, change: 'FINISHED' })).toEqual(['WorkItemChanged']);
  });

  it('are OTHER for what a later release writes', () => {
    expect(workEvents({ ...ENTRY, change: 'PAINTED' })).toMatchObject([{ change: 'OTHER' }]);
  });
});
