import type { Redis } from 'ioredis';
import { contactKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { fieldMap, itemOf, LIVE_STATES, type WorkItem, type WorkKind, type WorkState } from './work-item.ts';

export const WORK_SORTS = ['deadline', 'priority', 'age'] as const;
export type WorkSort = (typeof WORK_SORTS)[number];

/** Whose work an item is, as far as a search knows it without reading the item. */
export interface WorkPlaceFacts {
  readonly desk: string;
  readonly team: string;
  readonly accountManager: string;
}

export interface WorkFilter {
  readonly desks?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly accountManagers?: readonly string[] | undefined;
  readonly plays?: readonly string[] | undefined;
  readonly tiers?: readonly string[] | undefined;
  readonly kind?: WorkKind | undefined;
  readonly dueBeforeMs?: number | undefined;
}

export interface WorkQuery extends WorkFilter {
  /** Live states, or ended ones; never both. */
  readonly states: readonly WorkState[];
  /** Who holds it, or for whom it is kept. Live items alone. */
  readonly owner?: string | undefined;
  /** Past their deadline. Live items alone. */
  readonly isEscalated?: boolean | undefined;
  readonly customerId?: string | undefined;
  /** Ended items are sorted by age, whatever is asked for. */
  readonly sort: WorkSort;
  /** Where the page before ended. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Items of places that are not seen are passed over. */
  sees(place: WorkPlaceFacts): boolean;
}

export interface WorkPage {
  readonly items: readonly WorkItem[];
  /** Where the next page begins; absent at the end. A page may be short though there is a next one. */
  readonly next?: string;
}

/** Position among an item's facts, from 1: the order of `facts_of` in work-item.lua. */
const FACT = {
  state: 1,
  desk: 2,
  team: 3,
  manager: 4,
  play: 5,
  tier: 6,
  stage: 8,
  avoid: 9,
  due: 10,
  kind: 11,
  late: 12,
} as const;
const SEPARATOR = '\u001f';
/** Looked at in one call: about a millisecond of the server. */
const MOST_LOOKED_AT = 2_000;
/** A search that has found too little after so many calls answers what it has, with where to go on. */
export const MOST_CALLS = 12;
const MOST_OF_CUSTOMER = 300;

export interface Found {
  readonly member: string;
  readonly id: string;
  readonly facts: readonly string[];
}

export interface Look {
  readonly index: string;
  readonly wanted: readonly (string | number)[];
}

interface Scan extends Look {
  readonly limit: number;
  isFit(facts: readonly string[]): boolean;
}

/** Live or ended items that fit, in order, page by page. */
export async function searchWork(redis: Redis, query: WorkQuery): Promise<WorkPage> {
  if (query.customerId !== undefined) return searchOfCustomer(redis, query);
  const index = indexOf(query);
  const scan = {
    index,
    wanted: [
      ...wantedOf(query, index),
      ...statesWanted(query),
      ...(query.isEscalated === undefined ? [] : [FACT.late, query.isEscalated ? 'late' : '']),
    ],
    limit: query.limit,
    isFit: (facts: readonly string[]) => query.sees(placeOf(facts)),
  };
  const { found, next } = await scanIndex(redis, scan, query.after ?? '');
  const items = await listItems(
    redis,
    found.map(({ id }) => id),
  );
  return { items, ...(next !== '' && { next }) };
}

/** Items of a customer, ended ones too, without what is to be said. */
export async function workOfCustomer(redis: Redis, customerId: string): Promise<readonly WorkItem[]> {
  const ids = await redis.smembers(`${contactKeys.work}c:${customerId}`);
  return listItems(redis, ids.slice(0, MOST_OF_CUSTOMER));
}

/** The whole item. */
export async function readItem(redis: Redis, id: string): Promise<WorkItem | undefined> {
  const fields = await redis.hgetall(`${contactKeys.work}i:${id}`);
  return fields.id === undefined ? undefined : itemOf(Object.entries(fields).flat());
}

/** The items that are there, in the order asked for, without their alerts. */
async function listItems(redis: Redis, ids: readonly string[]): Promise<readonly WorkItem[]> {
  if (ids.length === 0) return [];
  const [, texts] = await runScript(redis, SCRIPTS.listWork, [contactKeys.work], ids);
  return (texts as unknown[]).map((text) => itemOf(JSON.parse(String(text)) as string[]));
}

async function scanIndex(
  redis: Redis,
  { limit, isFit, ...look }: Scan,
  after: string,
): Promise<{ readonly found: readonly Found[]; readonly next: string }> {
  const found: Found[] = [];
  let position = after;
  for (let call = 0; call < MOST_CALLS; call++) {
    const page = await lookOn(redis, look, { after: position, most: limit - found.length });
    found.push(...page.found.filter(({ facts }) => isFit(facts)));
    position = page.next;
    if (position === '' || found.length >= limit) break;
  }
  return { found, next: position };
}

/** Up to `most` items of an index that are what is wanted, and where to go on; '' at the end. One call. */
export async function lookOn(
  redis: Redis,
  { index, wanted }: Look,
  { after, most }: { readonly after: string; readonly most: number },
): Promise<{ readonly found: readonly Found[]; readonly next: string }> {
  const args = [index, after, MOST_LOOKED_AT, most, ...wanted];
  const [, flat, last] = await runScript(redis, SCRIPTS.scanWork, [contactKeys.work], args);
  const found = [...fieldMap(flat as unknown[])].map(([member, facts]) => ({
    member,
    id: member.slice(member.indexOf(':') + 1),
    facts: facts.split(SEPARATOR),
  }));
  return { found, next: String(last) };
}

async function searchOfCustomer(redis: Redis, query: WorkQuery): Promise<WorkPage> {
  const all = await workOfCustomer(redis, query.customerId ?? '');
  const fits = (allowed: readonly string[] | undefined, value: string) => allowed?.includes(value) ?? true;
  const keyed = all
    .filter(
      (item) =>
        query.states.includes(item.state) &&
        fits(query.desks, item.desk) &&
        fits(query.teams, item.team) &&
        fits(query.plays, item.play) &&
        fits(query.tiers, item.tier) &&
        fits(query.accountManagers, item.accountManager) &&
        (query.kind ?? item.kind) === item.kind &&
        (query.owner === undefined || (item.agent || item.owner) === query.owner) &&
        (query.isEscalated === undefined || query.isEscalated === (item.escalatedAt !== null)) &&
        item.dueAt < (query.dueBeforeMs ?? Number.POSITIVE_INFINITY) &&
        query.sees(item),
    )
    .map((item) => ({ item, key: sortKey(item, query) }))
    .filter(({ key }) => key > (query.after ?? ''))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = keyed.slice(0, query.limit);
  const next = keyed.length > page.length ? page.at(-1)?.key : undefined;
  return { items: page.map(({ item }) => item), ...(next !== undefined && { next }) };
}

/** As the members of the indexes are made. */
function sortKey(item: WorkItem, { sort }: WorkQuery): string {
  const padded = (ms: number) => String(ms).padStart(13, '0');
  if (sort === 'age' || !LIVE_STATES.includes(item.state)) return `${padded(item.openedAt)}:${item.itemId}`;
  return `${sort === 'priority' ? item.rank : ''}${padded(item.dueAt)}:${item.itemId}`;
}

/** The index with the fewest others in it. */
function indexOf({ states, sort, owner, isEscalated, desks, accountManagers }: WorkQuery): string {
  const [only] = desks?.length === 1 ? desks : [];
  const [manager] = accountManagers?.length === 1 ? accountManagers : [];
  const desk = only === undefined ? 'all' : `d:${only}`;
  if (!states.some((state) => LIVE_STATES.includes(state))) return `e:${desk}`;
  if (owner !== undefined) return `x:${sort}:o:${owner}`;
  if (manager) return `x:${sort}:m:${manager}`;
  return `x:${sort}:${isEscalated === true ? 'e' : desk}`;
}

/** What the items of the index must be, and are not already by standing in it. */
export function wantedOf(filter: WorkFilter, index: string): (string | number)[] {
  const isOfDesk = index.includes(':d:');
  const lists = [
    [FACT.desk, isOfDesk ? undefined : filter.desks],
    [FACT.team, filter.teams],
    [FACT.play, filter.plays],
    [FACT.tier, filter.tiers],
    [FACT.manager, filter.accountManagers],
    [FACT.kind, filter.kind === undefined ? undefined : [filter.kind]],
  ] as const;
  const wanted = lists.flatMap(([place, values]) => (values === undefined ? [] : [place, values.join(SEPARATOR)]));
  return filter.dueBeforeMs === undefined ? wanted : [...wanted, 'due', filter.dueBeforeMs];
}

/** Nothing where all live states are wanted: no other stands in an index of live items. */
function statesWanted({ states }: WorkQuery): (string | number)[] {
  const isAnyLive = LIVE_STATES.every((state) => states.includes(state));
  return isAnyLive ? [] : [FACT.state, states.join(SEPARATOR)];
}

export function placeOf(facts: readonly string[]): WorkPlaceFacts {
  return { desk: factOf(facts, 'desk'), team: factOf(facts, 'team'), accountManager: factOf(facts, 'manager') };
}

export function factOf(facts: readonly string[], name: keyof typeof FACT): string {
  return facts[FACT[name] - 1] ?? '';
}
