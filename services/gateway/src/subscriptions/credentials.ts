import { authHeaders, awsSignature, httpAuth, type ReadSecret, type SecretPlace, secretPlace } from '@holdfast/webhook';
import { parse } from 'yaml';
import { z } from 'zod';

/** A file of credentials that cannot be used; says where and why, and holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** How requests to others say who sends them. Whoever makes a subscription names credentials; he never sees them. */
export interface Credentials {
  /** Why credentials of this name do not serve for this address; undefined when they do. */
  problem(name: string, url: string): string | undefined;
  /** The headers to add. Secrets are read anew each time, so that they may change. Throws where one cannot be read. */
  headers(name: string, request: SignedRequest, atMs: number): Readonly<Record<string, string>>;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Without hosts, whoever may name credentials could have them sent to himself. */
const hosts = z.array(z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?$/, 'must be hosts, in small letters')).min(1);
const aws = z.strictObject({
  region: z.string().min(1),
  service: z.string().min(1),
  accessKeyId: secretPlace,
  secretAccessKey: secretPlace,
  sessionToken: secretPlace.optional(),
});
type AwsPlan = z.infer<typeof aws>;

const [bearer, basic, header] = httpAuth.options;
const file = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  z.union([
    bearer.extend({ hosts }),
    basic.extend({ hosts }),
    header.extend({ hosts }),
    z.strictObject({ aws, hosts }),
  ]),
);
type Plan = z.infer<typeof file>[string];

/** Reads the text of a file of credentials, YAML. Throws CredentialsError, for a secret that is not there as well. */
export function readCredentials(text: string, readSecret: ReadSecret): Credentials {
  const { data: plans, error } = file.safeParse(parsed(text));
  if (error) throw new CredentialsError(z.prettifyError(error));
  const secret = (place: SecretPlace) => readSecret(place).trimEnd();
  const headersOf = (plan: Plan, request: SignedRequest, atMs: number) => {
    if (!('aws' in plan)) return authHeaders(plan, secret);
    return awsSignature(request, awsCredentials(plan.aws, secret), atMs);
  };
  for (const [name, plan] of Object.entries(plans)) {
    try {
      headersOf(plan, { method: 'POST', url: `https://${plan.hosts[0]}/`, headers: {}, body: '' }, 0);
    } catch {
      throw new CredentialsError(`a secret of ${name} cannot be read`);
    }
  }
  return {
    problem(name, url) {
      const plan = Object.hasOwn(plans, name) ? plans[name] : undefined;
      if (plan === undefined) return `there are no credentials ${name}`;
      return plan.hosts.includes(new URL(url).host) ? undefined : `the credentials ${name} are not for this host`;
    },
    headers(name, request, atMs) {
      const plan = plans[name];
      if (plan === undefined || this.problem(name, request.url) !== undefined) throw new Error('no such credentials');
      return headersOf(plan, request, atMs);
    },
  };
}

/** Where no file is configured. */
export const NO_CREDENTIALS: Credentials = readCredentials('{}', () => '');

function awsCredentials(plan: AwsPlan, secret: (place: SecretPlace) => string) {
  const { region, service, accessKeyId, secretAccessKey, sessionToken } = plan;
  const token = sessionToken && secret(sessionToken);
  return {
    region,
    service,
    accessKeyId: secret(accessKeyId),
    secretAccessKey: secret(secretAccessKey),
    ...(token !== undefined && { sessionToken: token }),
  };
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new CredentialsError(`the file is no YAML: ${error instanceof Error ? error.message : error}`);
  }
}
