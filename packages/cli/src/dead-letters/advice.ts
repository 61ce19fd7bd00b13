import type { Letter } from './letter.ts';

/** What the operator can do about our own codes, and whether the same bytes may be folded the next time. */
const ADVICE: Readonly<Record<string, string>> = {
  future: 'mend the clock or the unit at the source; replay once the time of the event has come',
  'key-mismatch': 'mend the producer: the key is the customerId; a replay fails again',
  'no-key': 'mend the producer: records need the customerId as key; a replay fails again',
  'no-value': 'mend the producer: inputs are not compacted, a tombstone says nothing; a replay fails again',
  'empty-value': 'mend the producer: the record has no value; a replay fails again',
  'too-large': 'mend the producer: the event is too large to be one; a replay fails again',
  'unknown-schema-id': 'restore the schema in the registry, then replay',
  'unknown-record': 'the schema is none of the contracts; replay after an upgrade that knows it',
  'unreadable-schema': 'the schema in the registry cannot be used; mend it there, then replay',
  contract: 'mend the values at the source; replay after an upgrade that allows them',
  'wrong-magic': 'mend the producer: values are Avro in the wire format of the registry; a replay fails again',
  'too-short': 'mend the producer: values are Avro in the wire format of the registry; a replay fails again',
  truncated: 'mend the producer: the value is cut; a replay fails again',
  'trailing-bytes': 'mend the producer: the value goes on behind its end; a replay fails again',
  'unsafe-integer': 'mend the producer: an integer is beyond 2^53; a replay fails again',
  'malformed-body': 'mend the producer: value and schema do not belong together; a replay fails again',
  'step-failed': 'the rules threw: mend the policy or upgrade, then replay',
  late: 'it came later than is allowed: mend the delay at the source; a replay is later still and fails again',
  'state-unreadable': 'the stored profile cannot be read: restore it, or rebuild the shard, then replay',
  quarantined: 'workers ended while they folded it: find out why in their logs, upgrade, then replay',
};

/** What to do about a letter, in one line. */
export function adviceFor(letter: Pick<Letter, 'family' | 'reason'>): string {
  const known = letter.family === 'holdfast' ? ADVICE[letter.reason ?? ''] : undefined;
  return known ?? `set aside by another program (${letter.family}): mend what it says, then replay`;
}
