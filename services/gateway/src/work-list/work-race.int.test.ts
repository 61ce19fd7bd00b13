import { randomUUID } from 'node:crypto';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { createWorkList, type WorkChangeEntry, type WorkList } from '@holdfast/redis';
import { redisDatabase } from '@holdfast/testkit';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { raceForWork } from '../../test/work-clients.ts';
import { createGateway } from '../gateway.ts';
import { authenticateByKeys } from '../security/api-keys.ts';
import { SEES_EVERYTHING } from '../security/sight.ts';
import { workFace } from './work-face.ts';

/** A database of its own: all that is told is read from its outbox. */
const redisUrl = redisDatabase(inject('stack').redisUrl, 'work-race');
const KEY = 'agent-key-0123456789';
const ITEMS = 10_000;
const CLIENTS = 200;
/** A busy machine does not come to the end of the items; what it came to is judged alike. */
const RACE_MS = 60_000;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function gatewayPort(): Promise<number> {
  const work = createWorkList({ url: redisUrl });
  const gateway = await createGateway(
    {
      faces: [
        workFace({
          work,
          sightOf: SEES_EVERYTHING,
          lookUp: async () => Promise.reject(new Error('nobody here is bound to desks')),
          isLeftAlone: async () => false,
          audit: async () => undefined,
          record: async (_caller, outcomes) => outcomes.map(() => ({ kind: 'recorded', occurredAt: 0, events: [] })),
        }),
      ],
      authenticate: authenticateByKeys([{ role: 'agent', key: KEY }]),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => undefined,
    },
    { host: '127.0.0.1', port: 0 },
  );
  closers.push(
    () => work.close(),
    () => gateway.close(),
  );
  return gateway.start();
}

async function openAll(work: WorkList, desk: string): Promise<void> {
  const one = (index: number) => {
    const itemId = `c${randomUUID()}`;
    const dueAt = Date.now() + 3_600_000 + index;
    return work.open({
      ...{ itemId, kind: 'contact', contactId: itemId, customerId: `customer-${index}`, desk },
      ...{ dueAt, priority: 1 + (index % 3) },
    });
  };
  for (let from = 0; from < ITEMS; from += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, index) => one(from + index)));
  }
}

/** What was told is taken out as it is read. */
async function history(work: WorkList): Promise<readonly WorkChangeEntry[]> {
  const all: WorkChangeEntry[] = [];
  for (;;) {
    const page = (await work.readOutbox({ token: 'test', turnMs: 60_000, most: 2_000 })) ?? [];
    if (page.length === 0) return all;
    all.push(...page);
    await work.trimOutbox(page.map(({ entryId }) => entryId));
  }
}

/** Claims of an item that somebody had already, by what was told. */
function secondHolders(entries: readonly WorkChangeEntry[]): readonly string[] {
  const holders = new Map<string, string>();
  return entries.flatMap(({ itemId, change, agent }) => {
    const holder = holders.get(itemId);
    if (change !== 'CLAIMED') {
      holders.delete(itemId);
      return [];
    }
    holders.set(itemId, agent);
    return holder === undefined ? [] : [`${itemId}: ${agent} while ${holder} had it`];
  });
}

describe('two hundred agents at ten thousand items', () => {
  it('never hold one twice, and lose none', async () => {
    const work = createWorkList({ url: redisUrl });
    closers.push(() => work.close());
    const desk = `desk-${randomUUID()}`;
    await openAll(work, desk);
    const ports = [await gatewayPort(), await gatewayPort()];
    const untilMs = performance.now() + RACE_MS;
    const race = await raceForWork({ ports, clients: CLIENTS, key: KEY, desk, layDownEvery: 20, untilMs });
    expect(race.faults).toEqual([]);
    expect(race.claims).toBe(race.finished + race.laidDown);
    const told = await history(work);
    expect(secondHolders(told)).toEqual([]);
    const count = (change: string) => told.filter((entry) => entry.change === change).length;
    expect([count('OPENED'), count('CLAIMED')]).toEqual([ITEMS, race.claims]);
    // What nobody came to, or was laid down as the last agents left, is still there.
    const { free } = await work.figures();
    expect(race.finished + free).toBe(ITEMS);
    expect(count('FINISHED')).toBe(race.finished);
    expect(new Set(told.flatMap(({ change, agent }) => (change === 'CLAIMED' ? [agent] : []))).size).toBe(CLIENTS);
  });
});
