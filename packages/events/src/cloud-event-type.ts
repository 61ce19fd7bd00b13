import { type Refusal, refusal } from './cloud-event-error.ts';
import { nearestName } from './nearest-name.ts';
import { type CustomerLogEventType, NAMESPACE } from './schema-table.ts';
import { type EventType, FAMILIES } from './schemas.ts';

/** `io.holdfast.<family>.<record>.v1`. */
export function cloudEventType(record: CustomerLogEventType): string {
  return `${TYPE_PREFIX}${FAMILY_OF.get(record) ?? 'decision'}.${record}.v1`;
}

/** The record that a CloudEvents `type` names, in full or bare. Decisions are not for producers to write. */
export function recordOfType(name: string): EventType | Refusal {
  const record = RECORD_OF.get(name);
  if (record !== undefined) return record;
  const near = nearestName(bareName(name), FAMILY_OF.keys());
  const wanted = near === undefined ? undefined : cloudEventType(near as EventType);
  const hint = wanted === undefined ? '' : `; did you mean "${wanted}"?`;
  const message = `"${name}" is not a known event type${hint}`;
  return refusal('unknown-type', 'type', message, wanted && `Send "type": "${wanted}".`);
}

const TYPE_PREFIX = `${NAMESPACE.slice(0, NAMESPACE.lastIndexOf('.'))}.`;
const FAMILY_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(FAMILIES).flatMap(([family, records]) => Object.keys(records).map((name) => [name, family])),
);
const RECORD_OF: ReadonlyMap<string, EventType> = new Map(
  [...FAMILY_OF.keys()].flatMap((name) => [
    [name, name as EventType],
    [cloudEventType(name as EventType), name as EventType],
  ]),
);

/** The part of a type that should be the record's name, whatever surrounds it. */
function bareName(type: string): string {
  const parts = type.replace(/\.v\d+$/, '').split('.');
  return parts[parts.length - 1] ?? type;
}
