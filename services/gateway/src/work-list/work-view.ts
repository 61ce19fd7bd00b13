import type { WorkItem } from '@holdfast/redis';
import { isoOf } from '../http/instant-text.ts';

/** Who looks at items. */
export interface Viewer {
  readonly agent: string;
  readonly isSupervisor: boolean;
}

/** An item as it is shown in lists: without its note and its alert. */
export function itemView(item: WorkItem, viewer: Viewer) {
  const owner = item.agent === '' ? item.owner : item.agent;
  const isMine = owner === viewer.agent;
  return {
    id: item.itemId,
    kind: item.kind,
    customerId: item.customerId,
    state: item.state,
    version: item.version,
    desk: item.desk,
    team: item.team,
    accountManager: item.accountManager,
    tier: item.tier,
    play: item.play,
    campaign: item.campaign,
    offer: item.offer,
    channel: item.channel,
    category: item.category,
    title: item.title,
    topics: [...item.topics],
    priority: item.rank,
    isLate: item.escalatedAt !== null,
    isMine,
    ...(owner !== '' && (isMine || viewer.isSupervisor) && { owner }),
    openedAt: isoOf(item.openedAt),
    dueAt: isoOf(item.dueAt),
    endsAt: isoOf(item.endsAt),
    ...(item.until !== null && { until: isoOf(item.until) }),
    ...(item.endedAt !== null && { endedAt: isoOf(item.endedAt) }),
    outcome: item.outcome,
    reopened: item.reopened,
  };
}

/** With the note and the alert, which hold what is said to and of the customer. */
export function wholeView(item: WorkItem, viewer: Viewer) {
  const alert = item.alert === '' ? {} : { alert: JSON.parse(item.alert) as Record<string, unknown> };
  return { ...itemView(item, viewer), note: item.note, ...alert };
}
