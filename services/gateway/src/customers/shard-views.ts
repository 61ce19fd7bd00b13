import type { ShardStanding } from '@holdfast/decisions';
import type { Configuration, ShardMeta, ShardStore } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { featureDictionary, type OpenedPolicy, packedFilesOf, storedStanding } from '@holdfast/telecom';

/** What a shard knows beyond its customers, as it committed it about a second ago at most. */
export interface ShardView {
  readonly partition: number;
  readonly meta: ShardMeta;
  readonly policy: CompiledPolicy;
  readonly standing: ShardStanding;
}

export interface ShardViewsDeps {
  readonly store: Pick<ShardStore, 'readMeta'>;
  /** Holds where a shard was published none. */
  readonly firstPolicy: CompiledPolicy;
  openPolicy(files: Buffer, version: string): OpenedPolicy;
  nowMs(): number;
}

export interface ShardViews {
  /**
   * Rejects where the shard cannot be looked at; the message says why. What was looked at a second ago is answered, and looked
   * at anew beside it.
   */
  of(partition: number): ShardView | Promise<ShardView>;
  /** The same, looked at after the call. */
  anew(partition: number): Promise<ShardView>;
}

const FRESH_MS = 1_000;
/** Shards grow old at times of their own, so that they are not all read in the same moment. */
const SPREAD_MS = 300;
const SPREAD_OVER = 16;
/** Older than this nothing is answered from: whoever asks waits. */
const STALE_MS = 10_000;

interface Held {
  view: ShardView | undefined;
  seenAtMs: number;
  looking: Promise<ShardView> | undefined;
}

/** Metas and compiled policies of shards, each kept for a second. */
export function createShardViews(deps: ShardViewsDeps): ShardViews {
  const held = new Map<number, Held>();
  const policies = createPolicies(deps);

  async function look(partition: number): Promise<ShardView> {
    const meta = await deps.store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition });
    if (meta === null) throw new Error('the shard store is not initialised; run holdfast init');
    const policy = policies.of(meta.configuration, partition);
    featureDictionary(policy).learn(meta.dictionary ?? {});
    const standing = storedStanding(meta, { partition, policy, nowMs: deps.nowMs() });
    return { partition, meta, policy, standing };
  }

  function lookInto(entry: Held, partition: number): Promise<ShardView> {
    const startedAtMs = deps.nowMs();
    const looking = look(partition)
      .then((view) => {
        entry.view = view;
        entry.seenAtMs = startedAtMs;
        return view;
      })
      .finally(() => {
        if (entry.looking === looking) entry.looking = undefined;
      });
    entry.looking = looking;
    return looking;
  }

  function entryOf(partition: number): Held {
    const known = held.get(partition);
    if (known !== undefined) return known;
    const entry = { view: undefined, seenAtMs: 0, looking: undefined };
    held.set(partition, entry);
    return entry;
  }

  return {
    of(partition) {
      const entry = entryOf(partition);
      const ageMs = deps.nowMs() - entry.seenAtMs;
      const freshMs = FRESH_MS - SPREAD_MS * ((partition % SPREAD_OVER) / SPREAD_OVER);
      if (entry.view !== undefined && ageMs < freshMs) return entry.view;
      const looking = entry.looking ?? lookInto(entry, partition);
      if (entry.view === undefined || ageMs > STALE_MS) return looking;
      // Whoever asks once it is too old to answer from is told of the failure.
      looking.catch(() => undefined);
      return entry.view;
    },
    anew: (partition) => lookInto(entryOf(partition), partition),
  };
}

interface Policies {
  of(configuration: Configuration | undefined, partition: number): CompiledPolicy;
}

/** Policies in force, each compiled once. Those that no shard works by any more are let go. */
function createPolicies({ firstPolicy, openPolicy }: ShardViewsDeps): Policies {
  const opened = new Map<string, OpenedPolicy>();
  const inForce = new Map<number, string>();
  return {
    of(configuration, partition) {
      if (configuration === undefined) return firstPolicy;
      const { name } = configuration;
      let answer = opened.get(name);
      if (answer === undefined) {
        answer = openPolicy(packedFilesOf(configuration), name);
        opened.set(name, answer);
      }
      if (inForce.get(partition) !== name) {
        inForce.set(partition, name);
        const used = new Set(inForce.values());
        for (const version of opened.keys()) if (!used.has(version)) opened.delete(version);
      }
      if (answer.kind === 'opened') return answer.policy;
      throw new Error(`policy ${name} is in force and cannot be used by this release: ${answer.message}`);
    },
  };
}
