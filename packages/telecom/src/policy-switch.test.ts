import type { Configuration } from '@holdfast/engine';
import { CONTROL_TOPIC, INPUT_TOPICS } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  encodeRecord,
  FEED,
  HOUR_MS,
  openFiles,
  type PackChanges,
  publishedPack,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { customerOf, PUBLISHED, triggersOf, triggerText } from '../test/published-policies.ts';
import { createCustomerTopology } from './customer-topology.ts';

const POLICY = compilePack();
const NOWHERE = { atMs: START, watermarks: new Map<string, number>() };

const customer = () => customerOf(POLICY);

/** Failed calls matter from three on instead of five. */
const THREE_FAILED = triggerText('crossed(failed_calls_7d, 5)', 'crossed(failed_calls_7d, 3)');
const OTHER_TEXT = triggerText('calls failed or were dropped within', 'calls failed within');
const QUIET_IN_FIVE_DAYS = triggerText(
  'absence: { of: UsageRecorded, for: 7d }',
  'absence: { of: UsageRecorded, for: 5d }',
);
const NO_ABSENCE = triggerText('absence: { of: UsageRecorded, for: 7d }', 'absence: { of: BillPaid, for: 300d }');

/** Three failed calls matter when the customer complains. */
const AT_COMPLAINTS = triggerText(
  'on: UsageRecorded\n    when: crossed(failed_calls_7d, 5)',
  'on: ComplaintFiled\n    when: crossed(failed_calls_7d, 3)',
);

const complaint = (world: CustomerWorld, atMs: number) =>
  world.event('ComplaintFiled', atMs, { complaintId: 'c-1', topic: 'network' });

const failCalls = (world: CustomerWorld, calls: number, fromMs: number, fields = {}) => {
  for (let i = 0; i < calls; i++) world.tell(world.usage(fromMs + i * HOUR_MS, { failed: true, ...fields }));
};

describe('a published policy', () => {
  it('decides what comes after it, under its name', () => {
    const world = customer();
    failCalls(world, 5, PUBLISHED - 6 * HOUR_MS);
    world.publish(OTHER_TEXT, PUBLISHED);
    world.tell(
      world.event('SuspensionRequested', PUBLISHED + HOUR_MS, {
        subscriptionId: 'line-1',
        requestId: 'r',
        channel: 'online',
        reason: '',
        effectiveAt: null,
      }),
    );
    expect(world.decisions.map(({ trigger, policyVersion }) => [trigger, policyVersion])).toEqual([
      ['failed_calls', POLICY.version],
      ['suspension_requested', publishedPack(OTHER_TEXT).name],
    ]);
  });

  it('that is in force already changes nothing, and one that cannot be compiled is refused with what is wrong', () => {
    const world = customer();
    expect(world.publish(THREE_FAILED, PUBLISHED).kind).toBe('taken');
    expect(world.publish(THREE_FAILED, PUBLISHED + 1)).toEqual({ kind: 'unchanged' });
    const { configuration } = topologyOf(POLICY);
    const broken = { name: 'sha256:x', text: Buffer.from('{"a.yaml":"triggers: { x: 7 }"}').toString('base64') };
    expect(configuration?.take(broken, undefined, NOWHERE)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('a.yaml:1'),
    });
  });

  it.each([
    ['another wait for a silence', QUIET_IN_FIVE_DAYS, true],
    ['another level of a latch', THREE_FAILED, false],
    ['another text', OTHER_TEXT, false],
    ['another time for which it may be noticed', triggerText('freshness: 3d', 'freshness: 4d'), true],
    ['a condition asked when the silence is due', triggerText('when: "!suspended"', 'when: "suspended"'), false],
  ])('with %s has the index of timers judged again where it must', (_, changes, isDueChanged) => {
    expect(customer().publish(changes, PUBLISHED)).toMatchObject({ kind: 'taken', isDueChanged });
  });

  it('is compiled once for all shards, opened again from what one of them kept, and refused once too', () => {
    let opened = 0;
    const topology = createCustomerTopology({
      policy: POLICY,
      encodeDecision: () => Buffer.alloc(0),
      decodeRecord: () => ({ kind: 'poison', code: 'x', message: 'x' }),
      openPolicy(files) {
        opened += 1;
        return openFiles(files);
      },
    });
    const { configuration } = topology;
    const brought = publishedPack(THREE_FAILED);
    const taken = configuration?.take(brought, undefined, NOWHERE);
    if (taken?.kind !== 'taken') throw new Error('it was not taken');
    expect(configuration?.take(brought, undefined, { ...NOWHERE, atMs: START + 1 }).kind).toBe('taken');
    expect(configuration?.open(taken.kept).kind).toBe('opened');
    expect(taken.rules.due(topology.create('c'))).toEqual({});
    expect(opened).toBe(1);
    const broken = { name: 'sha256:x', text: '' };
    for (let shard = 0; shard < 3; shard++)
      expect(configuration?.take(broken, undefined, NOWHERE).kind).toBe('refused');
    expect(opened).toBe(2);
    expect(configuration?.open({ ...taken.kept, text: '{"files":"","activations":{}}' }).kind).toBe('refused');
  });
});

describe('a latch that comes into force while customers live', () => {
  it('is shut without firing for one whose value is beyond it already', () => {
    const world = customer();
    failCalls(world, 4, PUBLISHED - 6 * HOUR_MS);
    world.publish(THREE_FAILED, PUBLISHED);
    failCalls(world, 3, PUBLISHED + HOUR_MS);
    expect(triggersOf(world)).toEqual([]);
    const shut = world.state.dealings.read().firings;
    expect(shut).toMatchObject([{ trigger: 'failed_calls', at: PUBLISHED, isLatched: true }]);
  });

  it('fires for one who crosses it after that', () => {
    const world = customer();
    failCalls(world, 2, PUBLISHED - 6 * HOUR_MS);
    world.publish(THREE_FAILED, PUBLISHED);
    failCalls(world, 1, PUBLISHED + HOUR_MS);
    expect(triggersOf(world)).toEqual(['failed_calls']);
  });

  it('is judged as of the time it came into force, however late the customer is touched', () => {
    const world = customer();
    failCalls(world, 4, PUBLISHED - 6 * HOUR_MS);
    world.publish(THREE_FAILED, PUBLISHED + 20 * DAY_MS);
    failCalls(world, 3, PUBLISHED + 40 * DAY_MS);
    expect(triggersOf(world)).toEqual(['failed_calls']);
  });

  it('fires once the value has come back below the re-arm level, even on the occasion it was shut on', () => {
    const world = customer();
    failCalls(world, 4, PUBLISHED - 6 * HOUR_MS);
    world.publish(THREE_FAILED, PUBLISHED);
    world.tell(world.usage(PUBLISHED + HOUR_MS));
    world.tell(world.usage(PUBLISHED + 9 * DAY_MS));
    failCalls(world, 3, PUBLISHED + 9 * DAY_MS + HOUR_MS);
    expect(triggersOf(world)).toEqual(['failed_calls']);
    expect(world.state.dealings.read().firings.map(({ occasion }) => occasion)).not.toContainEqual(
      expect.stringContaining('primed'),
    );
  });

  it('of an occasion that is a cycle is shut for this one, and open in the next', () => {
    const world = customer();
    const half = triggerText('crossed(data_share_used, 0.8)', 'crossed(data_share_used, 0.5)');
    const data = (mb: number, atMs: number) => world.tell(world.usage(atMs, { kind: 'DATA', quantityMb: mb }));
    data(6_000, PUBLISHED - HOUR_MS);
    world.publish(half, PUBLISHED);
    data(500, PUBLISHED + HOUR_MS);
    expect(triggersOf(world)).toEqual([]);
    data(6_000, PUBLISHED + 20 * DAY_MS);
    expect(triggersOf(world)).toEqual(['bundle_running_out']);
  });

  it('keeps the time at which it came into force through policies that leave it as it is', () => {
    const world = customer();
    const first = world.publish(THREE_FAILED, PUBLISHED);
    failCalls(world, 2, PUBLISHED - 6 * HOUR_MS);
    const both: PackChanges = {
      'triggers.yaml': (text) => OTHER_TEXT['triggers.yaml']?.(THREE_FAILED['triggers.yaml']?.(text) ?? '') ?? '',
    };
    const second = world.publish(both, PUBLISHED + DAY_MS);
    expect(activationsIn(second)).toEqual(activationsIn(first));
    expect(Object.keys(activationsIn(first))).toEqual(['failed_calls']);
    const third = world.publish({}, PUBLISHED + 2 * DAY_MS);
    expect(activationsIn(third)).toMatchObject({ failed_calls: { atMs: PUBLISHED + 2 * DAY_MS } });
  });

  it('is judged before any event of the customer, of whatever type', () => {
    const world = customer();
    failCalls(world, 4, PUBLISHED - 6 * HOUR_MS);
    world.publish(AT_COMPLAINTS, PUBLISHED);
    world.tell(world.usage(PUBLISHED + HOUR_MS));
    world.tell(complaint(world, PUBLISHED + 2 * HOUR_MS));
    expect(triggersOf(world)).toEqual([]);
    expect(world.state.dealings.read().firings).toMatchObject([{ trigger: 'failed_calls', at: PUBLISHED }]);
  });

  it('fires at the type it waits for when others took it over the level since', () => {
    const world = customer();
    failCalls(world, 2, PUBLISHED - 6 * HOUR_MS);
    world.publish(AT_COMPLAINTS, PUBLISHED);
    failCalls(world, 2, PUBLISHED + HOUR_MS);
    world.tell(complaint(world, PUBLISHED + 4 * HOUR_MS));
    expect(triggersOf(world)).toEqual(['failed_calls']);
  });

  it('counts as changed with the feature it looks at', () => {
    const longer = {
      'features.yaml': (text: string) =>
        text.replace('        window: 7d,', '        window: 14d,').replace('      window: 7d,', '      window: 14d,'),
    };
    expect(Object.keys(activationsIn(customer().publish(longer, PUBLISHED)))).toEqual(['failed_calls']);
  });

  it('measures a feed that replays recorded history by how far it had come', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    const source = 'recorded:cdr';
    world.reach(`${source}|UsageRecorded`, PUBLISHED);
    world.tell(world.activated(START - 60 * DAY_MS));
    for (let day = 0; day < 10; day++) world.tell(world.usage(START + day * DAY_MS, { source }));
    failCalls(world, 4, PUBLISHED - 6 * HOUR_MS, { source });
    world.publish(THREE_FAILED, PUBLISHED + 900 * DAY_MS);
    failCalls(world, 2, PUBLISHED + HOUR_MS, { source });
    expect(triggersOf(world)).toEqual([]);
  });
});

describe('a silence', () => {
  it('is none that seems so because nobody waited for the type in between: it begins with the next event', () => {
    const world = customer();
    world.publish(NO_ABSENCE, PUBLISHED);
    world.tell(world.usage(PUBLISHED + DAY_MS));
    world.publish({}, PUBLISHED + 2 * DAY_MS);
    world.fire(PUBLISHED + 9 * DAY_MS);
    expect(triggersOf(world)).toEqual([]);
    world.tell(world.usage(PUBLISHED + 10 * DAY_MS));
    world.fire(PUBLISHED + 17 * DAY_MS);
    expect(triggersOf(world)).toEqual(['gone_quiet']);
  });

  it('goes on through a policy that does not wait for it, of whom nothing happened to meanwhile', () => {
    const world = customer();
    world.publish(NO_ABSENCE, PUBLISHED);
    world.publish({}, PUBLISHED + 2 * DAY_MS);
    world.fire(PUBLISHED + 6.5 * DAY_MS);
    expect(triggersOf(world)).toEqual(['gone_quiet']);
  });

  it('of a type nobody ever waited for begins with the next event of it', () => {
    const world = createCustomerWorld(compilePack(NO_ABSENCE), 'customer-1');
    world.tell(world.usage(START));
    world.publish({}, START + DAY_MS);
    world.fire(START + 30 * DAY_MS);
    expect(triggersOf(world)).toEqual([]);
    world.tell(world.usage(START + 31 * DAY_MS));
    world.fire(START + 38 * DAY_MS);
    expect(triggersOf(world)).toEqual(['gone_quiet']);
  });

  it('that is over for long when the policy comes that waits for it is closed, and nobody is called', () => {
    const world = customer();
    world.publish(QUIET_IN_FIVE_DAYS, PUBLISHED + 30 * DAY_MS);
    world.fire(PUBLISHED + 30 * DAY_MS);
    expect(triggersOf(world)).toEqual([]);
    expect(world.state.dealings.read().firings).toHaveLength(1);
  });
});

describe('a control record', () => {
  const topology = topologyOf(POLICY);
  const record = (kind: string | undefined, value: Buffer | null, topic = CONTROL_TOPIC) => ({
    topic,
    partition: 0,
    offset: 7,
    appendTime: START,
    key: null,
    value,
    headers: kind === undefined ? {} : { 'holdfast-kind': Buffer.from(kind) },
  });
  const files = Buffer.from('files');
  const activated = encodeRecord({
    type: 'PolicyActivated',
    eventId: 'p-1',
    source: 'holdfast',
    occurredAt: START,
    version: 'sha256:1',
    files,
  });

  it('of a policy is a configuration by its version', () => {
    expect(topology.decode(record('policy', activated))).toEqual({
      kind: 'configuration',
      name: 'sha256:1',
      text: files.toString('base64'),
    } satisfies { kind: string } & Configuration);
  });

  it.each([
    ['another record under the header of a policy', record('policy', encodeRecord(aBeat()))],
    ['a policy among business events', record(undefined, activated, INPUT_TOPICS.usage)],
    ['no policy at all', record('policy', Buffer.from('x'))],
  ])('that is %s is poison', (_, wrong) => {
    expect(topology.decode(wrong)).toMatchObject({ kind: 'poison' });
  });

  it('of a kind that is not known is passed over', () => {
    expect(topology.decode(record('budget', Buffer.from('x')))).toEqual({ kind: 'shard' });
  });
});

function aBeat() {
  const world = createCustomerWorld(POLICY, 'c');
  return world.event('FeedHeartbeat', START, { feedType: FEED });
}

function activationsIn(taken: ReturnType<CustomerWorld['publish']>): Record<string, unknown> {
  if (taken.kind !== 'taken') throw new Error(`the policy was ${taken.kind}`);
  return (JSON.parse(taken.kept.text) as { activations: Record<string, unknown> }).activations;
}
