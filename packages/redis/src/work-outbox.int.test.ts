import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { useRedis } from '../test/redis-server.ts';
import { createWorkList } from './work-list.ts';

const MINUTE_MS = 60_000;
const redis = useRedis();

it('nothing is told any more of a customer who is forgotten, however long the outbox has become', async () => {
  const work = createWorkList({ url: redis.url });
  const open = async (customerId: string): Promise<string> => {
    const itemId = `c${randomUUID()}`;
    const dueAt = Date.now() + MINUTE_MS;
    await work.open({ itemId, kind: 'contact', contactId: itemId, customerId, dueAt, priority: 2 });
    return itemId;
  };
  const customerId = `customer-${randomUUID()}`;
  const his = await open(customerId);
  // More than is looked at in one step.
  const others = await Promise.all(Array.from({ length: 1_100 }, () => open(`customer-${randomUUID()}`)));
  await work.finish(his, { agent: 'anna', isSupervisor: true }, 'accepted');
  await open(customerId);
  expect(await work.forgetCustomer(customerId)).toBe(2);
  const waiting = (await work.readOutbox({ token: 'relay', turnMs: MINUTE_MS, most: 10_000 })) ?? [];
  expect(waiting.map(({ itemId }) => itemId).sort()).toEqual(others.sort());
  await work.close();
});
