/**
 * What the values of the language may be. One description serves the readers, which check a file against it, and the
 * JSON Schema that editors use.
 */
export type Shape =
  | ScalarShape
  | WordShape<string>
  | NumberShape
  | DurationShape
  | ReferenceShape
  | ListShape
  | MapShape
  | RecordShape
  | EitherShape;

/**
 * `text` is as written, `texts` one text or one per language, `flag` true or false, `date` a calendar day, `days` one or
 * some in a row, `time` of the day in ms, `clock` the same in minutes or as an hour, `zone` IANA, `stage` as `canary(10%)`.
 */
export interface ScalarShape {
  readonly kind:
    | 'text'
    | 'texts'
    | 'share'
    | 'money'
    | 'condition'
    | 'flag'
    | 'date'
    | 'days'
    | 'time'
    | 'clock'
    | 'zone'
    | 'currency'
    | 'language'
    | 'stage';
}

export interface WordShape<W extends string> {
  readonly kind: 'word';
  readonly words: readonly W[];
}

export interface NumberShape {
  readonly kind: 'number';
  readonly isWhole: boolean;
  readonly min: number;
  readonly max: number;
}

/** In ms. */
export interface DurationShape {
  readonly kind: 'duration';
  readonly minMs: number;
  readonly maxMs: number;
}

/** The name of something defined elsewhere; the policy says which names there are. */
export interface ReferenceShape {
  readonly kind: 'reference';
  readonly to: string;
}

export interface ListShape<S extends Shape = Shape> {
  readonly kind: 'list';
  readonly of: S;
  readonly min: number;
  readonly max: number;
}

/** Definitions by id, or by the name of something that is defined elsewhere. */
export interface MapShape {
  readonly kind: 'map';
  readonly of: Shape;
  readonly max: number;
  readonly by?: ReferenceShape | undefined;
}

export interface RecordShape {
  readonly kind: 'record';
  /** As messages call it: `a campaign`. */
  readonly what: string;
  readonly keys: Readonly<Record<string, Key>>;
}

/** One of several ways to write it. */
export interface EitherShape {
  readonly kind: 'either';
  readonly of: readonly Shape[];
}

export interface Key<S extends Shape = Shape> {
  readonly shape: S;
  readonly isRequired: boolean;
  /** For the author, in one line. */
  readonly says: string;
}

const DAY_MS = 86_400_000;
/** Nothing in a policy looks further back or ahead. */
export const MAX_DURATION_MS: number = 400 * DAY_MS;

export const required = <S extends Shape>(shape: S, says: string): Key<S> => ({ shape, isRequired: true, says });
export const optional = <S extends Shape>(shape: S, says: string): Key<S> => ({ shape, isRequired: false, says });

export const scalar = <const K extends ScalarShape['kind']>(kind: K): { readonly kind: K } => ({ kind });
export const word = <const W extends string>(words: readonly W[]): WordShape<W> => ({ kind: 'word', words });
export const reference = (to: string): ReferenceShape => ({ kind: 'reference', to });
export const either = <const S extends readonly Shape[]>(...of: S): { readonly kind: 'either'; readonly of: S } => ({
  kind: 'either',
  of,
});

export function number(range: Partial<Omit<NumberShape, 'kind'>> = {}): NumberShape {
  return { kind: 'number', isWhole: false, min: -1e12, max: 1e12, ...range };
}

export function duration(range: Partial<Omit<DurationShape, 'kind'>> = {}): DurationShape {
  return { kind: 'duration', minMs: 1, maxMs: MAX_DURATION_MS, ...range };
}

export function list<S extends Shape>(of: S, range: { readonly min?: number; readonly max: number }): ListShape<S> {
  return { kind: 'list', of, min: range.min ?? 0, max: range.max };
}

export function map<S extends Shape>(of: S, max: number, by?: ReferenceShape) {
  return { kind: 'map', of, max, by } as const satisfies MapShape;
}

export function record<const K extends Readonly<Record<string, Key>>>(what: string, keys: K) {
  return { kind: 'record', what, keys } as const satisfies RecordShape;
}

/** What a reader answers for a shape; a shape that has no plain value is read by its own section. */
export type ValueOf<S> = S extends { readonly kind: 'either'; readonly of: readonly (infer O)[] }
  ? PlainValueOf<O>
  : PlainValueOf<S>;

type PlainValueOf<S> =
  S extends WordShape<infer W>
    ? W
    : S extends { readonly kind: 'number' | 'share' | 'duration' | 'time' | 'clock' }
      ? number
      : S extends { readonly kind: 'flag' }
        ? boolean
        : S extends {
              readonly kind: 'text' | 'date' | 'days' | 'reference' | 'zone' | 'currency' | 'language' | 'stage';
            }
          ? string
          : never;

/** What messages say of a value that is not of the shape. */
export function expectationOf(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return 'a text';
    case 'texts':
      return 'a text, or one per language';
    case 'share':
      return 'a share from 0 to 1, such as 0.1 or 10%';
    case 'money':
      return 'an amount such as 12.50';
    case 'condition':
      return 'a CEL expression';
    case 'date':
      return 'a day such as 2026-10-01';
    case 'flag':
      return 'true or false';
    case 'days':
      return 'a day such as 2026-10-01, or days in a row such as 2026-10-01..2026-10-07, up to 400';
    case 'clock':
      return "an hour from 0 to 24, or a time of the day such as '21:30'";
    case 'time':
      return "a time of the day such as '10:00'";
    case 'zone':
      return 'a time zone such as Asia/Shanghai';
    case 'currency':
      return 'an ISO 4217 currency code';
    case 'language':
      return 'a language code such as en';
    case 'stage':
      return 'draft, shadow, canary(10%) with a share above 0%, live or retired';
    case 'word':
      return `one of ${shape.words.join(', ')}`;
    case 'number':
      return numberExpectation(shape);
    case 'duration':
      return durationExpectation(shape);
    case 'reference':
      return `the name of ${/^[aeiou]/.test(shape.to) ? 'an' : 'a'} ${shape.to}`;
    case 'list':
      return listExpectation(shape);
    case 'map':
      return 'a map by id';
    case 'record':
      return `${shape.what}: a map with the keys ${Object.keys(shape.keys).join(', ')}`;
    case 'either':
      return shape.of.map(expectationOf).join(', or ');
  }
}

function numberExpectation({ isWhole, min, max }: NumberShape): string {
  const range = max >= 1e12 ? (min <= -1e12 ? '' : ` from ${min}`) : ` from ${min} to ${max}`;
  return isWhole ? `a whole number${range}` : `a number${range}`;
}

function durationExpectation({ maxMs }: DurationShape): string {
  return `a duration such as 15m, 72h or 7d${maxMs === MAX_DURATION_MS ? ', up to 400d' : ''}`;
}

function listExpectation({ min, max }: ListShape): string {
  return min > 0 ? `a list of ${min} to ${max} entries` : `a list of up to ${max} entries`;
}
