import type { ShardMeta, Topology } from '@holdfast/engine';
import { CONTROL_TOPIC, createEncoder, DECISION_TOPIC, schemaTable } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, erasureWith } from '@holdfast/kafka';
import { openPolicy } from '@holdfast/policy-folder';
import {
  type CustomerEvent,
  type CustomerState,
  createCustomerTopology,
  customerView,
  featureDictionary,
} from '@holdfast/telecom';
import type { Addresses } from '../../addresses.ts';
import { policyInForce } from '../../policy-in-force.ts';
import { compareViews, type StateVerdict } from './state-difference.ts';

/** The rules that workers fold by, from the same policy and the same registry. */
export interface CustomerRules {
  readonly topology: Topology<CustomerState, CustomerEvent>;
  /** Compares two states whose bytes differ, by the policy in force in both. */
  judgeOf(live: ShardMeta, fresh: ShardMeta): (id: string, live: Buffer, fresh: Buffer) => StateVerdict;
  close(): void;
}

/** Throws `StackFailure` when the policy cannot be used. */
export async function openCustomerRules(addresses: Addresses, nowMs: number): Promise<CustomerRules> {
  const policy = policyInForce(undefined, addresses.policyDir);
  const registry = createSchemaRegistry({ url: addresses.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const written = schemaTable().filter(({ topic }) => topic === DECISION_TOPIC || topic === CONTROL_TOPIC);
  const encoder = createEncoder(await registry.idsOf(written));
  const topology = createCustomerTopology({
    policy,
    decodeRecord: (record) => decoder.decode(record.value),
    encodeDecision: (decision) => encoder.encode(decision),
    encodeBudget: (record) => encoder.encode(record),
    openPolicy,
    erasure: erasureWith(addresses.erasureKey),
  });
  const judgeOf: CustomerRules['judgeOf'] = ({ dictionary = {} }, meta) => {
    const rules = rulesOf(topology, meta);
    const inForce = policyInForce(meta.configuration, addresses.policyDir);
    for (const known of [rules.dictionary, featureDictionary(inForce)]) {
      known?.learn(dictionary);
      known?.learn(meta.dictionary ?? {});
    }
    const encoded = (id: string, bytes: Buffer) => rules.encode(rules.read(id, bytes), topology.codecVersion);
    const viewed = (id: string, bytes: Buffer) => {
      const { stateBytes, ...view } = customerView(id, bytes, inForce, nowMs);
      return view;
    };
    return (id, live, fresh) => {
      try {
        // States are rewritten in a new layout as they are touched: that alone is no difference.
        if (encoded(id, live).equals(encoded(id, fresh))) return { kind: 'equal' };
        const verdict = compareViews(viewed(id, live), viewed(id, fresh));
        if (verdict.kind !== 'equal') return verdict;
      } catch (error) {
        return different('a state cannot be read', error instanceof Error ? error.message : String(error));
      }
      return different('what is remembered of events', 'not shown');
    };
  };
  return { topology, judgeOf, close: () => registry.close() };
}

/** Those of the policy that the shard keeps; a rebuild that came so far could work by it. */
function rulesOf(topology: CustomerRules['topology'], { configuration }: ShardMeta) {
  const opened = configuration && topology.configuration?.open(configuration);
  return opened?.kind === 'opened' ? opened.rules : topology;
}

function different(field: string, live: string): StateVerdict {
  return { kind: 'different', fields: [{ field, live, fresh: '' }] };
}
