import { describe, expect, it } from 'vitest';
import { idOf, soon, subscribe, useDeliveries } from '../../test/deliveries-world.ts';
import type { SubscriptionsGateway } from '../../test/subscriptions-gateway.ts';

const { gateway, receiver, raise, restartRedis } = useDeliveries();

describe('gateways', () => {
  it('that end and begin in between lose nothing', async () => {
    const hook = await receiver((_request, index) => ({ status: index % 3 === 0 ? 500 : 204 }));
    let to = await gateway();
    await subscribe(to, hook.url);
    const raised: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (let i = 0; i < 15; i += 1) raised.push(await raise());
      await soon('something', () => expect(hook.requests.length).toBeGreaterThan(round));
      await to.close();
      raised.push(await raise());
      to = await gateway();
    }
    await soon('every alert', () => expect(new Set(hook.ids())).toEqual(new Set(raised.map(idOf))));
  });

  it('share the work and double nothing', async () => {
    const hooks = await Promise.all(Array.from({ length: 6 }, () => receiver()));
    const all = [await gateway(), await gateway(), await gateway()];
    const [first] = all;
    if (first === undefined) throw new Error('no gateway');
    for (const hook of hooks) await subscribe(first, hook.url);
    const held = async (each: SubscriptionsGateway) =>
      ((await each.metrics.render()).match(/holdfast_webhook_waiting\{/g) ?? []).length;
    await soon('two subscriptions for each', async () => {
      expect(await Promise.all(all.map(held))).toEqual([2, 2, 2]);
    });
    const raised = await Promise.all(Array.from({ length: 50 }, () => raise()));
    for (const hook of hooks) {
      await soon('each alert once', () => expect(hook.ids().sort()).toEqual(raised.map(idOf).sort()));
    }
    await all[1]?.close();
    const more = await raise();
    for (const hook of hooks) await soon('the next one', () => expect(hook.ids()).toContain(idOf(more)));
    for (const hook of hooks) expect(hook.requests).toHaveLength(51);
  });

  it('whose Redis is killed and comes back lose nothing', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    await subscribe(to, hook.url);
    const raised: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 20; i += 1) raised.push(await raise());
      // The file is written every second: what must not be lost has to be in it.
      await soon('all so far', () => expect(new Set(hook.ids()).size).toBe(raised.length));
      await restartRedis();
      raised.push(await soon('Redis', () => raise()));
    }
    await soon('every alert', () => expect(new Set(hook.ids())).toEqual(new Set(raised.map(idOf))));
  });
});
