/** An item of the work list: one contact an agent is to make, or one follow-up. Times in ms since the epoch. */
export interface WorkItem {
  /** The contact id, or the id of the follow-up. */
  readonly itemId: string;
  readonly kind: WorkKind;
  readonly customerId: string;
  /** Empty for a follow-up. */
  readonly contactId: string;
  /** Empty for a contact. */
  readonly followUpId: string;
  readonly play: string;
  readonly tier: string;
  readonly desk: string;
  readonly team: string;
  readonly accountManager: string;
  readonly campaign: string;
  readonly offer: string;
  readonly arm: string;
  readonly channel: string;
  readonly category: string;
  readonly title: string;
  readonly topics: readonly string[];
  readonly state: WorkState;
  /** Of a free item: for whom it is kept. */
  readonly stage: 'owner' | 'team' | 'desk';
  /** To whom it belongs for now: kept for him, held by him, or put to sleep by him. Empty in the pool. */
  readonly owner: string;
  /** Who holds it, or ended it, or held it when it was withdrawn. */
  readonly agent: string;
  /** Until when it is held, or sleeps. */
  readonly until: number | null;
  /** 1 (at once) to 3 (when there is time), as it was opened. */
  readonly priority: number;
  /** The priority it has now: 0 once it is late. */
  readonly rank: number;
  readonly openedAt: number;
  readonly dueAt: number;
  /** Nobody is to do it after this. */
  readonly endsAt: number;
  readonly escalatedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: string;
  /** When it was opened, or opened again last. */
  readonly since: number;
  /** How often it was opened again. */
  readonly reopened: number;
  readonly note: string;
  /** Raised by every change but a renewed lease. */
  readonly version: number;
  /** What an agent's screen shows of a contact, JSON; empty for a follow-up. */
  readonly alert: string;
}

export type WorkKind = 'contact' | 'follow-up';

/** `withdrawn`: it was taken from whoever had it, and nobody is to do it any more. */
export const WORK_STATES = ['open', 'claimed', 'snoozed', 'done', 'expired', 'withdrawn'] as const;
export type WorkState = (typeof WORK_STATES)[number];
/** States in which somebody still has to do something. */
export const LIVE_STATES: readonly WorkState[] = ['open', 'claimed', 'snoozed'];

/** An item to be opened. */
export interface NewWorkItem
  extends Pick<WorkItem, 'itemId' | 'kind' | 'customerId' | 'dueAt' | 'priority'>,
    Partial<
      Pick<
        WorkItem,
        | 'contactId'
        | 'followUpId'
        | 'play'
        | 'tier'
        | 'desk'
        | 'team'
        | 'accountManager'
        | 'campaign'
        | 'offer'
        | 'arm'
        | 'channel'
        | 'category'
        | 'title'
        | 'topics'
        | 'alert'
        | 'note'
        /** For whom it is first, before an account manager. */
        | 'owner'
      >
    > {
  /** 90 days after it is due when absent. */
  readonly endsAt?: number | null;
  /** How long its owner or account manager, then the team, has it to himself, ms; 0 when absent: the pool has it at once. */
  readonly ownForMs?: number;
  readonly teamForMs?: number;
  /** The log does not know the follow-up yet: it is told together with the change. */
  readonly isAnnounced?: boolean;
}

/** `field, value, …` as the scripts take a new item. */
export function fieldsOf(item: NewWorkItem): readonly string[] {
  const named: Record<string, string | number | null | undefined> = {
    id: item.itemId,
    kind: item.kind,
    customer: item.customerId,
    contact: item.contactId,
    followUp: item.followUpId,
    play: item.play,
    tier: item.tier,
    desk: item.desk,
    team: item.team,
    manager: item.accountManager,
    campaign: item.campaign,
    offer: item.offer,
    arm: item.arm,
    channel: item.channel,
    category: item.category,
    title: item.title,
    topics: item.topics && JSON.stringify(item.topics),
    alert: item.alert,
    note: item.note,
    owner: item.owner,
    priority: Math.min(9, Math.max(1, Math.round(item.priority))),
    dueAt: item.dueAt,
    endsAt: item.endsAt,
    ownFor: item.ownForMs,
    teamFor: item.teamForMs,
    isAnnounced: item.isAnnounced === true ? '1' : '',
  };
  return Object.entries(named).flatMap(([field, value]) =>
    value === undefined || value === null ? [] : [field, textOf(value)],
  );
}

/** The item of a script's reply, `field, value, …` in bulk strings. */
export function itemOf(flat: readonly unknown[]): WorkItem {
  const fields = fieldMap(flat);
  const text = (name: string) => fields.get(name) ?? '';
  const number = (name: string) => Number(text(name));
  const instant = (name: string) => (text(name) === '' ? null : number(name));
  return {
    itemId: text('id'),
    kind: text('kind') as WorkKind,
    customerId: text('customer'),
    contactId: text('contact'),
    followUpId: text('followUp'),
    play: text('play'),
    tier: text('tier'),
    desk: text('desk'),
    team: text('team'),
    accountManager: text('manager'),
    campaign: text('campaign'),
    offer: text('offer'),
    arm: text('arm'),
    channel: text('channel'),
    category: text('category'),
    title: text('title'),
    topics: topicsOf(text('topics')),
    state: text('state') as WorkState,
    stage: text('stage') as WorkItem['stage'],
    owner: text('owner'),
    agent: text('agent'),
    until: instant('until'),
    priority: number('priority'),
    rank: number('rank'),
    openedAt: number('openedAt'),
    dueAt: number('dueAt'),
    endsAt: number('endsAt'),
    escalatedAt: instant('escalatedAt'),
    endedAt: instant('endedAt'),
    outcome: text('outcome'),
    since: number('since'),
    reopened: number('reopened'),
    note: text('note'),
    version: number('version'),
    alert: text('alert'),
  };
}

/** `field, value, …` of a reply as a map. */
export function fieldMap(flat: readonly unknown[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), String(flat[i + 1]));
  return fields;
}

/** Of the list that `fieldsOf` wrote. */
export function topicsOf(text: string): readonly string[] {
  return text === '' ? [] : (JSON.parse(text) as readonly string[]);
}

/** A whole number of ms: Lua would not read a time with a fraction as one. */
function textOf(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value)) : value;
}
