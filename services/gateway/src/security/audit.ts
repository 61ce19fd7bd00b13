import type { FastifyRequest } from 'fastify';

/** Somebody looked at, or changed, what is known of a person. */
export interface PersonalAccess {
  /** `customer.read`, `customer.export`, `recommendation.create` …: noun and verb, short and stable. */
  readonly action: string;
  /** Of a page: of everybody on it, at least one and as many as a page may have. */
  readonly customerId: string | readonly string[];
}

/** Notes it with who it was, before the answer leaves. Rejects when it cannot be noted: then nothing is to be shown. */
export type Audit = (request: FastifyRequest, access: PersonalAccess) => Promise<void>;
