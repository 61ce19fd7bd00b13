import { createTallyTopology, WORLD_DEAD_LETTERS, WORLD_START_MS } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { deadLetters, served, world } from '../test/served-world.ts';

describe('records that cannot be folded', () => {
  it('go to the dead letters with bytes, key, headers and coordinates, and the stream goes on', async () => {
    const w = await served();
    w.broker.append('in.a', 0, {
      key: Buffer.from('alice'),
      value: Buffer.from('{'),
      headers: { h: Buffer.from('v') },
    });
    w.send({ id: '1' });
    await w.settle();
    const [letter] = w.broker.records(WORLD_DEAD_LETTERS, 0);
    expect(letter?.key?.toString()).toBe('alice');
    expect(letter?.value?.toString()).toBe('{');
    const headers = Object.fromEntries(
      Object.entries(letter?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({
      h: 'v',
      '__connect.errors.topic': 'in.a',
      '__connect.errors.partition': '0',
      '__connect.errors.offset': '1',
      '__connect.errors.exception.class.name': 'not-json',
    });
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });

  it.each([
    ['without a key', 'no-key', { key: null }, {}],
    ['with the key of somebody else', 'key-mismatch', { key: Buffer.from('bob') }, {}],
    ['from more than five minutes ahead', 'future', {}, { occurredAt: WORLD_START_MS + 400_000 }],
    ['whose rules throw', 'step-failed', {}, { bomb: true, amount: 100 }],
  ])('%s are set aside as %s', async (_, code, place, event) => {
    const w = await served();
    w.send({ id: 'good-1', amount: 1 });
    w.send({ id: 'bad', ...event }, place);
    w.send({ id: 'good-2', amount: 1 });
    await w.settle();
    expect(deadLetters(w)).toEqual([code]);
    expect(await w.state('alice')).toMatchObject({ seen: ['good-1', 'good-2'], total: 2 });
  });

  it('five minutes ahead exactly are folded', async () => {
    const w = await served();
    w.send({ id: '1', occurredAt: w.clock.now() + 300_000 });
    await w.settle();
    expect(deadLetters(w)).toEqual([]);
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });

  it('on the wrong partition are re-routed, so that a customer has one profile', async () => {
    const w = world({ partitions: 2 });
    await w.worker('w1');
    w.broker.assign({ w1: [0, 1] });
    for (const partition of [0, 1]) w.send({ id: `${partition}`, amount: 1 }, { partition });
    await w.settle();
    expect(await w.state('alice')).toMatchObject({ total: 2 });
  });

  it('stop the shard when the rules throw for everything', async () => {
    const w = await served({ engine: { maxFailuresInRow: 5 } });
    for (let i = 0; i < 7; i++) w.send({ id: `${i}`, bomb: true });
    await w.clock.until(() => w.stops.length > 0, 'the shard stops');
    expect(w.stops).toEqual([{ partition: 0, reason: 'step-defect' }]);
  });

  it('wait, and are not dead letters, while the schema registry is away', async () => {
    const w = world({ partitions: 1 });
    const rules = createTallyTopology();
    let isAway = true;
    await w.worker('w1', {
      ...rules,
      decode: (record) =>
        isAway && record.offset > 0 ? { kind: 'retry', message: 'registry away' } : rules.decode(record),
    });
    w.broker.assign({ w1: [0] });
    w.send({ id: '1' });
    await w.clock.advance(5_000);
    expect(await w.state('alice')).toBeNull();
    expect(w.troubles).toContain('registry');
    isAway = false;
    await w.settle();
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });

  it.each([
    ['while they are folded', 'step', 5],
    ['while they are decoded', 'decode', 5],
  ] as const)('that end worker after worker %s are met one at a time, and then set aside', async (_, where, most) => {
    const w = world({ partitions: 1 });
    for (const id of ['before-1', 'before-2', 'before-3', 'killer', 'after']) w.send({ id, amount: 1 });
    const rules = createTallyTopology();
    let deaths = 0;
    const dyingBefore = (next: string): typeof rules => ({
      ...rules,
      decode(record) {
        if (where === 'decode' && record.value?.includes('killer')) die(next);
        return rules.decode(record);
      },
      step(state, stimulus, context) {
        if (where === 'step' && stimulus.kind === 'event' && stimulus.event.id === 'killer') die(next);
        return rules.step(state, stimulus, context);
      },
    });
    const die = (next: string) => {
      deaths += 1;
      w.store.disconnectAll();
      w.broker.assign({ [next]: [0] });
    };
    for (let i = 0; i < 8; i++) await w.worker(`w${i}`, dyingBefore(`w${i + 1}`));
    w.broker.assign({ w0: [0] });
    await w.settle();
    expect(deadLetters(w)).toEqual(['quarantined']);
    expect((await w.state('alice'))?.seen).toEqual(['before-1', 'before-2', 'before-3', 'after']);
    expect(deaths).toBe(most);
  });

  it('are not blamed for connections of the store that break', async () => {
    let calls = 0;
    const w = await served({
      store: {
        fault: ({ operation }) => (operation === 'commit' && ++calls < 20 ? { kind: 'lost-request' } : undefined),
      },
    });
    w.send({ id: '1', amount: 1 });
    await w.settle();
    expect(deadLetters(w)).toEqual([]);
    expect((await w.state('alice'))?.seen).toEqual(['1']);
  });
});
