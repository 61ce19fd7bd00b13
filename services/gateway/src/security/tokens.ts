import { ROLES, type Role } from '@holdfast/access';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Authentication, Principal } from './principal.ts';
import { createProviderKeys, IdentityAway, type ProviderKeyOptions, type ProviderPlan } from './provider-keys.ts';

/** What tokens of a provider mean here. Claims are named as they are, or by a path with dots. */
export interface TokenPlan extends ProviderPlan {
  readonly audience: string;
  /** Default `sub`. */
  readonly idClaim?: string;
  /** Default `roles`. */
  readonly rolesClaim?: string;
  /** Roles by value of the claim; where it is absent the values are the roles. */
  readonly rolesOf?: ReadonlyMap<string, readonly Role[]>;
  /** Where it is named, a token without it sees nothing of any desk, and `*` is all of them. */
  readonly desksClaim?: string;
  readonly teamsClaim?: string;
}

export interface TokenVerifier {
  /** Never rejects. */
  verify(token: string): Promise<Authentication>;
  close(): void;
}

/** What a public key can check. A shared secret or no signature at all is never one of them. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks differ. */
const TOLERANCE_SECONDS = 30;
const EVERYTHING = '*';
const MAX_VALUES = 1_000;
const MAX_ID_LENGTH = 128;

/** Checks bearer tokens of an OpenID Connect provider: signature, issuer, audience, times (RFC 7519, RFC 8725). */
export function createTokenVerifier(plan: TokenPlan, options: ProviderKeyOptions = {}): TokenVerifier {
  const keys = createProviderKeys(plan, options);
  const expected = {
    issuer: plan.issuer,
    audience: plan.audience,
    algorithms: ALGORITHMS,
    clockTolerance: TOLERANCE_SECONDS,
    requiredClaims: ['exp'],
  };
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys.keyOf, expected);
        return principalOf(payload, plan);
      } catch (error) {
        if (error instanceof IdentityAway) return { kind: 'unavailable', detail: error.message };
        return { kind: 'refused', detail: reasonOf(error) };
      }
    },
    close: keys.close,
  };
}

function principalOf(claims: JWTPayload, plan: TokenPlan): Authentication {
  const id = claimAt(claims, plan.idClaim ?? 'sub');
  if (typeof id !== 'string' || id.length > MAX_ID_LENGTH || !/^[\x21-\x7e]+$/.test(id)) {
    return { kind: 'refused', detail: 'the token does not say who it is for' };
  }
  const principal: Principal = {
    id,
    kind: 'person',
    roles: rolesOf(valuesAt(claims, plan.rolesClaim ?? 'roles'), plan.rolesOf),
    ...scoped('desks', claims, plan.desksClaim),
    ...scoped('teams', claims, plan.teamsClaim),
  };
  return { kind: 'known', principal };
}

function rolesOf(values: readonly string[], map: TokenPlan['rolesOf']): readonly Role[] {
  const named = map ? values.flatMap((value) => map.get(value) ?? []) : values;
  return ROLES.filter((role) => named.includes(role));
}

function scoped(name: 'desks' | 'teams', claims: JWTPayload, claim: string | undefined) {
  if (claim === undefined) return {};
  const values = valuesAt(claims, claim);
  return values.includes(EVERYTHING) ? {} : { [name]: values };
}

/** A list of texts, or one text with spaces between, as `scope` has it. */
function valuesAt(claims: JWTPayload, claim: string): readonly string[] {
  const value = claimAt(claims, claim);
  if (typeof value === 'string') return value.split(' ').filter((part) => part !== '');
  return Array.isArray(value) ? value.slice(0, MAX_VALUES).filter((each) => typeof each === 'string') : [];
}

/** Names may hold dots themselves, as addresses do, so the name as it is comes first. */
function claimAt(claims: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(claims, claim)) return claims[claim];
  return claim.split('.').reduce<unknown>((value, step) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    return isObject ? (value as Readonly<Record<string, unknown>>)[step] : undefined;
  }, claims);
}

/** For the caller: what to change, and nothing of the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the token does not fit in its claim ${error.claim}`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the token is signed by an algorithm that is not taken';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the token is signed by a key the provider does not have';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong';
  return 'it is no token that can be checked';
}
