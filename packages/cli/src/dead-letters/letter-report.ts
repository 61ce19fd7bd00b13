import { createPseudonym } from '@holdfast/observability';
import { printableLines, printableTable } from '../terminal-text.ts';
import { adviceFor } from './advice.ts';
import { type Headers, isErrorHeader } from './error-headers.ts';
import { ATTEMPT_HEADER, type Letter, REPLAY_OF_HEADER } from './letter.ts';
import type { FoundLetter } from './letter-scan.ts';
import type { ReplayReport } from './replay.ts';

/** A letter as it is listed. */
export interface ListedLetter {
  /** `partition/offset` in the dead-letter topic, for `show`. */
  readonly letter: string;
  readonly reason: string;
  readonly message: string;
  /** ISO 8601. */
  readonly setAsideAt: string;
  /** Where it was read from; null where the headers do not say. */
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly attempt: number;
  readonly isReplayed: boolean;
  /** Pseudonym of the customer, or the id itself where that was asked for; null without a key. */
  readonly key: string | null;
  readonly valueBytes: number;
  readonly writtenBy: Letter['family'];
  readonly whatToDo: string;
}

/** Names what is personal for a listing. */
export interface Naming {
  readonly isPersonalShown: boolean;
  readonly nameOf: (key: string) => string;
}

const MAX_KEY_LENGTH = 64;
const MAX_MESSAGE_LENGTH = 200;

/** Equal keys get equal names within one listing, and nobody can go back from them. */
export function createNaming(isPersonalShown: boolean): Naming {
  if (isPersonalShown) return { isPersonalShown, nameOf: (key) => key.slice(0, MAX_KEY_LENGTH) };
  const pseudonym = createPseudonym();
  return { isPersonalShown, nameOf: (key) => `~${pseudonym(key)}` };
}

export function listed(
  { letter, isReplayed }: Pick<FoundLetter, 'letter' | 'isReplayed'>,
  naming: Naming,
): ListedLetter {
  return {
    letter: letter.id,
    reason: letter.reason ?? 'unknown',
    message: messageOf(letter, naming),
    setAsideAt: new Date(letter.setAsideAtMs).toISOString(),
    topic: letter.topic ?? null,
    partition: letter.partition ?? null,
    offset: letter.offset ?? null,
    attempt: letter.attempt,
    isReplayed,
    key: letter.key === null ? null : naming.nameOf(letter.key.toString('utf8')),
    valueBytes: letter.valueBytes,
    writtenBy: letter.family,
    whatToDo: adviceFor(letter),
  };
}

/** Our own messages name fields and limits; what another program's exception quotes may be anything. */
function messageOf({ family, message }: Letter, { isPersonalShown }: Naming): string {
  if (message === undefined) return 'no reason is given';
  return family === 'holdfast' || isPersonalShown ? message : 'written by another program; --personal shows it';
}

/** A table, and below it how many of each reason there are and what to do. */
export function describeLetters(letters: readonly ListedLetter[]): string {
  if (letters.length === 0) return 'no dead letters\n';
  const head = ['LETTER', 'SET ASIDE', 'REASON', 'FROM', 'ATTEMPT', 'REPLAYED', 'KEY', 'BYTES', 'MESSAGE'];
  const rows = letters.map((each) => [
    each.letter,
    each.setAsideAt,
    each.reason,
    placeOf(each),
    String(each.attempt),
    each.isReplayed ? 'yes' : 'no',
    each.key ?? 'none',
    String(each.valueBytes),
    each.message.slice(0, MAX_MESSAGE_LENGTH),
  ]);
  const groups = [...Map.groupBy(letters, ({ reason }) => reason)];
  const summary = groups.map(([reason, group]) => `${reason}: ${group.length}; ${group[0]?.whatToDo}`);
  return `${printableTable([head, ...rows])}\n${printableLines(summary)}`;
}

function placeOf({ topic, partition, offset }: ListedLetter): string {
  return topic === null ? 'unknown' : `${topic}/${partition ?? '?'} offset ${offset ?? '?'}`;
}

/** What one letter is, in full. */
export interface ShownLetter extends ListedLetter {
  /** Headers the record had; values only where they are ours or were asked for, else their size. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cutFromBytes: number | null;
  /** The decoded value, its fields where they were asked for; else why there is none. */
  readonly value: Readonly<Record<string, unknown>> | string;
}

/** `value` is what decoding said: an event, or words why not. */
export function shown(found: FoundLetter, value: object | string, naming: Naming): ShownLetter {
  return {
    ...listed(found, naming),
    headers: shownHeaders(found.record.headers, naming),
    cutFromBytes: found.letter.cutFromBytes ?? null,
    value: typeof value === 'string' ? value : shownValue(value, naming),
  };
}

const OWN_HEADERS: readonly string[] = [ATTEMPT_HEADER, REPLAY_OF_HEADER];

function shownHeaders(headers: Headers, { isPersonalShown }: Naming): Record<string, string> {
  const original = Object.entries(headers).filter(([name]) => isPersonalShown || !isErrorHeader(name));
  return Object.fromEntries(
    original.map(([name, bytes]) => [
      name,
      isPersonalShown || OWN_HEADERS.includes(name) ? bytes.toString('utf8') : `${bytes.length} bytes`,
    ]),
  );
}

/** What tells which feed has to be mended, and nothing of the customer. */
const HARMLESS_FIELDS: readonly string[] = ['type', 'source', 'occurredAt'];

function shownValue(value: object, { isPersonalShown }: Naming): Readonly<Record<string, unknown>> {
  const fields = Object.entries(value);
  return Object.fromEntries(isPersonalShown ? fields : fields.filter(([name]) => HARMLESS_FIELDS.includes(name)));
}

export function describeLetter(letter: ShownLetter): string {
  const rows: [string, string][] = [
    ['letter', letter.letter],
    ['set aside', `${letter.setAsideAt}, attempt ${letter.attempt}${letter.isReplayed ? ', replayed since' : ''}`],
    ['from', placeOf(letter)],
    ['reason', letter.reason],
    ['message', letter.message],
    ['what to do', letter.whatToDo],
    ['key', letter.key ?? 'none'],
    ['bytes', `${letter.valueBytes}${letter.cutFromBytes === null ? '' : `, cut from ${letter.cutFromBytes}`}`],
    ...Object.entries(letter.headers).map(([name, text]): [string, string] => ['header', `${name}: ${text}`]),
    ...valueRows(letter.value),
  ];
  return printableTable(rows);
}

function valueRows(value: ShownLetter['value']): [string, string][] {
  if (typeof value === 'string') return [['value', value]];
  return Object.entries(value).map(([name, field]) => ['value', `${name}: ${fieldText(field)}`]);
}

function fieldText(field: unknown): string {
  return typeof field === 'string' ? field : (JSON.stringify(field) ?? String(field));
}

export function describeReplay({ dryRun, letters, alreadyReplayed, refused, failure }: ReplayReport): string {
  const verb = dryRun ? 'would be replayed' : 'replayed';
  const lines = [
    ...(dryRun ? letters.map(({ id, origin, attempt }) => `  ${id}  ${origin}  attempt ${attempt}`) : []),
    ...refused.map(({ id, origin, why }) => `  ${id}  ${origin}  not replayed: ${why}`),
    `${letters.length} ${verb}, ${alreadyReplayed} replayed before, ${refused.length} cannot be replayed`,
    ...(failure === undefined ? [] : [`stopped: ${failure}; run it again, what was replayed is left out`]),
  ];
  return printableLines(lines);
}
