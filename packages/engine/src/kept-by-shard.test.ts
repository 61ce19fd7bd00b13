import {
  createTallyTopology,
  type EngineWorld,
  TALLY_ANSWERS,
  type TallyEvent,
  tallySetting,
  tallyTold,
  WORLD_START_MS,
} from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { deadLetters, served, world } from '../test/served-world.ts';

const SHARD = { topology: 'tally', partition: 0 };
const HOUR_MS = 3_600_000;
const ONE = { name: 'n', by: 1 };

const keptIn = async ({ store }: EngineWorld) => {
  const { tallies, settings } = (await store.readMeta(SHARD)) ?? {};
  return { tallies, settings };
};
const seen = async (w: EngineWorld, customerId = 'alice') => (await w.state(customerId))?.seen;
const set = ({ broker }: EngineWorld, name: string, text: string) => broker.append('in.b', 0, tallySetting(name, text));
const tell = ({ broker, clock }: EngineWorld, event: Partial<TallyEvent> & { readonly id: string }) =>
  broker.append('in.b', 0, tallyTold({ customerId: 'nobody', occurredAt: clock.now(), ...event }));
/** What the shard said to what it was told. */
const answers = ({ broker }: EngineWorld) =>
  broker.records(TALLY_ANSWERS, 0).map(({ value }) => (JSON.parse(String(value)) as TallyEvent).id);

describe('a number of the shard', () => {
  it('is seen by the next step, of whomever, in the same batch', async () => {
    const w = world({ partitions: 1 });
    for (const customerId of ['alice', 'bob', 'alice']) w.send({ id: 'e', customerId, count: ONE });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    expect([await seen(w, 'alice'), await seen(w, 'bob')]).toEqual([
      ['e', 'n=0', 'e', 'n=2'],
      ['e', 'n=1'],
    ]);
    expect(await keptIn(w)).toEqual({ tallies: { n: { value: 3 } } });
    expect(w.cleanFold().get('alice')).toEqual(await w.state('alice'));
  });

  it('counts nothing of a record that was set aside because the rules threw', async () => {
    const w = world({ partitions: 1 });
    w.send({ id: '1', count: ONE });
    w.send({ id: '2', customerId: 'bob', count: ONE, bomb: true });
    w.send({ id: '3', count: ONE });
    w.send({ id: '4', count: { name: 'n', by: 0.5 } });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    expect(deadLetters(w)).toEqual(['step-failed', 'step-failed']);
    expect(await seen(w)).toEqual(['1', 'n=0', '3', 'n=1']);
    expect(await keptIn(w)).toEqual({ tallies: { n: { value: 2 } } });
  });

  it('is the same for whoever claims the shard next, also where commits were lost', async () => {
    let commits = 0;
    const w = await served({
      store: {
        fault({ operation }) {
          if (operation !== 'commit') return undefined;
          commits += 1;
          if (commits % 5 === 3) return { kind: 'lost-request' };
          return commits % 5 === 4 ? { kind: 'lost-reply' } : undefined;
        },
      },
    });
    await w.worker('w2');
    for (let i = 0; i < 20; i++) {
      w.send({ id: `${i}`, customerId: i % 2 ? 'alice' : 'bob', count: { name: `n${i % 3}`, by: i - 8 } });
      if (i % 6 === 5) w.broker.assign(i % 4 === 1 ? { w1: [], w2: [0] } : { w1: [0], w2: [] });
      await w.clock.advance(400);
    }
    await w.settle(300_000);
    expect((await keptIn(w)).tallies).toEqual(w.cleanMemory(0).tallies(w.clock.now()));
    const clean = w.cleanFold();
    for (const id of ['alice', 'bob']) expect(await w.state(id)).toEqual(clean.get(id));
  });

  it('goes back with the states when the store does, and is counted again from there', async () => {
    const w = await served();
    w.send({ id: '1', count: ONE });
    await w.settle();
    const backup = w.store.snapshot();
    w.send({ id: '2', count: { name: 'n', by: 4 } });
    await w.settle();
    w.store.restore(backup);
    await w.settle();
    expect(await keptIn(w)).toEqual({ tallies: { n: { value: 5 } } });
    expect(await seen(w)).toEqual(['1', 'n=0', '2', 'n=1']);
  });

  it('counts no longer once its time is over', async () => {
    const w = await served();
    const slot = { name: 'slot', by: 1, untilMs: WORLD_START_MS + 10_000 };
    w.send({ id: '1', count: slot });
    await w.settle();
    await w.clock.advance(slot.untilMs - 1 - w.clock.now());
    w.send({ id: '2', count: slot });
    await w.clock.advance(1);
    w.send({ id: '3', count: slot });
    await w.settle();
    expect(await seen(w)).toEqual(['1', 'slot=0', '2', 'slot=1', '3', 'slot=0']);
    expect(await keptIn(w)).toEqual({ tallies: { slot: { value: 3, untilMs: slot.untilMs } } });
  });

  it('is forgotten when the stream is an hour beyond its time', async () => {
    const w = await served();
    w.send({ id: '1', count: { name: 'slot', by: 1, untilMs: WORLD_START_MS - HOUR_MS + 10_000 } });
    await w.clock.advance(9_000);
    w.send({ id: '2' });
    await w.settle();
    expect(Object.keys((await keptIn(w)).tallies ?? {})).toEqual(['slot']);
    await w.clock.advance(2_000);
    w.send({ id: '3' });
    await w.settle();
    expect(await keptIn(w)).toEqual({});
  });
});

describe('a setting', () => {
  it('is seen by every step after its record, in the same batch too, and by none before it', async () => {
    const w = world({ partitions: 1 });
    for (const text of ['one', 'two']) {
      w.send({ id: `before ${text}`, ask: 's' });
      await w.clock.advance(10);
      set(w, 's', text);
      await w.clock.advance(10);
    }
    w.send({ id: 'last', ask: 's' });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    expect(await seen(w)).toEqual(['before one', 's:', 'before two', 's:one', 'last', 's:two']);
    expect(w.cleanFold().get('alice')).toEqual(await w.state('alice'));
    expect(w.store.journal(SHARD)).toHaveLength(1);
  });

  it('is there for whoever claims the shard later', async () => {
    const w = await served();
    set(w, 's', 'kept');
    await w.settle();
    await w.worker('w2');
    w.broker.assign({ w1: [], w2: [0] });
    await w.clock.advance(5_000);
    w.send({ id: '1', ask: 's' });
    await w.settle();
    expect(await seen(w)).toEqual(['1', 's:kept']);
  });

  it('that is too many is a dead letter, and those before stay', async () => {
    const w = await served();
    for (let i = 0; i < 17; i++) set(w, `s${i}`, `${i}`);
    set(w, 's0', 'anew');
    await w.settle();
    expect(deadLetters(w)).toEqual(['too-many-settings']);
    const { settings } = await keptIn(w);
    expect([Object.keys(settings ?? {}).length, settings?.s0]).toEqual([16, 'anew']);
  });
});

describe('what a record tells the shard itself', () => {
  it('changes its numbers in its place, and its answer leaves once it is committed', async () => {
    const w = world({ partitions: 1 });
    w.send({ id: '1', count: ONE });
    await w.clock.advance(10);
    tell(w, { id: 't', count: { name: 'n', by: 5 }, ask: 's' });
    await w.clock.advance(10);
    w.send({ id: '2', count: ONE });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    expect(await seen(w)).toEqual(['1', 'n=0', '2', 'n=6']);
    expect(answers(w)).toEqual(['answer t: n=1 s:']);
    expect(w.store.kpis(SHARD, 'test')).toEqual({ told: 1 });
    expect((await keptIn(w)).tallies).toEqual(w.cleanMemory(0).tallies(w.clock.now()));
  });

  it('moves its feed, and is set aside where it comes from too far ahead', async () => {
    const w = await served();
    tell(w, { id: 't' });
    tell(w, { id: 'ahead', count: ONE, occurredAt: w.clock.now() + 400_000 });
    await w.settle();
    expect(deadLetters(w)).toEqual(['future']);
    expect((await w.store.readMeta(SHARD))?.watermarks).toEqual({ 'test|Tally': WORLD_START_MS });
    expect(await keptIn(w)).toEqual({});
  });

  it('is set aside where the rules throw, with nothing of it counted', async () => {
    const w = world({ partitions: 1 });
    tell(w, { id: 't1', count: ONE });
    tell(w, { id: 't2', count: ONE, bomb: true });
    w.send({ id: '1', count: ONE });
    await w.worker('w1');
    w.broker.assign({ w1: [0] });
    await w.settle();
    expect(deadLetters(w)).toEqual(['step-failed']);
    expect(answers(w)).toEqual(['answer t1: n=1']);
    expect(await keptIn(w)).toEqual({ tallies: { n: { value: 2 } } });
  });

  it('is set aside with what the rules say where they do not believe it', async () => {
    const w = await served();
    tell(w, { id: 't1', customerId: 'foreign', count: ONE });
    tell(w, { id: 't2', count: ONE });
    await w.settle();
    expect(deadLetters(w)).toEqual(['foreign']);
    expect([answers(w), await keptIn(w)]).toEqual([['answer t2: n=0'], { tallies: { n: { value: 1 } } }]);
  });

  it('is set aside unread when it ends worker after worker', async () => {
    const w = world({ partitions: 1 });
    tell(w, { id: 't', count: ONE });
    const rules = createTallyTopology();
    const dyingBefore = (next: string): typeof rules => ({
      ...rules,
      stepShard(event, context) {
        w.store.disconnectAll();
        w.broker.assign({ [next]: [0] });
        return rules.stepShard?.(event, context) ?? { outbox: [], kpis: [], history: [], outcome: '' };
      },
    });
    for (let i = 0; i < 8; i++) await w.worker(`w${i}`, dyingBefore(`w${i + 1}`));
    w.broker.assign({ w0: [0] });
    await w.settle();
    expect(deadLetters(w)).toEqual(['quarantined']);
    expect([answers(w), await keptIn(w)]).toEqual([[], {}]);
  });
});
