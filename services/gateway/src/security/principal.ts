import type { Role } from './roles.ts';

/** Who sent a request, as far as his key or token proves it. */
export interface Principal {
  /** Of the key, or the subject of the token: stable, never the secret itself. For logs and audit. */
  readonly id: string;
  readonly kind: 'key' | 'person';
  readonly roles: readonly Role[];
  /** Desks whose customers, alerts and work he sees; all where it is absent. */
  readonly desks?: readonly string[];
  /** Teams of these desks whose work he takes; all where it is absent. */
  readonly teams?: readonly string[];
}

/** What is of all desks, or of none, is not for who sees some alone. */
export function isBoundToDesks(principal: Principal | null): boolean {
  return principal?.desks !== undefined;
}

/**
 * `known`, or why not: `absent` when nothing was presented, `refused` when it is wrong or has expired, `unavailable` when it
 * cannot be checked now.
 */
export type Authentication =
  | { readonly kind: 'known'; readonly principal: Principal }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

/** Looks at the headers of a request. Never rejects. */
export type Authenticate = (headers: RequestHeaders) => Authentication | Promise<Authentication>;

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on public routes. */
    principal: Principal | null;
  }
}
