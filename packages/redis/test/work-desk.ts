import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import type { FreeQuery } from '../src/free-work.ts';
import { contactKeys } from '../src/keys.ts';
import type { NewWorkItem } from '../src/work-item.ts';
import { createWorkList, type WorkActor, type WorkAnswer, type WorkList } from '../src/work-list.ts';
import type { WorkQuery } from '../src/work-search.ts';
import { useRedis } from './redis-server.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2026, 10, 2, 8);
export const LEASE = 15 * MINUTE;

export const agent = (name: string, more: Partial<WorkActor> = {}): WorkActor => ({
  agent: name,
  isSupervisor: false,
  ...more,
});
export const supervisor = agent('sue', { isSupervisor: true });
export const everything = { sees: () => true };

export function contact(more: Partial<NewWorkItem> = {}): NewWorkItem {
  const itemId = `c${randomUUID()}`;
  return {
    itemId,
    kind: 'contact',
    contactId: itemId,
    customerId: `customer-${randomUUID()}`,
    dueAt: START + 4 * HOUR,
    priority: 2,
    desk: 'retention',
    play: 'gone_quiet',
    tier: 'standard',
    ...more,
  };
}

export function itemOf(answer: WorkAnswer) {
  if (answer.kind === 'absent' || answer.kind === 'full') throw new Error(`the list answered ${answer.kind}`);
  return answer.item;
}

/** A work list on a server of the file's own, empty before each test, with a clock that stands at START. Called once by the file. */
export function useWorkList() {
  const redis = useRedis();
  let work: WorkList;
  beforeEach(() => {
    desk.nowMs = START;
    work = createWorkList({ url: redis.url, now: () => desk.nowMs });
  });
  afterEach(() => work.close());
  const desk = {
    nowMs: START,
    redis,
    get work() {
      return work;
    },
    /** The same list through a connection with another bound of what is untold. */
    async bounded(mostUntold: number): Promise<void> {
      await work.close();
      work = createWorkList({ url: redis.url, now: () => desk.nowMs, mostUntold });
    },
    async opened(more: Partial<NewWorkItem> = {}): Promise<string> {
      const item = contact(more);
      const answer = await work.open(item);
      expect(answer.kind).toBe('done');
      return item.itemId;
    },
    next: (name: string, query: Partial<FreeQuery> = {}) =>
      work.claimNext({ agent: name, ...everything, ...query }, agent(name), LEASE),
    search: (query: Partial<WorkQuery> = {}) =>
      work.search({ states: ['open', 'claimed', 'snoozed'], sort: 'deadline', limit: 50, ...everything, ...query }),
    async found(query: Partial<WorkQuery> = {}): Promise<string[]> {
      return (await desk.search(query)).items.map(({ itemId }) => itemId);
    },
    /** All changes so far, oldest first, as `CHANGE agent`. */
    async told(itemId: string): Promise<readonly string[]> {
      const entries = (await work.readOutbox({ token: 'test', turnMs: 60_000, most: 10_000 })) ?? [];
      return entries
        .filter((entry) => entry.itemId === itemId)
        .map(({ change, agent: by }) => `${change} ${by}`.trim());
    },
    /** Every key of the list without its outbox. */
    async remains(): Promise<readonly string[]> {
      const keys = await redis.admin.keys(`${contactKeys.work}*`);
      return keys.filter((key) => !key.endsWith(':out') && !key.endsWith(':relay'));
    },
  };
  return desk;
}
