import { ROLES, type Role } from '@holdfast/access';
import { MIN_SECRET_LENGTH } from '@holdfast/kafka';
import { z } from 'zod';
import { type ApiKey, parseApiKeys } from './api-keys.ts';
import { DEFAULT_CALLER_LIMITS } from './callers.ts';
import type { CertificatePlaces } from './certificate.ts';
import type { TokenPlan } from './tokens.ts';

/** What the environment says of who may come in, and how. */
export interface SecurityPlan {
  readonly apiKeys: readonly ApiKey[];
  readonly keysFile?: string;
  readonly tokens?: TokenPlan;
  readonly desksFile?: string;
  readonly certificate?: CertificatePlaces;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Requests a second of one caller. */
  readonly rateLimit: number;
  readonly connections: number;
  /** Under which customers are named in the log of accesses. */
  readonly pseudonymKey?: string;
}

const path = () => z.string().min(1).optional();
const claim = () => z.string().min(1).max(256).optional();
const count = (fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .refine((text) => /^[1-9]\d{0,6}$/.test(text), 'must be a whole number from 1 to 9999999')
    .transform(Number);
const list = () =>
  z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []));

export const SECURITY_FIELDS = {
  HOLDFAST_API_KEYS: z
    .string()
    .transform((text, context): readonly ApiKey[] => {
      const parsed = parseApiKeys(text);
      if (parsed.ok) return parsed.keys;
      context.addIssue({ code: 'custom', message: parsed.problem });
      return z.NEVER;
    })
    .optional(),
  HOLDFAST_API_KEYS_FILE: path(),
  HOLDFAST_OIDC_ISSUER: z.string().refine(isTrustworthy, 'must be an https URL (http on this machine only)').optional(),
  HOLDFAST_OIDC_AUDIENCE: z.string().min(1).optional(),
  HOLDFAST_OIDC_JWKS_URL: z
    .string()
    .refine(isTrustworthy, 'must be an https URL (http on this machine only)')
    .optional(),
  HOLDFAST_OIDC_ID_CLAIM: claim(),
  HOLDFAST_OIDC_ROLES_CLAIM: claim(),
  HOLDFAST_OIDC_ROLE_MAP: z
    .string()
    .transform((text, context): ReadonlyMap<string, readonly Role[]> => {
      const { roles, problem } = parseRoleMap(text);
      if (problem === undefined) return roles;
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    })
    .optional(),
  HOLDFAST_OIDC_DESKS_CLAIM: claim(),
  HOLDFAST_OIDC_TEAMS_CLAIM: claim(),
  HOLDFAST_DESKS_FILE: path(),
  HOLDFAST_TLS_CERT_FILE: path(),
  HOLDFAST_TLS_KEY_FILE: path(),
  HOLDFAST_CORS_ORIGINS: list().refine(
    (origins) => origins.every((origin) => URL.parse(origin)?.origin === origin),
    'must be origins such as https://desk.example.org, comma-separated; * is not one',
  ),
  HOLDFAST_TRUSTED_PROXIES: list().refine(
    (places) => places.every((place) => /^[0-9a-f.:]+(\/\d{1,3})?$/i.test(place)),
    'must be addresses or networks such as 10.0.0.0/8, comma-separated',
  ),
  HOLDFAST_RATE_LIMIT: count(DEFAULT_CALLER_LIMITS.perCaller),
  HOLDFAST_MAX_CONNECTIONS: count(10_000),
  HOLDFAST_PSEUDONYM_KEY: z
    .string()
    .min(MIN_SECRET_LENGTH, `must have ${MIN_SECRET_LENGTH} characters or more`)
    .optional(),
};

type Values = z.output<z.ZodObject<typeof SECURITY_FIELDS>>;

/** What does not go together, by key. */
export function securityContradictions(values: Values): readonly { readonly key: string; readonly message: string }[] {
  const needs = (key: keyof Values, other: keyof Values) =>
    values[key] !== undefined && values[other] === undefined ? [{ key: other, message: `is needed with ${key}` }] : [];
  const isClosed = !(values.HOLDFAST_API_KEYS ?? values.HOLDFAST_API_KEYS_FILE ?? values.HOLDFAST_OIDC_ISSUER);
  const nobody = 'is missing; so are HOLDFAST_API_KEYS_FILE and HOLDFAST_OIDC_ISSUER, and nobody could come in';
  const others = [
    'HOLDFAST_OIDC_AUDIENCE',
    'HOLDFAST_OIDC_JWKS_URL',
    'HOLDFAST_OIDC_ID_CLAIM',
    'HOLDFAST_OIDC_ROLES_CLAIM',
    'HOLDFAST_OIDC_ROLE_MAP',
    'HOLDFAST_OIDC_DESKS_CLAIM',
    'HOLDFAST_OIDC_TEAMS_CLAIM',
  ] as const;
  return [
    ...(isClosed ? [{ key: 'HOLDFAST_API_KEYS', message: nobody }] : []),
    ...needs('HOLDFAST_OIDC_ISSUER', 'HOLDFAST_OIDC_AUDIENCE'),
    ...others.flatMap((key) => needs(key, 'HOLDFAST_OIDC_ISSUER')).slice(0, 1),
    ...needs('HOLDFAST_TLS_CERT_FILE', 'HOLDFAST_TLS_KEY_FILE'),
    ...needs('HOLDFAST_TLS_KEY_FILE', 'HOLDFAST_TLS_CERT_FILE'),
  ];
}

export function securityPlan(values: Values): SecurityPlan {
  const { HOLDFAST_TLS_CERT_FILE: certFile, HOLDFAST_TLS_KEY_FILE: keyFile } = values;
  const tokens = tokenPlan(values);
  return {
    apiKeys: values.HOLDFAST_API_KEYS ?? [],
    corsOrigins: values.HOLDFAST_CORS_ORIGINS,
    trustedProxies: values.HOLDFAST_TRUSTED_PROXIES,
    rateLimit: values.HOLDFAST_RATE_LIMIT,
    connections: values.HOLDFAST_MAX_CONNECTIONS,
    ...given('keysFile', values.HOLDFAST_API_KEYS_FILE),
    ...given('tokens', tokens),
    ...given('desksFile', values.HOLDFAST_DESKS_FILE),
    ...given('certificate', certFile && keyFile ? { certFile, keyFile } : undefined),
    ...given('pseudonymKey', values.HOLDFAST_PSEUDONYM_KEY),
  };
}

function tokenPlan(values: Values): TokenPlan | undefined {
  const { HOLDFAST_OIDC_ISSUER: issuer, HOLDFAST_OIDC_AUDIENCE: audience } = values;
  if (issuer === undefined || audience === undefined) return undefined;
  return {
    issuer,
    audience,
    ...given('jwksUrl', values.HOLDFAST_OIDC_JWKS_URL),
    ...given('idClaim', values.HOLDFAST_OIDC_ID_CLAIM),
    ...given('rolesClaim', values.HOLDFAST_OIDC_ROLES_CLAIM),
    ...given('rolesOf', values.HOLDFAST_OIDC_ROLE_MAP),
    ...given('desksClaim', values.HOLDFAST_OIDC_DESKS_CLAIM),
    ...given('teamsClaim', values.HOLDFAST_OIDC_TEAMS_CLAIM),
  };
}

function given<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: V };
}

/** `value=role,value=role`. A comma or an equals sign in a value is percent-encoded, as in the name of an LDAP group. */
function parseRoleMap(text: string): { roles: Map<string, Role[]>; problem?: string } {
  const roles = new Map<string, Role[]>();
  for (const [index, entry] of text.split(',').entries()) {
    const at = entry.indexOf('=');
    const role = ROLES.find((known) => known === entry.slice(at + 1).trim());
    const value = decoded(entry.slice(0, Math.max(at, 0)).trim());
    if (!value || role === undefined) {
      return { roles, problem: `entry ${index + 1} must be value=role with a role of ${ROLES.join(', ')}` };
    }
    roles.set(value, [...(roles.get(value) ?? []), role]);
  }
  return { roles };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Who can change what a provider answers can make tokens. */
function isTrustworthy(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.hash !== '') return false;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
}
