import { AUDIT_TOPIC, type EventInput, type PolicyChanged } from '@holdfast/events';
import { type RegistryDecoder, readTopic } from '@holdfast/kafka';
import { StackFailure } from '../../../../infra/stack/index.mjs';

export interface AuditReading {
  readonly brokers: readonly string[];
  readonly clientId: string;
}

/** An entry with its place. */
export interface AuditEntry extends PolicyChanged {
  readonly offset: number;
  /** When the log took it, ms. */
  readonly appendTime: number;
}

/** The audit log in its order, and places in it that nobody can read. */
export interface AuditLog {
  readonly entries: readonly AuditEntry[];
  /** Offset and why. They are told of, and stop nobody from rolling back. */
  readonly unreadable: readonly { readonly offset: number; readonly message: string }[];
}

/** Reads it to its end. Throws `StackFailure` when the registry cannot be asked. */
export async function readAuditLog(client: AuditReading, decoder: RegistryDecoder): Promise<AuditLog> {
  const entries: AuditEntry[] = [];
  const unreadable: { offset: number; message: string }[] = [];
  for await (const { offset, appendTime, value } of readTopic({ ...client, topic: AUDIT_TOPIC, from: 'beginning' })) {
    const outcome = await decoder.decode(value);
    if (outcome.kind === 'retry') throw new StackFailure(outcome.message, 'holdfast doctor');
    if (outcome.kind === 'poison') unreadable.push({ offset, message: outcome.message });
    else if (outcome.event.type === 'PolicyChanged') entries.push({ ...outcome.event, offset, appendTime });
  }
  return { entries, unreadable };
}

/** What is appended: everything of an entry but its identity and place. */
export type NewEntry = Omit<EventInput<'PolicyChanged'>, 'type' | 'eventId' | 'source' | 'occurredAt'>;
