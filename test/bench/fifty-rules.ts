import { createDecoder, createEncoder, schemaTable } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createCustomerTopology } from '@holdfast/telecom';

/** Customers under the fifty rules without a registry: schemas have ids of their own, decisions are a hundred bytes. */
export function openFiftyRules() {
  const ids = new Map(schemaTable().map((entry, i) => [entry.record, i + 1]));
  const decoder = createDecoder();
  for (const entry of schemaTable()) decoder.addSchema(ids.get(entry.record) ?? 0, JSON.stringify(entry.schema));
  const folder = loadPolicyFolder(new URL('policy-50', import.meta.url).pathname);
  if (folder.kind !== 'ok') throw new Error(folder.text);
  const topology = createCustomerTopology({
    policy: folder.policy,
    decodeRecord: (record) => {
      const outcome = decoder.decode(record.value ?? Buffer.of());
      if (outcome.kind === 'unknown-schema') return { kind: 'retry', message: 'the schema was not given' };
      return outcome;
    },
    encodeDecision: () => Buffer.alloc(100),
  });
  return { encoder: createEncoder(Object.fromEntries(ids)), topology };
}
