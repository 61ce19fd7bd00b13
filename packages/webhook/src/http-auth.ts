import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Where a secret is; it stands in no configuration itself. */
export const secretPlace = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ env: z.string().regex(/^[A-Z][A-Z0-9_]*$/) }),
]);
export type SecretPlace = z.infer<typeof secretPlace>;

/** Answers a secret as it stands there; throws where it cannot be read. */
export type ReadSecret = (place: SecretPlace) => string;

/** Reads secrets where they are said to be. Throws for a variable that is not set. */
export function createSecretReader(environment: Readonly<Record<string, string | undefined>>): ReadSecret {
  return (place) => {
    if ('file' in place) return readFileSync(place.file, 'utf8');
    const secret = environment[place.env];
    if (secret === undefined) throw new Error(`${place.env} is not set`);
    return secret;
  };
}

/** How a request says who sends it. */
export const httpAuth = z.union([
  z.strictObject({ bearer: secretPlace }),
  z.strictObject({ basic: z.strictObject({ user: z.string().min(1), password: secretPlace }) }),
  z.strictObject({ header: z.strictObject({ name: z.string().min(1), value: secretPlace }) }),
]);
export type HttpAuthPlan = z.infer<typeof httpAuth>;

/** The header that says who sends a request. */
export function authHeaders(
  plan: HttpAuthPlan | undefined,
  secret: (place: SecretPlace) => string,
): Record<string, string> {
  if (plan === undefined) return {};
  if ('bearer' in plan) return { authorization: `Bearer ${secret(plan.bearer)}` };
  if ('header' in plan) return { [plan.header.name.toLowerCase()]: secret(plan.header.value) };
  const { user, password } = plan.basic;
  return { authorization: `Basic ${Buffer.from(`${user}:${secret(password)}`).toString('base64')}` };
}
