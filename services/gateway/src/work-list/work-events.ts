import type { EventInput } from '@holdfast/events';
import type { WorkChangeEntry } from '@holdfast/redis';

/** Source of what the work list tells. */
export const WORK_SOURCE = 'holdfast:work-list';

export type WorkEvent = EventInput<'WorkItemChanged' | 'FollowUpOpened' | 'FollowUpClosed'>;

/** The events of one change. Their ids follow from its place in the outbox: told again they are duplicates. */
export function workEvents(entry: WorkChangeEntry): readonly WorkEvent[] {
  const { itemId, contactId, followUpId, desk, team, agent, owner, outcome, reason } = entry;
  const { campaign, offer, arm, channel, dueAt, until } = entry;
  const changed: WorkEvent = {
    type: 'WorkItemChanged',
    ...identity(entry, ''),
    change: changeOf(entry.change),
    ...{
      itemId,
      contactId,
      followUpId,
      desk,
      team,
      agent,
      owner,
      outcome,
      reason,
      campaign,
      offer,
      arm,
      channel,
      dueAt,
      until,
    },
  };
  if (followUpId === '') return [changed];
  if (entry.change === 'OPENED' && entry.isAnnounced && dueAt !== null) {
    const topics = [...entry.topics];
    return [{ type: 'FollowUpOpened', ...identity(entry, ':opened'), followUpId, dueAt, topics }, changed];
  }
  if (entry.change !== 'FINISHED' && entry.change !== 'EXPIRED') return [changed];
  const ended = outcome === '' ? 'expired' : outcome;
  return [changed, { type: 'FollowUpClosed', ...identity(entry, ':closed'), followUpId, outcome: ended }];
}

function identity({ entryId, occurredAt, customerId }: WorkChangeEntry, part: string) {
  return { eventId: `work:${entryId}${part}`, source: WORK_SOURCE, occurredAt, customerId };
}

type Change = EventInput<'WorkItemChanged'>['change'];

const CHANGES: readonly Change[] = [
  'OPENED',
  'CLAIMED',
  'RELEASED',
  'LEASE_EXPIRED',
  'SNOOZED',
  'HANDED_OVER',
  'ESCALATED',
  'FINISHED',
  'REOPENED',
  'EXPIRED',
  'WITHDRAWN',
];

/** What a later release writes is OTHER to this one. */
function changeOf(text: string): Change {
  return CHANGES.find((change) => change === text) ?? 'OTHER';
}
