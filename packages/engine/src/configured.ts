import type { PreparedRecord } from './batch.ts';
import type { ConfigurationStanding } from './configuration.ts';
import type { Commit, ShardMeta } from './ports/store.ts';
import type { Rules, Topology } from './topology.ts';
import type { Watermarks } from './watermarks.ts';

/** What a commit writes when a configuration record was at its end. */
export type ConfigurationPart = Pick<Commit, 'configuration' | 'refused' | 'refusals' | 'isSweepDue'>;

/** Of why a configuration was refused: it is kept with the shard and told everywhere, characters. */
const LONGEST_MESSAGE = 1_000;
/** An operator publishes a policy that no worker can read a few times at most before he looks. */
const MOST_REFUSALS = 32;
const REFUSED_THEN =
  'it was refused when the shard came to it; what a later release can take comes with a record of its own';

/** The configuration in force in one claim, and its rules. */
export interface Configured<S, E> {
  rules(): Rules<S, E>;
  /**
   * Takes the configuration that the last record of the batch brought, if it did. Its rules hold for the next batch; the
   * answer goes with the commit of this one. Undefined when there is nothing to write.
   */
  take(last: PreparedRecord<E> | undefined, watermarks: Watermarks): ConfigurationPart | undefined;
  /** Dictionary entries that the shard lacks; they go with the first commit. Undefined when it has all. */
  unwritten(): Readonly<Record<string, string>> | undefined;
  /** A commit went through, with what was unwritten. Answers whether the rules are others from here on. */
  settle(): boolean;
  /** The index of timers was gone through. */
  swept(): void;
  standing(): ConfigurationStanding;
}

/** What is in force as `meta` has it. Throws where this release cannot work by it: that is looked at before a claim. */
export function createConfigured<S, E>(meta: ShardMeta, topology: Topology<S, E>): Configured<S, E> {
  const known: Record<string, string> = { ...meta.dictionary };
  let inForce = meta.configuration;
  let rules: Rules<S, E> = openRules(topology, meta);
  let next: Rules<S, E> | undefined;
  let refused = meta.refused;
  let refusals = meta.refusals ?? [];
  let isSweeping = meta.isSweepDue ?? false;
  let lacking = learn(rules, known);

  return {
    rules: () => rules,
    take(last, watermarks) {
      if (last?.decoded.kind !== 'configuration' || last.fault || !topology.configuration) return undefined;
      const { name, text } = last.decoded;
      const { appendTime: atMs } = last.record;
      if (refusals.some((refusal) => refusal.name === name && refusal.atMs === atMs)) {
        refused = { name, message: REFUSED_THEN, atMs };
        return { refused };
      }
      const taken = topology.configuration.take({ name, text }, inForce, { atMs, watermarks: watermarks.all() });
      if (taken.kind === 'refused') {
        refused = { name, message: taken.message.slice(0, LONGEST_MESSAGE), atMs };
        refusals = [...refusals, { name, atMs }].slice(-MOST_REFUSALS);
        return { refused, refusals };
      }
      const wasRefused = refused !== undefined;
      refused = undefined;
      if (taken.kind === 'unchanged') return wasRefused ? { refused: null } : undefined;
      inForce = taken.kept;
      next = taken.rules;
      lacking = { ...lacking, ...learn(next, { ...known, ...lacking }) };
      isSweeping ||= taken.isDueChanged;
      return {
        configuration: inForce,
        ...(wasRefused ? { refused: null } : {}),
        ...(taken.isDueChanged ? { isSweepDue: true } : {}),
      };
    },
    unwritten: () => (Object.keys(lacking).length > 0 ? lacking : undefined),
    settle() {
      Object.assign(known, lacking);
      lacking = {};
      if (!next) return false;
      rules = next;
      next = undefined;
      return true;
    },
    swept() {
      isSweeping = false;
    },
    standing: () => ({ name: inForce?.name, refused, isSweeping }),
  };
}

function openRules<S, E>(topology: Topology<S, E>, { configuration }: ShardMeta): Rules<S, E> {
  if (!configuration) return topology;
  const opened = topology.configuration?.open(configuration);
  if (opened?.kind === 'opened') return opened.rules;
  throw new Error(`configuration ${configuration.name}: ${opened?.message ?? 'this topology takes none'}`);
}

/** What states refer to is learnt; answers what the shard's dictionary lacks of what these rules will refer to. */
function learn<S, E>({ dictionary }: Rules<S, E>, known: Readonly<Record<string, string>>): Record<string, string> {
  dictionary?.learn(known);
  const entries = Object.entries(dictionary?.entries ?? {});
  return Object.fromEntries(entries.filter(([name]) => !Object.hasOwn(known, name)));
}
