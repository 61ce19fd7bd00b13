import { z } from 'zod';

/** `fields` of TM Forum's REST guidelines (TMF630). */
export const TMF_FIELDS = z
  .string()
  .max(512)
  .regex(/^@?[A-Za-z]+(,@?[A-Za-z]+)*$/)
  .optional()
  .describe('names of the fields wanted, with commas between; id and href are always there');

/** What every list of a TM Forum interface takes. */
export const TMF_PAGE = z.object({
  fields: TMF_FIELDS,
  offset: z.coerce.number().int().min(0).max(100_000).default(0),
  limit: z.coerce.number().int().min(0).max(100).default(20),
});

interface Resource {
  readonly id: string;
  readonly href: string;
}

/** The resource with the fields asked for, id and href always. */
export function withFields<T extends Resource>(resource: T, fields: string | undefined): Partial<T> & Resource {
  if (fields === undefined) return resource;
  const wanted = new Set(fields.split(','));
  const chosen = Object.fromEntries(Object.entries(resource).filter(([name]) => wanted.has(name)));
  const { id, href } = resource;
  return { ...(chosen as Partial<T>), id, href };
}

/** How many there are, and how many are in the answer (TMF630). */
export function countHeaders(total: number, inAnswer: number): Record<string, string> {
  return { 'x-total-count': String(total), 'x-result-count': String(inAnswer) };
}
