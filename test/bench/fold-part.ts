import { ENGINE_DEFAULTS, type LogRecord, type ShardSession, type Topology } from '@holdfast/engine';
import { STATE_LAYOUT } from '@holdfast/telecom';
import type { PreparedRecord } from '../../packages/engine/src/batch.ts';
import { createCommitter } from '../../packages/engine/src/committer.ts';
import { createHeldBack } from '../../packages/engine/src/held-back.ts';
import { createPace } from '../../packages/engine/src/pace.ts';

const BATCH = 1_000;
const SHARD = { topology: 'customer', partition: 0 };
const POSITION = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
/** All customers are in the one shard there is: every key belongs to it. */
const OPTIONS = { ...ENGINE_DEFAULTS, partitionCount: 1, deadLetterTopic: 'dead' };

/** A store in memory that believes everything: what is left is the engine. */
function memorySession(states: Map<string, Buffer>): Pick<ShardSession, 'read' | 'commit'> {
  return {
    read: async (ids) => ({ kind: 'ok', states: ids.map((id) => states.get(id) ?? null) }),
    async commit(version, commit) {
      for (const { id, bytes } of commit.states) states.set(id, bytes);
      return { kind: 'ok', version: version + 1, outboxLength: 0 };
    },
  };
}

function committerOf<S, E>(topology: Topology<S, E>, states: Map<string, Buffer>) {
  const meta = {
    version: 0,
    minCodec: STATE_LAYOUT,
    clusterId: 'bench',
    partitionCount: 1,
    inputs: Object.fromEntries(topology.inputs.map((topic) => [topic, POSITION])),
    relay: POSITION,
    watermarks: {},
    attempts: 0,
  };
  const observer = {
    phase: () => undefined,
    committed: () => undefined,
    trouble: (_: unknown, code: string, message: string) => {
      throw new Error(`${code}: ${message}`);
    },
    configured: () => undefined,
    released: () => undefined,
  };
  const session = memorySession(states) as ShardSession;
  return createCommitter(
    meta,
    {
      shard: SHARD,
      topology,
      session,
      observer,
      heldBack: createHeldBack(() => 0, OPTIONS.heldBackRetryMs),
      pace: createPace(() => 0, BATCH),
    },
    OPTIONS,
  );
}

async function foldAll<S, E>(topology: Topology<S, E>, states: Map<string, Buffer>, records: readonly LogRecord[]) {
  const committer = committerOf(topology, states);
  for (let from = 0; from < records.length; from += BATCH) {
    const batch = records.slice(from, from + BATCH);
    await committer.readAhead(batch, []);
    const prepared = batch.map((record) => {
      const decoded = topology.decode(record);
      if (decoded instanceof Promise || decoded.kind === 'retry') throw new Error('a schema is unknown');
      return { record, decoded } satisfies PreparedRecord<E>;
    });
    const nothing = { dues: [], adoptions: new Map(), nowMs: 0, retryFromMs: 0 };
    const outcome = await committer.commit({ ...nothing, records: prepared });
    if (outcome.kind !== 'ok') throw new Error(`the fold ended: ${JSON.stringify(outcome)}`);
  }
}

/** Folds what comes before once; each round then folds the records over the same states with an empty cache. */
export async function foldRounds<S, E>(
  topology: Topology<S, E>,
  before: readonly LogRecord[],
  records: readonly LogRecord[],
): Promise<() => Promise<void>> {
  const states = new Map<string, Buffer>();
  await foldAll(topology, states, before);
  return () => foldAll(topology, new Map(states), records);
}

/** The same records folded into states of one number: what the engine itself takes. */
export function tallyOf<E>(topology: Topology<unknown, E>): Topology<{ count: number }, E> {
  const effects = { outbox: [], kpis: [], history: [], outcome: 'folded' };
  return {
    name: topology.name,
    inputs: topology.inputs,
    decisionTopic: topology.decisionTopic,
    codecVersion: topology.codecVersion,
    decode: topology.decode,
    create: () => ({ count: 0 }),
    encode(state) {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleLE(state.count);
      return bytes;
    },
    read: (_, bytes) => ({ count: bytes.readDoubleLE() }),
    step(state) {
      state.count += 1;
      return effects;
    },
    due: () => ({}),
  };
}
