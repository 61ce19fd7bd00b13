import type { OutboxJob, OutboxMessage } from '@holdfast/engine';

/**
 * Layout of an outbox message in its stream entry: a layout byte, then fields of a 32-bit length (−1 for null) and the
 * bytes: topic, partition as text ('' when the producer chooses), key, value, job as JSON ('' when none), headers.
 */
const LAYOUT = 1;

export function encodeMessage(message: OutboxMessage): Buffer {
  const fields: (Uint8Array | null)[] = [
    Buffer.from(message.topic),
    Buffer.from(message.partition === undefined ? '' : String(message.partition)),
    message.key,
    message.value,
    Buffer.from(message.job ? JSON.stringify(message.job) : ''),
  ];
  for (const [name, value] of Object.entries(message.headers)) fields.push(Buffer.from(name), value);
  const encoded = Buffer.allocUnsafe(fields.reduce((total, field) => total + 4 + (field?.length ?? 0), 1));
  encoded[0] = LAYOUT;
  let at = 1;
  for (const field of fields) {
    at = encoded.writeInt32LE(field?.length ?? -1, at);
    if (!field) continue;
    encoded.set(field, at);
    at += field.length;
  }
  return encoded;
}

/** The message, or undefined when the bytes are no message of a layout known here. */
export function decodeMessage(encoded: Buffer): OutboxMessage | undefined {
  if (encoded[0] !== LAYOUT) return undefined;
  const fields: (Buffer | null)[] = [];
  for (let at = 1; at < encoded.length; ) {
    if (at + 4 > encoded.length) return undefined;
    const length = encoded.readInt32LE(at);
    at += 4;
    if (at + Math.max(length, 0) > encoded.length) return undefined;
    fields.push(length < 0 ? null : encoded.subarray(at, at + length));
    at += Math.max(length, 0);
  }
  const [topic, partition, key, value, job] = fields;
  if (!topic || !partition || key === undefined || value === undefined || !job || fields.length % 2 !== 1)
    return undefined;
  const headers: Record<string, Buffer> = {};
  for (let i = 5; i < fields.length; i += 2) headers[String(fields[i])] = fields[i + 1] ?? Buffer.alloc(0);
  return {
    topic: topic.toString(),
    ...(partition.length > 0 && { partition: Number(partition) }),
    key,
    value,
    headers,
    ...(job.length > 0 && { job: JSON.parse(job.toString()) as OutboxJob }),
  };
}
