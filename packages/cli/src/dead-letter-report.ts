import type { LogRecord } from '@holdfast/engine';
import { createPseudonym } from '@holdfast/observability';

/** A record that could not be folded. */
export interface DeadLetter {
  /** Where it was read from. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly message: string;
  /** When it was set aside, ISO 8601. */
  readonly setAsideAt: string;
  /** Pseudonym of the customer, or the id itself where that was asked for; null without a key. */
  readonly key: string | null;
  readonly valueBytes: number;
}

const PREFIX = '__connect.errors.';
const MAX_KEY_LENGTH = 64;

/** Names keys for a listing: equal keys get equal names within one, and nobody can go back from them. */
export function createKeyNames(showKeys: boolean): (key: string) => string {
  if (showKeys) return (key) => key.slice(0, MAX_KEY_LENGTH);
  const pseudonym = createPseudonym();
  return (key) => `~${pseudonym(key)}`;
}

/** Reads the error headers of a record of the dead-letter topic. What a header does not say is left open, never invented. */
export function deadLetterOf(record: LogRecord, nameOf: (key: string) => string): DeadLetter {
  const header = (name: string) => record.headers[PREFIX + name]?.toString('utf8');
  return {
    topic: header('topic') ?? 'unknown',
    partition: Number(header('partition') ?? -1),
    offset: Number(header('offset') ?? -1),
    code: header('exception.class.name') ?? 'unknown',
    message: header('exception.message') ?? 'no reason is given',
    setAsideAt: new Date(record.appendTime).toISOString(),
    key: record.key === null ? null : nameOf(record.key.toString('utf8')),
    valueBytes: record.value?.length ?? 0,
  };
}

/** Grouped by code, each with its records. */
export function describeDeadLetters(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'no dead letters\n';
  const groups = [...Map.groupBy(letters, ({ code }) => code)];
  const lines = groups.flatMap(([code, group]) => [
    `${code}: ${group.length}`,
    ...group.flatMap((letter) => [
      `  ${letter.topic}/${letter.partition} offset ${letter.offset}  ${letter.setAsideAt}  key ${letter.key ?? 'none'}  ${letter.valueBytes} bytes`,
      `    ${printable(letter.message)}`,
    ]),
  ]);
  return `${lines.join('\n')}\n`;
}

/** Messages may quote what came from outside: nothing of it may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
