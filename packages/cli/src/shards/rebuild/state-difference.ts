/** A field in which a stored state and a folded one differ. */
export interface FieldDifference {
  /** As `contacts.0.status`. */
  readonly field: string;
  readonly live: unknown;
  readonly fresh: unknown;
}

export type StateVerdict =
  | { readonly kind: 'equal' }
  /** The same but for when a silence was looked at: a held-back timer is asked for again now and then. */
  | { readonly kind: 'timing' }
  | { readonly kind: 'different'; readonly fields: readonly FieldDifference[] };

/** A live shard looks at a held-back timer every few seconds, a rebuild once in half a minute of the log, ms. */
const TIMING_SLACK_MS = 60_000;
/** When a silence was closed that was over already as a policy came: going through the customers takes its time, ms. */
const SWEEP_SLACK_MS = 3_600_000;
const CLOSED: RegExp = /^firings\.\d+\.at$/;
/** What a silence that was answered leaves behind, with the time at which that was. */
const TIMED: RegExp = new RegExp(
  [
    'contacts\\.\\d+\\.(sendAt|sendBy|decidedAt|validUntil)',
    'firings\\.\\d+\\.at',
    'enrolments\\.\\d+\\.(at|planEndedAt)',
    'plans\\.\\d+\\.(startedAt|lastSendAt|dueAt|endedAt)',
    'timers\\.(wallMs|eventTime\\.dueMs)',
  ]
    .map((field) => `^${field}$`)
    .join('|'),
);

/** Compares two states as people see them. Objects are compared field by field, lists place by place. */
export function compareViews(live: object, fresh: object): StateVerdict {
  const fields: FieldDifference[] = [];
  collect('', live, fresh, fields);
  if (fields.length === 0) return { kind: 'equal' };
  return fields.every(isTiming) ? { kind: 'timing' } : { kind: 'different', fields };
}

function collect(path: string, live: unknown, fresh: unknown, into: FieldDifference[]): void {
  if (isTable(live) && isTable(fresh)) {
    for (const name of new Set([...Object.keys(live), ...Object.keys(fresh)])) {
      collect(path === '' ? name : `${path}.${name}`, live[name], fresh[name], into);
    }
    return;
  }
  if (!Object.is(live, fresh)) into.push({ field: path, live, fresh });
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTiming({ field, live, fresh }: FieldDifference): boolean {
  if (typeof live !== 'number' || typeof fresh !== 'number') return false;
  return TIMED.test(field) && Math.abs(live - fresh) <= (CLOSED.test(field) ? SWEEP_SLACK_MS : TIMING_SLACK_MS);
}
