import { randomUUID } from 'node:crypto';
import { INPUT_TOPICS } from '@holdfast/events';
import { redisDatabase } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDeskWorld, type DeskWorld } from '../../test/desk-world.ts';
import type { OutcomeCaller } from './outcome.ts';

const FOLDED_ALL = { nextOffset: Number.MAX_SAFE_INTEGER, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
const CALLER: OutcomeCaller = { agent: 'anna', sees: () => true, noteAccess: async () => undefined };

let world: DeskWorld;
beforeAll(async () => {
  const stack = inject('stack');
  world = await createDeskWorld({ ...stack, redisUrl: redisDatabase(stack.redisUrl, 'outcomes') });
});
afterAll(() => world.close());

describe('an outcome whose shard nobody owns', () => {
  it('is in the log with all that rebuilds the contact', async () => {
    const { customerId, contactId } = await world.known();
    const answers = await world.record(CALLER, [{ customerId, contactId, outcome: 'rejected', reason: 'price' }]);
    expect(answers).toMatchObject([{ kind: 'recorded' }]);
    const logged = await world.logged(INPUT_TOPICS.interaction, customerId);
    expect(logged).toMatchObject([
      {
        ...{ type: 'OfferRejected', contactId, reason: 'price', agent: 'anna', source: 'holdfast:desk' },
        ...{ campaign: 'save_desk', offer: 'save_plan', arm: 'treated', channel: 'call-centre', category: 'retention' },
        sendAt: expect.any(Number),
      },
    ]);
    expect(await world.recent.since(customerId, {})).toEqual(logged);
  });

  it('is seen at once by whoever reads the customer', async () => {
    const { customerId, contactId } = await world.known();
    expect((await world.view(customerId)).contacts).toMatchObject([{ contactId, acceptedAt: 0 }]);
    const occurredAt = Date.now() - 1_000;
    await world.record(CALLER, [{ customerId, contactId, outcome: 'accepted', occurredAt }]);
    expect(await world.view(customerId)).toMatchObject({
      contacts: [{ contactId, acceptedAt: occurredAt, status: 'confirmed' }],
      unfolded: [{ type: 'OfferAccepted' }],
    });
  });

  it('is no longer told beside the state once the shard has come to it', async () => {
    const { customerId, contactId, partition } = await world.known();
    await world.record(CALLER, [{ customerId, contactId, outcome: 'presented' }]);
    expect((await world.view(customerId)).unfolded).toHaveLength(1);
    await world.commit(partition, { inputs: { [INPUT_TOPICS.interaction]: FOLDED_ALL } });
    expect((await world.view(customerId)).unfolded).toEqual([]);
    await world.commit(partition, { inputs: { [INPUT_TOPICS.interaction]: { ...FOLDED_ALL, nextOffset: 0 } } });
  });

  it('that he wants to be left alone holds at once, for every contact and in every view', async () => {
    const { customerId, contactId } = await world.known();
    expect(await world.marks.isSuppressed(customerId, '*')).toBe(false);
    const [answer] = await world.record(CALLER, [{ customerId, contactId, outcome: 'do_not_contact' }]);
    expect(answer).toMatchObject({ kind: 'recorded', events: [{ type: 'ExclusionSet' }, { type: 'OfferRejected' }] });
    expect(await world.marks.isSuppressed(customerId, '*')).toBe(true);
    const view = await world.view(customerId);
    expect(view.attributes.exclusions).toEqual(['do-not-contact']);
    expect(view.contacts[0]?.rejectedAt).toBeGreaterThan(0);
  });

  it('that he wants to be left alone takes him from other agents, and leaves what somebody is to call him back about', async () => {
    const { customerId, contactId } = await world.known();
    const item = { customerId, dueAt: Date.now() + 3_600_000, priority: 2 };
    for (const itemId of [contactId, `${contactId}-other`]) {
      await world.work.open({ ...item, itemId, kind: 'contact', contactId: itemId });
    }
    await world.work.open({ ...item, itemId: `f-${contactId}`, kind: 'follow-up', followUpId: `f-${contactId}` });
    const ben = { agent: 'ben', isSupervisor: false };
    await world.work.claim([`${contactId}-other`], ben, 60_000);
    await world.record(CALLER, [{ customerId, contactId, outcome: 'do_not_contact' }]);
    expect(await world.work.renew(`${contactId}-other`, ben, 60_000)).toMatchObject({
      kind: 'ended',
      item: { state: 'withdrawn', outcome: 'do_not_contact', agent: 'ben' },
    });
    for (const id of [contactId, `f-${contactId}`]) expect(await world.work.read(id)).toMatchObject({ state: 'open' });
  });

  it('of somebody no shard knows is not recorded', async () => {
    const customerId = `c-${randomUUID()}`;
    const answers = await world.record(CALLER, [{ customerId, outcome: 'do_not_contact' }]);
    expect(answers).toEqual([{ kind: 'unknown-customer' }]);
    expect(await world.marks.isSuppressed(customerId, '*')).toBe(false);
  });
});
