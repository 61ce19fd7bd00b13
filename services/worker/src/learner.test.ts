import type { ProducedMessage, ShardMeta } from '@holdfast/engine';
import { CONTROL_TOPIC, type PropensitiesLearned } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { keptPropensities, LEARNING_KPI, learningCell, PROPENSITIES } from '@holdfast/telecom';
import { expect, it } from 'vitest';
import { createLearner, type RoundOutcome } from './learner.ts';

const folder = loadPolicyFolder();
if (folder.kind === 'invalid') throw new Error(folder.text);
const { policy } = folder;
/** The day on which the contacts below can be answered no more, and have lost nothing of their weight. */
const NOW = Date.UTC(2026, 5, 3);
const EVERY_MS = 300_000;
const PARTITIONS = 3;

interface Installation {
  readonly kept: (string | undefined)[];
  readonly produced: { readonly partition: number; readonly message: ProducedMessage }[];
  readonly outcomes: RoundOutcome[];
  isOurs: boolean;
  /** Of the log, at the partition. */
  fails: number | undefined;
  /** Lets the time pass to the next round, and waits for its end. */
  round(): Promise<RoundOutcome | undefined>;
  close(): Promise<void>;
  readonly waits: () => boolean;
}

/** Each shard has counted ten contacts of an offer, none of which was accepted. */
function installation(everyMs = EVERY_MS): Installation {
  const counted = { day: '2026-06-01', offer: 'save_plan', segment: 'other', what: 'treated' } as const;
  const rings: (() => void)[] = [];
  const ended: ((outcome: RoundOutcome) => void)[] = [];
  const encoded = new Map<Buffer, PropensitiesLearned>();
  const world: Omit<Installation, 'close'> = {
    kept: Array.from({ length: PARTITIONS }, () => undefined),
    ...{ produced: [], outcomes: [], isOurs: true, fails: undefined },
    async round() {
      const { promise, resolve } = Promise.withResolvers<RoundOutcome>();
      ended.push(resolve);
      rings.shift()?.();
      return promise;
    },
    waits: () => rings.length > 0,
  };
  const learner = createLearner(
    {
      policy,
      store: {
        readMeta: async ({ partition }) => metaOf(world.kept[partition]),
        readKpis: async (_, campaign) => (campaign === LEARNING_KPI ? { [learningCell(counted)]: 10 } : {}),
      },
      output: {
        async produce(topic, partition, [message]) {
          if (partition === world.fails) throw new Error('the broker is away');
          if (topic !== CONTROL_TOPIC || !message?.value) throw new Error(`${topic} gets nothing from here`);
          world.produced.push({ partition, message });
          world.kept[partition] = keptPropensities(encoded.get(message.value)?.posteriors ?? []);
          return { baseOffset: 0 };
        },
      },
      encode(record) {
        const value = Buffer.from(record.eventId);
        encoded.set(value, record);
        return value;
      },
      isOurs: () => world.isOurs,
      clock: {
        now: () => NOW,
        alarm(_, ring) {
          rings.push(ring);
          return () => rings.splice(rings.indexOf(ring), 1);
        },
      },
      observer: {
        round(outcome) {
          world.outcomes.push(outcome);
          ended.shift()?.(outcome);
        },
      },
    },
    { everyMs, partitionCount: PARTITIONS },
  );
  return Object.assign(world, { close: learner.close });
}

function metaOf(kept: string | undefined): ShardMeta {
  const position = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
  return {
    ...{ version: 1, minCodec: 1, clusterId: 'c', partitionCount: PARTITIONS, inputs: {}, relay: position },
    ...{ watermarks: {}, attempts: 0 },
    ...(kept === undefined ? {} : { settings: { [PROPENSITIES]: kept } }),
  };
}

it('every shard is told once what all together have counted', async () => {
  const world = installation();
  expect(await world.round()).toEqual({ kind: 'told', posteriors: 1 });
  expect(world.produced.map(({ partition }) => partition)).toEqual([0, 1, 2]);
  const stated = policy.offers.get('save_plan')?.propensity ?? 0;
  const { priorStrength } = policy.learning;
  const alpha = stated * priorStrength;
  const beta = priorStrength - alpha + 10 * PARTITIONS;
  expect(world.kept[2]).toBe(keptPropensities([{ offer: 'save_plan', segment: 'other', alpha, beta }]));
  expect(await world.round()).toEqual({ kind: 'no-news', posteriors: 1 });
  expect(world.produced).toHaveLength(PARTITIONS);
});

it('a shard that missed the record is told in the next round', async () => {
  const world = installation();
  world.fails = 1;
  expect(await world.round()).toMatchObject({ kind: 'failed' });
  expect(world.kept.map((text) => text !== undefined)).toEqual([true, false, false]);
  world.fails = undefined;
  expect(await world.round()).toMatchObject({ kind: 'told' });
  expect(new Set(world.kept).size).toBe(1);
});

it('only the worker of partition 0 learns, and it takes up learning when it gets it', async () => {
  const world = installation();
  world.isOurs = false;
  expect(await world.round()).toEqual({ kind: 'not-ours' });
  expect(world.produced).toEqual([]);
  world.isOurs = true;
  expect(await world.round()).toMatchObject({ kind: 'told' });
});

it('nothing is learnt where that is switched off, nor after the end', async () => {
  expect(installation(0).waits()).toBe(false);
  const world = installation();
  await world.close();
  expect(world.waits()).toBe(false);
});
