import { randomUUID } from 'node:crypto';
import { shareOf } from '@holdfast/decisions';
import { partitionOf } from '@holdfast/engine';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { type AlertStream, eventually, openAlertStream } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heartbeat, type Story, type StoryEvent, type StoryWorld, sentinel, stories } from './customers.ts';
import { type SystemUnderTest, systemUnderTest } from './system-under-test.ts';
import { httpTransport, kafkaTransport, type Transport } from './transports.ts';

const PARTITIONS = 8;
const folder = loadPolicyFolder();
if (folder.kind === 'invalid') throw new Error(folder.text);
const { holdout, campaigns } = folder.policy;

const isControl = (id: string): boolean =>
  [...campaigns.values()].some((campaign) => shareOf(`campaign:${campaign.id}`, id) < campaign.holdout);

/**
 * A customer id of this run, in a given partition where that matters: inside the universal holdout, or outside it and every
 * campaign's control group.
 */
function pick(label: string, isHeldOut: boolean, partition?: number): string {
  for (;;) {
    const id = `${label}-${randomUUID().slice(0, 8)}`;
    if (shareOf(holdout.salt, id) < holdout.share !== isHeldOut || isControl(id)) continue;
    if (partition === undefined || partitionOf(Buffer.from(id), PARTITIONS) === partition) return id;
  }
}

const isFact = ({ type }: StoryEvent) => type !== 'UsageRecorded' && type !== 'SuspensionRequested';

let system: SystemUnderTest;
let feed: AlertStream;

beforeAll(async () => {
  system = await systemUnderTest();
  feed = await openAlertStream(system.gatewayUrl, system.agentKey);
});

afterAll(async () => {
  feed?.close();
  await system?.close();
});

describe.each(['kafka', 'http'] as const)('events that come by %s', (way) => {
  let transport: Transport;
  let told: Story[];
  const offersOf = (customerId: string) =>
    feed.alerts.filter((alert) => alert.customerId === customerId).map((alert) => alert.offer);

  beforeAll(async () => {
    transport =
      way === 'kafka'
        ? await kafkaTransport(system.brokers, system.registryUrl)
        : httpTransport(system.gatewayUrl, system.producerKey);
    const run = randomUUID().slice(0, 8);
    const world: StoryWorld = { now: Date.now(), live: `network-${run}`, recorded: `recorded:${run}` };
    told = stories(
      world,
      (label) => pick(label, false),
      (label) => pick(label, true),
    );
    const partitions = [...Array(PARTITIONS).keys()];
    const sentinelsOf = (label: string) =>
      partitions.map((partition) => sentinel(world, pick(label, false, partition)));
    const tellSentinels = async (sentinels: readonly Story[]) => {
      for (const { events } of sentinels) await transport.send(events);
      await eventually('the alerts of the sentinels', () => {
        expect(sentinels.filter(({ customerId }) => offersOf(customerId).length === 0)).toEqual([]);
      });
    };
    // A feed comes in the order of its own time: its watermark is one for all customers. What a customer is was told
    // before he does something; between topics only the time of appending says so, and what comes within
    // moments may be folded in another order by a worker that is slow to fetch one of them.
    const events = told.flatMap((story) => story.events).sort((a, b) => a.occurredAt - b.occurredAt);
    await transport.send(events.filter(isFact));
    await tellSentinels(sentinelsOf('first'));
    await transport.send(events.filter((event) => !isFact(event)));
    await transport.send(partitions.map((partition) => heartbeat(world, pick('beat', false, partition))));
    const expected = told.filter(({ offers }) => offers.length > 0);
    await eventually('an alert for every customer of the plays', () => {
      expect(expected.filter(({ customerId }) => offersOf(customerId).length === 0).map((s) => s.customerId)).toEqual(
        [],
      );
    });
    await tellSentinels(sentinelsOf('last'));
  });

  afterAll(() => transport?.close());

  it('lead to exactly the expected offers, and to none in the counter-examples', () => {
    const found = told.map(({ customerId }) => [customerId, offersOf(customerId)]);
    expect(found).toEqual(told.map(({ customerId, offers }) => [customerId, offers]));
  });

  it('reach the desk with a reason and a script in which every placeholder is filled', () => {
    const mine = feed.alerts.filter(({ customerId }) => told.some((story) => story.customerId === customerId));
    expect(mine.length).toBeGreaterThan(6);
    for (const { reason, script } of mine) {
      expect(reason).toMatch(/\w{3,}/);
      expect(script).toMatch(/\w{3,}/);
      expect(`${reason} ${script}`).not.toMatch(/[{}]|undefined|NaN/);
    }
  });

  it('can be read again from the middle of the feed', async () => {
    const middle = feed.alerts[Math.floor(feed.alerts.length / 2)];
    const again = await openAlertStream(system.gatewayUrl, system.agentKey, middle?.id);
    // The feed may grow meanwhile: a later step of a campaign comes when its time comes.
    const after = () => feed.alerts.slice(feed.alerts.indexOf(middle as NonNullable<typeof middle>) + 1);
    try {
      await eventually('the rest of the feed', () =>
        expect(again.alerts.map(({ id }) => id)).toEqual(after().map(({ id }) => id)),
      );
    } finally {
      again.close();
    }
  });
});
