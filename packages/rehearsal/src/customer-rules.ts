import type { LogRecord, Topology } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import {
  type CustomerEvent,
  type CustomerState,
  type CustomerTopologyDeps,
  type CustomerTopologyOptions,
  createCustomerTopology,
  type DecodedValue,
} from '@holdfast/telecom';
import type { RehearsalDeps } from './rehearsal.ts';

export interface CustomerRulesDeps {
  readonly policy: CompiledPolicy;
  /** Decodes the value of a record; synchronous once its schema is known. */
  decodeRecord(record: LogRecord): DecodedValue | Promise<DecodedValue>;
  /** Without it erasures are passed over. */
  readonly erasure?: NonNullable<CustomerTopologyDeps['erasure']>;
}

export interface CustomerRules extends RehearsalDeps<CustomerState, CustomerEvent, DecisionMade> {
  readonly topology: Topology<CustomerState, CustomerEvent>;
}

const HANDLE_BYTES = 4;

/** The customer topology for a rehearsal. Nobody reads its decision log: a decision is handed over as it is, a number stands for it. */
export function customerRules(deps: CustomerRulesDeps, options: CustomerTopologyOptions = {}): CustomerRules {
  const made = new Map<number, DecisionMade>();
  let next = 0;

  const encodeDecision = (decision: DecisionMade): Buffer => {
    const handle = Buffer.alloc(HANDLE_BYTES);
    handle.writeUInt32LE(next);
    made.set(next, decision);
    next = (next + 1) >>> 0;
    return handle;
  };

  return {
    // What is rehearsed is asked what lost to what.
    topology: createCustomerTopology({ ...deps, encodeDecision }, { ...options, listsAllCandidates: true }),
    decisionOf({ value }) {
      const handle = value?.readUInt32LE() ?? -1;
      const decision = made.get(handle);
      if (!decision) throw new Error(`decision ${handle} was not made here`);
      // Decisions of a fold that was given up are before it and go with it.
      for (const known of made.keys()) {
        made.delete(known);
        if (known === handle) break;
      }
      return decision;
    },
  };
}
