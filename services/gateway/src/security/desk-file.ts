import { accessName, readSettings } from '@holdfast/access';
import { z } from 'zod';

const MAX_DESKS = 1_000;
const MAX_VALUES = 1_000;
const values = () => z.array(z.string().min(1).max(128)).min(1, 'must name at least one').max(MAX_VALUES);

const scope = z
  .strictObject({
    tiers: values().optional(),
    cities: values().optional(),
    accountManager: z.literal('own', 'must be own').optional(),
  })
  .refine((conditions) => Object.keys(conditions).length > 0, 'must have a condition, or be the word all');

const deskFile = z.strictObject({
  desks: z
    .record(
      accessName(),
      z.strictObject({ customers: z.union([z.literal('all'), scope], 'must be all, or conditions') }),
    )
    .refine((desks) => Object.keys(desks).length <= MAX_DESKS, `must be at most ${MAX_DESKS} desks`),
});

/** Which customers a desk serves: `all`, or those who meet every condition; one of its values is enough for a list. */
export type DeskScope = 'all' | Readonly<z.output<typeof scope>>;

export type Desks = ReadonlyMap<string, DeskScope>;

/** Reads the file of desks. Throws SettingsFileError, which names places and repeats no value. */
export function readDeskFile(text: string): Desks {
  const { desks } = readSettings(text, deskFile);
  return new Map(Object.entries(desks).map(([name, { customers }]) => [name, customers]));
}
