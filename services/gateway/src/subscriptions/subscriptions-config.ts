import { createAddressGuard } from '@holdfast/webhook';
import { z } from 'zod';
import { parseBoxKeys } from './secret-box.ts';

/** The environment's part about subscriptions. */
export const subscriptionsFields = {
  HOLDFAST_WEBHOOK_KEY: z
    .string()
    .transform((text, context): readonly Buffer[] => {
      const parsed = parseBoxKeys(text);
      if (parsed.ok) return parsed.keys;
      context.addIssue({ code: 'custom', message: parsed.problem });
      return z.NEVER;
    })
    .optional(),
  HOLDFAST_WEBHOOK_CREDENTIALS_FILE: z.string().optional(),
  HOLDFAST_WEBHOOK_TEMPLATES_DIR: z.string().optional(),
  HOLDFAST_WEBHOOK_ALLOW_PRIVATE: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .refine(areNetworks, 'must be networks such as 10.0.0.0/8, comma-separated'),
  HOLDFAST_WEBHOOK_ALLOW_HTTP: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
};

type Values = z.output<z.ZodObject<typeof subscriptionsFields>>;

export function subscriptionsConfig(values: Values) {
  return {
    boxKeys: values.HOLDFAST_WEBHOOK_KEY ?? [],
    credentialsFile: values.HOLDFAST_WEBHOOK_CREDENTIALS_FILE,
    templatesFolder: values.HOLDFAST_WEBHOOK_TEMPLATES_DIR,
    allowedNetworks: values.HOLDFAST_WEBHOOK_ALLOW_PRIVATE,
    isHttpAllowed: values.HOLDFAST_WEBHOOK_ALLOW_HTTP,
  };
}

function areNetworks(networks: readonly string[]): boolean {
  try {
    createAddressGuard({ allow: networks });
    return true;
  } catch {
    return false;
  }
}
