import type { Redis } from 'ioredis';
import {
  type Found,
  factOf,
  type Look,
  lookOn,
  MOST_CALLS,
  placeOf,
  type WorkFilter,
  type WorkPlaceFacts,
  wantedOf,
} from './work-search.ts';

export interface FreeQuery extends WorkFilter {
  readonly agent: string;
  /** Of which teams he takes work that is kept for a team; of all when absent. */
  readonly ownTeams?: readonly string[] | undefined;
  sees(place: WorkPlaceFacts): boolean;
}

/** Free items as those see them who look at the same time: what several look for is read once. */
export interface FreePools {
  of(look: Look): FreePool;
}

interface FreePool {
  /** The pages one after the other, the first small, each read when it is asked for. */
  page(at: number): Promise<Page>;
}

interface Page {
  readonly found: readonly Found[];
  readonly isLast: boolean;
}

/** Desks whose free items are looked through one by one; beyond it all are looked through together. */
const MOST_DESKS = 16;
/** Each page has twice as many: mostly the first ones fit, and whoever may take few of many gets to them. */
const FIRST_PAGE = 64;
const MOST_OF_PAGE = 1_024;
/** Of one pool, before a claim takes it that nothing there is for him: each costs the server, and him, some microseconds. */
const MOST_PASSED_OVER = 2_000;

export function createFreePools(redis: Redis): FreePools {
  const pools = new Map<string, FreePool>();
  return {
    of(look) {
      const name = JSON.stringify(look);
      const known = pools.get(name) ?? createPool(redis, look);
      pools.set(name, known);
      return known;
    },
  };
}

function createPool(redis: Redis, look: Look): FreePool {
  const pages: ReturnType<typeof lookOn>[] = [];
  const read = async (at: number) => {
    const after = at === 0 ? '' : (await pages[at - 1])?.next;
    if (after === undefined) throw new RangeError('pages are asked for one after the other');
    return lookOn(redis, look, { after, most: Math.min(FIRST_PAGE * 2 ** at, MOST_OF_PAGE) });
  };
  return {
    async page(at) {
      pages[at] ??= read(at);
      const { found, next } = await pages[at];
      return { found, isLast: next === '' };
    },
  };
}

/** Ids of free items that the agent may take, the most urgent first; what is kept for him is among them. */
export async function freeWork(pools: FreePools, query: FreeQuery, limit: number): Promise<readonly string[]> {
  const { desks, agent } = query;
  const shared = desks !== undefined && desks.length <= MOST_DESKS ? desks.map((desk) => `f:d:${desk}`) : ['f:all'];
  const isFit = ({ facts }: Found) => {
    if (factOf(facts, 'avoid') === agent || !query.sees(placeOf(facts))) return false;
    const isOfTeam = factOf(facts, 'stage') === 'team';
    return !isOfTeam || query.ownTeams === undefined || query.ownTeams.includes(factOf(facts, 'team'));
  };
  // What is kept for somebody is his, whatever desk it came from: it was handed to him, or he looks after the customer.
  const own = { index: `f:o:${agent}`, isFit: () => true };
  const all = await Promise.all(
    [own, ...shared.map((index) => ({ index, isFit }))].map((one) => {
      const pool = pools.of({ index: one.index, wanted: wantedOf(query, one.index) });
      return firstThatFit(pool, one.isFit, limit);
    }),
  );
  const sorted = all.flat().sort((a, b) => (a.member < b.member ? -1 : 1));
  return sorted.slice(0, limit).map(({ id }) => id);
}

async function firstThatFit(pool: FreePool, isFit: (one: Found) => boolean, limit: number): Promise<readonly Found[]> {
  const fitting: Found[] = [];
  let passedOver = 0;
  for (let at = 0; at < MOST_CALLS; at++) {
    const { found, isLast } = await pool.page(at);
    for (const one of found) {
      if (isFit(one)) fitting.push(one);
      else passedOver += 1;
      if (fitting.length === limit) return fitting;
    }
    if (isLast || passedOver > MOST_PASSED_OVER) break;
  }
  return fitting;
}
