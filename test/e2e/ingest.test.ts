import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { shareOf } from '@holdfast/decisions';
import { partitionOf } from '@holdfast/engine';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { type AlertStream, eventually, openAlertStream } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StoryWorld, sentinel } from './customers.ts';
import { type SystemUnderTest, systemUnderTest } from './system-under-test.ts';
import { httpTransport } from './transports.ts';

const PARTITIONS = 8;
const folder = loadPolicyFolder();
if (folder.kind === 'invalid') throw new Error(folder.text);
const { holdout, campaigns } = folder.policy;

/** An id that is treated by every campaign, in a given partition where that matters. */
function pick(label: string, partition?: number): string {
  for (;;) {
    const id = `${label}-${randomUUID().slice(0, 8)}`;
    if (shareOf(holdout.salt, id) < holdout.share) continue;
    if ([...campaigns.values()].some((campaign) => shareOf(`campaign:${campaign.id}`, id) < campaign.holdout)) continue;
    if (partition === undefined || partitionOf(Buffer.from(id), PARTITIONS) === partition) return id;
  }
}

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

/** The fifth failed call within a day earns a credit: whoever counted one of four twice would give it too early. */
it('a batch that is sent again, as it was and in gzip, counts once', async () => {
  const world: StoryWorld = { now: Date.now(), live: `network-${randomUUID()}`, recorded: `recorded:${randomUUID()}` };
  const customerId = pick('retry');
  const partition = partitionOf(Buffer.from(customerId), PARTITIONS);
  const transport = httpTransport(system.gatewayUrl, system.producerKey);
  const alertsOf = (id: string) => feed.alerts.filter((alert) => alert.customerId === id).map(({ offer }) => offer);
  /** What came before in this partition was decided when the desk hears of somebody else who is in it. */
  const everythingDecided = async () => {
    const other = sentinel(world, pick('sentinel', partition));
    await transport.send(other.events);
    await eventually('the alert of a sentinel', () => expect(alertsOf(other.customerId)).toEqual(['save_plan']));
  };
  const call = (n: number) => ({
    specversion: '1.0',
    id: `${customerId}-call-${n}`,
    source: world.live,
    type: 'io.holdfast.usage.UsageRecorded.v1',
    time: new Date(world.now - (10 - n) * 60_000).toISOString(),
    subject: customerId,
    data: { subscriptionId: `line-${customerId}`, kind: 'VOICE', failed: true },
  });
  const post = async (events: readonly unknown[], isZipped = false) => {
    const body = JSON.stringify(events);
    const answer = await fetch(`${system.gatewayUrl}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${system.producerKey}`,
        'content-type': 'application/cloudevents-batch+json',
        ...(isZipped && { 'content-encoding': 'gzip' }),
      },
      body: isZipped ? new Uint8Array(gzipSync(body)) : body,
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as readonly { status: string }[];
  };

  // Who he is, and since when: a window of a week means nothing of a customer who is new.
  await transport.send(sentinel(world, customerId).events.filter(({ type }) => type !== 'SuspensionRequested'));
  await everythingDecided();
  const four = [1, 2, 3, 4].map(call);
  for (const isZipped of [false, false, true]) {
    expect((await post(four, isZipped)).map(({ status }) => status)).toEqual(Array(4).fill('accepted'));
  }
  await everythingDecided();
  expect(alertsOf(customerId)).toEqual([]);
  await post([call(5)]);
  await eventually('the fifth call is answered', () => expect(alertsOf(customerId)).toEqual(['service_credit']));
});
