import { ACCESS_TOPIC, type PersonalDataAccessed } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, readTopic } from '@holdfast/kafka';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { asFailure } from '../server-failure.ts';
import { printableTable } from '../terminal-text.ts';

/** What is looked for; what is undefined does not matter. */
export interface AccessFilter {
  /** `[fromMs, toMs)`, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs?: number | undefined;
  /** Pseudonym of a customer. */
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  readonly agent?: string | undefined;
  readonly action?: string | undefined;
}

export interface AccessPlace {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
}

const CLIENT_ID = 'holdfast-audit';

/** Accesses that match, oldest first, of the newest at most `limit`. Throws `StackFailure` when a server is missing. */
export async function listAccesses(
  place: AccessPlace,
  filter: AccessFilter,
  limit: number,
): Promise<readonly PersonalDataAccessed[]> {
  const registry = createSchemaRegistry({ url: place.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const found: PersonalDataAccessed[] = [];
  try {
    const from = { atMs: filter.fromMs };
    for await (const { value } of readTopic({ ...place, clientId: CLIENT_ID, topic: ACCESS_TOPIC, from })) {
      const outcome = await decoder.decode(value);
      if (outcome.kind === 'retry') throw new StackFailure(outcome.message, 'holdfast doctor');
      if (outcome.kind !== 'event' || outcome.event.type !== 'PersonalDataAccessed') continue;
      if (matches(outcome.event, filter)) found.push(outcome.event);
      if (found.length >= 2 * limit) newest(found, limit);
    }
  } catch (error) {
    throw asFailure(error);
  } finally {
    registry.close();
  }
  newest(found, limit);
  return found;
}

/** Keeps the newest: partitions are read side by side, so the order of a whole is by time. */
function newest(found: PersonalDataAccessed[], limit: number): void {
  found.sort((left, right) => left.occurredAt - right.occurredAt);
  found.splice(0, Math.max(0, found.length - limit));
}

/** Whether an access is wanted. */
export function matches(access: PersonalDataAccessed, filter: AccessFilter): boolean {
  if (access.occurredAt < filter.fromMs) return false;
  if (filter.toMs !== undefined && access.occurredAt >= filter.toMs) return false;
  const { subject } = filter;
  if (subject !== undefined && subject !== access.subject && !access.subjects.includes(subject)) return false;
  return (['actor', 'agent', 'action'] as const).every(
    (field) => filter[field] === undefined || filter[field] === access[field],
  );
}

export function describeAccesses(accesses: readonly PersonalDataAccessed[]): string {
  if (accesses.length === 0) return 'nobody looked\n';
  const head = ['WHEN', 'WHO', 'AGENT', 'ROLES', 'WHAT', 'CUSTOMER', 'REQUEST'];
  const rows = accesses.map(({ occurredAt, actor, agent, roles, action, subject, subjects, requestId }) => [
    new Date(occurredAt).toISOString(),
    actor,
    agent,
    roles.join(' '),
    action,
    subject || `${subjects.length} on a page`,
    requestId,
  ]);
  return printableTable([head, ...rows]);
}
