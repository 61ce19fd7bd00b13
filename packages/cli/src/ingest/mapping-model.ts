import { z } from 'zod';
import { strict, wholeNumber } from './yaml-words.ts';

/** Encodings in which a line break is one byte of its own, so that a file can be cut into lines before it is decoded. */
export const ENCODINGS = ['utf-8', 'latin1', 'windows-1252', 'gbk', 'gb18030'] as const;
export type FileEncoding = (typeof ENCODINGS)[number];

const MAX_COLUMNS = 500;
const MAX_WORDS = 1_000;
const MAX_WIDTH = 4_096;

const name = z.string().min(1).max(128);
const cell = z.string().max(1_024);
const words = z.array(cell).min(1).max(MAX_WORDS);

const common = {
  encoding: z.enum(ENCODINGS).default('utf-8'),
  /** Lines before the first record, or before the header. */
  skipLines: wholeNumber(0, 1_000).default(0),
  /** Lines that begin so are no records. */
  comment: z.string().min(1).max(8).optional(),
  /** What a cell says when it says nothing, besides the empty one. */
  empty: z.array(cell).max(32).default([]),
  decimal: z.enum(['.', ',']).default('.'),
};

const csvFile = strict('a csv file', {
  format: z.literal('csv'),
  delimiter: z
    .string()
    .length(1)
    .or(z.literal('tab').transform(() => '\t'))
    .default(','),
  quote: z
    .string()
    .length(1)
    .or(z.literal('none').transform(() => ''))
    .default('"'),
  /** The names of the columns; where they are not given, the first line is a header that has them. */
  columns: z.array(name).min(1).max(MAX_COLUMNS).optional(),
  ...common,
});

const fixedColumn = strict('a fixed-width column', {
  /** From 1, inclusive. */
  from: wholeNumber(1, MAX_WIDTH),
  to: wholeNumber(1, MAX_WIDTH),
});

const fixedWidthFile = strict('a fixed-width file', {
  format: z.literal('fixed-width'),
  columns: z.record(name, fixedColumn),
  /** What `from` and `to` count. */
  count: z.enum(['bytes', 'characters']).default('bytes'),
  ...common,
});

export type CsvFile = z.output<typeof csvFile>;
export type FixedWidthFile = z.output<typeof fixedWidthFile>;

const asColumn = (written: unknown) => (typeof written === 'string' ? { column: written } : written);

/** Where a value comes from and what is done to it, in the order of the keys. */
const rule = z.preprocess(
  asColumn,
  strict('a field', {
    column: name.optional(),
    columns: z.array(name).min(2).max(8).optional(),
    /** Between `columns`. */
    join: z.string().max(8).optional(),
    constant: cell.optional(),
    /** For an empty cell; without it an empty cell is an absent field. */
    default: cell.optional(),
    map: z.record(cell, cell).optional(),
    /** For what `map` does not have; without it such a row is rejected. */
    otherwise: cell.optional(),
    prefix: z.string().min(1).max(64).optional(),
    factor: z.string().transform(Number).pipe(z.number().positive().max(1e18)).optional(),
    minorUnits: wholeNumber(0, 6).optional(),
    round: z.enum(['half-up', 'down', 'up']).optional(),
    format: z.string().min(1).max(64).optional(),
    timeZone: z.string().min(1).max(64).optional(),
    /** Between the items of a list. */
    split: z.string().min(1).max(4).optional(),
  }).superRefine((value, context) => {
    const given = (['column', 'columns', 'constant'] as const).filter((key) => value[key] !== undefined);
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (given.length !== 1) refuse('a field has one of column, columns and constant');
    if (value.otherwise !== undefined && value.map === undefined) refuse('otherwise goes with map');
    if (value.join !== undefined && value.columns === undefined) refuse('join goes with columns');
    if (value.factor !== undefined && value.minorUnits !== undefined) refuse('either factor or minorUnits');
  }),
);

export type FieldRule = z.output<typeof rule>;

const fields = z.record(name, rule);

const eventId = z.preprocess(
  asColumn,
  strict('eventId', {
    column: name.optional(),
    prefix: z.string().min(1).max(64).optional(),
    /** Columns that together tell two rows apart; `*` for all of them. */
    hash: z
      .array(name)
      .min(1)
      .max(32)
      .or(z.literal('*').transform(() => '*' as const))
      .optional(),
  }).superRefine((value, context) => {
    if ((value.column === undefined) === (value.hash === undefined))
      context.addIssue({ code: 'custom', message: 'eventId has either a column or a hash of columns' });
  }),
);

const oneOfTypes = strict('an event type', { event: name, fields: fields.default({}) });

const event = z.preprocess(
  (written) => (typeof written === 'string' ? { type: written } : written),
  strict('event', {
    type: name.optional(),
    column: name.optional(),
    types: z
      .record(
        cell,
        z.preprocess((written) => (typeof written === 'string' ? { event: written } : written), oneOfTypes),
      )
      .optional(),
    /** For a value that `types` does not have. */
    otherwise: z.enum(['reject', 'skip']).default('reject'),
  }).superRefine((value, context) => {
    const chosen = value.column !== undefined && value.types !== undefined;
    if ((value.type !== undefined) === chosen)
      context.addIssue({ code: 'custom', message: 'event is a type, or a column with the types it chooses from' });
  }),
);

const condition = strict('a condition', {
  column: name,
  in: words.optional(),
  notIn: words.optional(),
  empty: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
}).superRefine((value, context) => {
  if ([value.in, value.notIn, value.empty].filter((given) => given !== undefined).length !== 1)
    context.addIssue({ code: 'custom', message: 'a condition has one of in, notIn and empty' });
});

export type SkipCondition = z.output<typeof condition>;

/** What a mapping file may say. All scalars are texts, as they are written. */
export const mappingSchema = strict('a mapping', {
  source: z.string().min(1).max(128),
  file: z.discriminatedUnion('format', [csvFile, fixedWidthFile]),
  event,
  eventId,
  customerId: rule,
  occurredAt: rule,
  fields: fields.default({}),
  skipIf: z.array(condition).max(32).default([]),
});

export type Mapping = z.output<typeof mappingSchema>;
