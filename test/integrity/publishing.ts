import { CONTROL_TOPIC, createEncoder, schemaTable } from '@holdfast/events';
import { createOutputLog, createSchemaRegistry, KIND_HEADER } from '@holdfast/kafka';
import { compilePolicy } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, packPolicyFiles, readPolicyFiles } from '@holdfast/policy-folder';
import { telecomContract } from '@holdfast/telecom';
import { CLIENT_ID, PARTITIONS } from './installation-view.ts';

export interface PublishedPolicy {
  /** As the record says; of files that do not compile too. */
  readonly version: string;
  readonly packed: Buffer;
}

/** The pack of the product with one text replaced in one of its files. */
export function changedPack(file: string, from: string, to: string): PublishedPolicy {
  const files: Record<string, string> = readPolicyFiles(DEFAULT_POLICY_DIR);
  const text = files[file] ?? '';
  if (!text.includes(from)) throw new Error(`${file} of the pack has no ${from}`);
  files[file] = text.replace(from, to);
  const packed = packPolicyFiles(files);
  if (packed.kind === 'invalid') throw new Error(packed.message);
  const compiled = compilePolicy(files, telecomContract());
  return { version: compiled.kind === 'ok' ? compiled.policy.version : 'sha256:broken', packed: packed.bytes };
}

/** Appends the record that puts a policy into force to every partition of the control topic. */
export async function publish(
  stack: { readonly brokers: readonly string[]; readonly registryUrl: string },
  { version, packed }: PublishedPolicy,
): Promise<void> {
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const control = schemaTable().filter(({ topic }) => topic === CONTROL_TOPIC);
  const encoder = createEncoder(await registry.idsOf(control));
  const nowMs = Date.now();
  const record = { type: 'PolicyActivated', source: CLIENT_ID, occurredAt: nowMs, version, files: packed } as const;
  const value = encoder.encode({ ...record, eventId: `${version} ${nowMs}` });
  const message = { key: null, value, headers: { [KIND_HEADER]: Buffer.from('policy') } };
  const output = createOutputLog({ brokers: stack.brokers, clientId: CLIENT_ID });
  try {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await Promise.all(partitions.map((partition) => output.produce(CONTROL_TOPIC, partition, [message])));
  } finally {
    await output.close();
    registry.close();
  }
}
