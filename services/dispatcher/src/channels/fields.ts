import { parseDuration } from '@holdfast/policy';
import { z } from 'zod';

/** `2s`, `15m`; answers ms. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: `'${text}' is no duration such as 500ms, 2s or 15m` });
  return z.NEVER;
});

/** One text, or one per language. */
export const text = z.union([z.string(), z.record(z.string().min(2), z.string())]);
export type TemplateText = z.infer<typeof text>;

export const rate = z.strictObject({ max: z.int().min(1), per: duration });

export const httpUrl = z.url({ protocol: /^https?$/ });

/** What every channel may say, whatever its adapter. */
export const common = {
  /** Contacts handled at the same time. */
  concurrency: z.int().min(1).max(1_000).default(32),
  /** Contacts taken from the queue, by all dispatchers together. */
  rate: rate.optional(),
};

/** What a channel with a provider behind it may say. */
export const provided = {
  ...common,
  /** A call without an answer by then has failed. */
  timeout: duration.default(10_000),
  retry: z
    .strictObject({
      first: duration.default(1_000),
      max: duration.default(300_000),
      tries: z.int().min(1).max(100).default(10),
    })
    .prefault({}),
  breaker: z
    .strictObject({
      failures: z.int().min(1).default(5),
      open: duration.default(10_000),
      maxOpen: duration.default(300_000),
    })
    .prefault({}),
};
