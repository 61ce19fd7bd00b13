import { shareOf } from '@holdfast/decisions';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  START,
} from '../test/customer-world.ts';

const POLICY = compilePack();
const { salt, share } = POLICY.holdout;
const IDS = Array.from({ length: 500 }, (_, index) => `customer-${index}`);
const OUTSIDE = IDS.find((id) => shareOf(salt, id) >= share && isTreated(id)) ?? '';
const HELD_OUT = IDS.find((id) => shareOf(salt, id) < share) ?? '';
const ACTIVATED = START - 60 * DAY_MS;

/** In no control group, and in the variant that makes all offers. */
function isTreated(id: string): boolean {
  const campaigns = [...POLICY.campaigns.values()];
  const [first] = POLICY.campaigns.get('bundle_care')?.arms ?? [];
  const isControl = campaigns.some((campaign) => shareOf(`campaign:${campaign.id}`, id) < campaign.holdout);
  return !isControl && shareOf('arm:bundle_care', id) < (first?.share ?? 1);
}

type Story = (world: CustomerWorld) => void;

const withLine: Story = (world) => {
  world.tell(world.activated(ACTIVATED));
};

/** Data up to a share of 10,000 MB at START + 1 h: the third of February, 25 days left. */
const data =
  (mb: number, atMs = START + HOUR_MS): Story =>
  (world) => {
    world.tell(world.usage(atMs, { kind: 'DATA', quantityMb: mb }));
  };

const calls =
  (count: number, options: { fromMs?: number; failed?: boolean; stepMs?: number } = {}): Story =>
  (world) => {
    const { fromMs = START, failed = false, stepMs = HOUR_MS } = options;
    for (let i = 0; i < count; i++) world.tell(world.usage(fromMs + i * stepMs, { failed }));
  };

/** Three calls a day for `days`, then one a day for six days. */
const fallingUsage =
  (days: number): Story =>
  (world) => {
    calls(days * 3, { fromMs: START - days * DAY_MS, stepMs: DAY_MS / 3 })(world);
    calls(6, { fromMs: START, stepMs: DAY_MS })(world);
  };

const silence =
  (ms: number): Story =>
  (world) => {
    world.tell(world.usage(START));
    world.fire(START + ms);
  };

const suspension =
  (delayMs?: number): Story =>
  (world) => {
    const event = world.event('SuspensionRequested', START, {
      subscriptionId: 'line-1',
      requestId: 'r-1',
      channel: 'online',
      reason: 'too expensive',
      effectiveAt: null,
    });
    world.tell(event, delayMs);
  };

const homeData =
  (gb: number, localHour = 21): Story =>
  (world) => {
    for (let day = 0; day < 10; day++) {
      world.tell(world.usage(START + day * DAY_MS, { kind: 'DATA', quantityMb: (gb * 1024) / 10, localHour }));
    }
  };

const unlimited: Story = (world) => {
  world.tell(world.activated(ACTIVATED, { dataAllowanceMb: null }));
};

const broadband: Story = (world) => {
  world.tell(world.activated(ACTIVATED, { subscriptionId: 'bb-1', product: 'BROADBAND', dataAllowanceMb: null }));
};

const noMarketing: Story = (world) => {
  world.tell(world.event('ConsentChanged', START - DAY_MS, { channel: '*', purpose: 'MARKETING', granted: false }));
};
const noService: Story = (world) => {
  world.tell(
    world.event('ConsentChanged', START - DAY_MS, { channel: 'call-centre', purpose: 'SERVICE', granted: false }),
  );
};
const complaint: Story = (world) => {
  world.tell(world.event('ComplaintFiled', START - DAY_MS, { complaintId: 'c-1', topic: 'bill' }));
};
const doNotContact: Story = (world) => {
  world.tell(world.event('ExclusionSet', START - DAY_MS, { exclusion: 'do-not-contact', active: true }));
};

/** What the customer got on the last occasion, as `outcome:offer or reason`; `nothing` when no trigger fired. */
function tellStory(stories: readonly Story[], customerId = OUTSIDE): string {
  const world = createCustomerWorld(POLICY, customerId);
  for (const story of stories) story(world);
  const last = world.decisions.at(-1);
  if (!last) return 'nothing';
  return `${last.trigger}: ${last.outcome === 'contact' ? last.offer : `${last.outcome} ${last.suppressedBy}`}`;
}

describe('a play', () => {
  it.each<[string, Story[], string]>([
    ['a bundle four fifths used early in the cycle', [withLine, data(8_000)], 'bundle_running_out: bigger_plan'],
    [
      'a bundle four fifths used with a week and a half left',
      [withLine, data(8_000, START + 14 * DAY_MS)],
      'bundle_running_out: data_top_up_2gb',
    ],
    ['usage fallen to a third of the own past', [withLine, fallingUsage(28)], 'usage_halved: care_offer'],
    ['seven days without any usage', [withLine, silence(7 * DAY_MS)], 'gone_quiet: care_call'],
    ['seven days without usage of a customer known by his usage only', [silence(7 * DAY_MS)], 'gone_quiet: care_call'],
    ['a suspension asked for', [withLine, suspension()], 'suspension_requested: save_plan'],
    ['the fifth failed call in a week', [withLine, calls(5, { failed: true })], 'failed_calls: service_credit'],
    ['20 GB at home hours without broadband', [unlimited, homeData(20)], 'home_broadband: broadband_bundle'],
  ])('answers %s', (_, stories, expected) => {
    expect(tellStory(stories)).toBe(expected);
  });

  it.each<[string, Story[]]>([
    ['a bundle just below four fifths', [withLine, data(7_990)]],
    ['a bundle used up when five days are left', [withLine, data(9_000, START + 21 * DAY_MS)]],
    ['data of a plan without an allowance', [unlimited, data(9_000)]],
    ['a cycle of which the beginning was not seen', [data(9_000)]],
    ['steady usage', [withLine, calls(120, { fromMs: START - 28 * DAY_MS, stepMs: 6 * HOUR_MS })]],
    ['a fall when less than four weeks are known', [fallingUsage(20)]],
    ['a silence one second short', [withLine, silence(7 * DAY_MS - 1_000)]],
    ['a suspension noticed two hours late', [withLine, suspension(2 * HOUR_MS)]],
    ['four failed calls', [withLine, calls(4, { failed: true })]],
    ['five calls that came about', [withLine, calls(5)]],
    ['20 GB in working hours', [unlimited, homeData(20, 14)]],
    ['20 GB without a time of day', [unlimited, homeData(20, -1)]],
    ['20 GB of a customer with broadband', [unlimited, broadband, homeData(20)]],
    ['19 GB at home hours', [unlimited, homeData(19)]],
  ])('leaves alone %s', (_, stories) => {
    expect(tellStory(stories)).toBe('nothing');
  });

  it.each<[string, Story[], string]>([
    ['an opted-out customer', [noMarketing, withLine, suspension()], 'suspension_requested: suppressed no-consent'],
    ['an open complaint', [complaint, withLine, suspension()], 'suspension_requested: suppressed complaint-open'],
    ['do-not-contact', [doNotContact, withLine, suspension()], 'suspension_requested: suppressed do-not-contact'],
    [
      'do-not-contact for service too',
      [doNotContact, withLine, calls(5, { failed: true })],
      'failed_calls: suppressed do-not-contact',
    ],
    [
      'a second cross-sell within the week',
      [unlimited, homeData(20), withLine, data(1, START + 9 * DAY_MS + 2 * HOUR_MS)],
      'home_broadband: broadband_bundle',
    ],
  ])('is silenced by %s', (_, stories, expected) => {
    expect(tellStory(stories)).toBe(expected);
  });

  it('waits with a second contact until an hour after the first', () => {
    const world = createCustomerWorld(POLICY, OUTSIDE);
    for (const story of [withLine, data(8_000, START - 60_000), suspension()]) story(world);
    const [first, second] = world.decisions;
    expect([first?.outcome, second?.outcome]).toEqual(['contact', 'contact']);
    expect(second?.sendAt).toBe((first?.sendAt ?? 0) + HOUR_MS);
  });

  it('apologises for failed calls while a complaint silences selling', () => {
    expect(tellStory([complaint, withLine, calls(5, { failed: true })])).toBe('failed_calls: service_credit');
  });

  it('takes the next channel for service when one is refused', () => {
    const twoChannels = (text: string) => text.replaceAll('channels: [call-centre]', 'channels: [call-centre, sms]');
    const world = createCustomerWorld(compilePack({ 'offers.yaml': twoChannels }), OUTSIDE);
    for (const story of [noService, withLine, calls(5, { failed: true })]) story(world);
    expect(world.decisions.map(({ offer, channel }) => [offer, channel])).toEqual([['service_credit', 'sms']]);
  });

  it('sells nothing to the universal holdout, and serves it all the same', () => {
    expect(tellStory([withLine, suspension()], HELD_OUT)).toBe('suspension_requested: control holdout');
    expect(tellStory([withLine, calls(5, { failed: true })], HELD_OUT)).toBe('failed_calls: service_credit');
  });
});
