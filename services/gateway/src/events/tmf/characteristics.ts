import { MappingError } from './mapped.ts';

export interface Characteristic {
  readonly name: string;
  readonly value?: unknown;
}

/** Which field a characteristic carries, and how its value is read; undefined for a value that is none. */
export interface Carried {
  readonly field: string;
  readonly expected: string;
  read(value: unknown): unknown;
}

/** By the name of the characteristic. `NOT_USED`: known, and nothing is taken from it. */
export type CharacteristicTable = Readonly<Record<string, Carried | typeof NOT_USED>>;
export const NOT_USED = 'not used';

export interface Carries {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where in the request each field came from. */
  readonly places: ReadonlyMap<string, string>;
}

/** Takes what the characteristics carry. A name that is not in the table, or is there twice, is refused and not guessed. */
export function readCharacteristics(
  list: readonly Characteristic[],
  table: CharacteristicTable,
  path: string,
): Carries {
  const values: Record<string, unknown> = {};
  const places = new Map<string, string>();
  for (const [index, { name, value }] of list.entries()) {
    const at = `${path}[${index}]`;
    const carried = Object.hasOwn(table, name) ? table[name] : undefined;
    if (carried === undefined) throw unknownName(`${at}.name`, table);
    if (carried === NOT_USED) continue;
    const { field, expected } = carried;
    if (places.has(field)) {
      throw new MappingError('contradiction', `${at}.name`, `repeats "${name}"`, 'Send each characteristic once.');
    }
    const read = carried.read(value);
    if (read === undefined)
      throw new MappingError('invalid', `${at}.value`, `of "${name}" is no such value`, `Send ${expected}.`);
    values[field] = read;
    places.set(field, `${at}.value`);
  }
  return { values, places };
}

function unknownName(field: string, table: CharacteristicTable): MappingError {
  const names = Object.keys(table).filter((name) => table[name] !== NOT_USED);
  return new MappingError('unknown', field, 'carries nothing here', `Leave it out, or use one of ${names.join(', ')}.`);
}

const NUMBER = /^-?\d{1,15}(\.\d{1,9})?$/;

/** A number, or its text, as `valueType` of many systems has it. */
export function numberAs(field: string): Carried {
  return {
    field,
    expected: 'a number',
    read: (value) => {
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined;
    },
  };
}

export function booleanAs(field: string): Carried {
  return {
    field,
    expected: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : BOOLEANS.get(value)),
  };
}

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** One of a record's words, in any case. */
export function wordAs(field: string, words: readonly string[]): Carried {
  return {
    field,
    expected: `one of ${words.join(', ')}`,
    read: (value) => {
      const word = typeof value === 'string' ? value.toUpperCase() : undefined;
      return words.find((known) => known === word);
    },
  };
}

const MAX_TEXT = 1_024;

export function textAs(field: string): Carried {
  return {
    field,
    expected: `a text of at most ${MAX_TEXT} characters`,
    read: (value) =>
      typeof value === 'string' && value.length <= MAX_TEXT && value.isWellFormed() ? value : undefined,
  };
}
