import { type InteractionStore, LIVE_STATES, WORK_STATES, type WorkList, type WorkState } from '@holdfast/redis';
import type { ExportSource } from './customer-export.ts';

const PAGE = 100;

/** Interactions with him, as they were given. */
export function interactionSource(store: Pick<InteractionStore, 'list'>): ExportSource {
  return {
    name: 'interactions',
    holds: 'What passed between him and agents, for thirty days after its last change.',
    async read(customerId) {
      const found: string[] = [];
      for (;;) {
        const { records, total } = await store.list({ customerId }, { offset: found.length, limit: PAGE });
        found.push(...records);
        if (records.length === 0 || found.length >= total) return found.map((record) => JSON.parse(record) as unknown);
      }
    },
  };
}

/** Items of work about him, open and ended. */
export function workSource(work: Pick<WorkList, 'search'>): ExportSource {
  const ended = WORK_STATES.filter((state) => !LIVE_STATES.includes(state));
  return {
    name: 'workItems',
    holds: 'Items of work about him: open ones, and those that ended in the last thirty days.',
    read: async (customerId) => [
      ...(await itemsIn(LIVE_STATES, customerId, work)),
      ...(await itemsIn(ended, customerId, work)),
    ],
  };
}

async function itemsIn(states: readonly WorkState[], customerId: string, work: Pick<WorkList, 'search'>) {
  const found: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await work.search({ states, customerId, sort: 'age', after, limit: PAGE, sees: () => true });
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}
