import { z } from 'zod';

/** The keys of each kind of map, by what messages call it. */
const KEYS = new Map<string, readonly string[]>();

/** A map with these keys and no others; `what` is how messages call it. */
export function strict<S extends z.ZodRawShape>(what: string, shape: S): z.ZodObject<S, z.core.$strict> {
  KEYS.set(what, Object.keys(shape));
  // What an unknown key should have been is looked up under this name, where its place is known.
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? what : undefined) });
}

/** The keys that a map of this kind may have. */
export function keysOf(what: string): readonly string[] {
  return KEYS.get(what) ?? [];
}

/** A whole number within bounds, of the text it is written as. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
}
