import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { readJsonPage } from './json-page.ts';

export interface ProviderPlan {
  /** As tokens name it, and where its metadata lies. */
  readonly issuer: string;
  /** Where its keys are; default: where its metadata says. */
  readonly jwksUrl?: string;
}

export interface ProviderKeyOptions {
  /** After keys were asked for, an unknown key id asks again at the earliest so much later, ms. Default 10 s. */
  readonly coolDownMs?: number;
  /** Keys are asked for anew so often, ms. Default 10 minutes. */
  readonly refreshMs?: number;
  /** Keys not confirmed for so long are trusted no more, ms. Default a day. */
  readonly trustedMs?: number;
  /** Default 5 s. */
  readonly timeoutMs?: number;
}

export interface ProviderKeys {
  /** For `jwtVerify`. Throws `IdentityAway` when the keys cannot be had. */
  readonly keyOf: JWTVerifyGetKey;
  close(): void;
}

/** The provider of identities does not say by which keys it signs. */
export class IdentityAway extends Error {
  override readonly name = 'IdentityAway';
}

const AWAY_A_MOMENT_AGO = 'the provider of identities was away a moment ago';
const DEFAULTS = { coolDownMs: 10_000, refreshMs: 600_000, trustedMs: 86_400_000, timeoutMs: 5_000 };

/**
 * The public keys of a provider, kept. A key id that is not among them asks once more: that is how a rotated key comes in.
 * While the provider is away, what was learnt of it holds for a day; attempts pause, so that a flood of tokens is none of
 * questions.
 */
export function createProviderKeys(plan: ProviderPlan, options: ProviderKeyOptions = {}): ProviderKeys {
  const { coolDownMs, refreshMs, trustedMs, timeoutMs } = { ...DEFAULTS, ...options };
  const closing = new AbortController();
  let keys: JWTVerifyGetKey | undefined;
  let learntAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let asking: Promise<void> | undefined;

  const ask = async () => {
    try {
      const url = plan.jwksUrl ?? (await discover(plan.issuer, page));
      keys = createLocalJWKSet((await page(url)) as Parameters<typeof createLocalJWKSet>[0]);
      learntAt = performance.now();
      hasFailed = false;
    } catch (error) {
      hasFailed = true;
      throw new IdentityAway('the provider of identities does not tell its keys', { cause: error });
    } finally {
      askedAt = performance.now();
      asking = undefined;
    }
  };
  const page = (url: string) =>
    readJsonPage(url, { signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]) });
  const isCoolingDown = () => asking === undefined && performance.now() - askedAt < coolDownMs;
  const refresh = (): Promise<void> => {
    asking ??= ask();
    return asking;
  };
  const trusted = async (): Promise<JWTVerifyGetKey> => {
    const isTrusted = () => keys !== undefined && performance.now() - learntAt < trustedMs;
    if (!isTrusted() && isCoolingDown()) throw new IdentityAway(AWAY_A_MOMENT_AGO);
    if (!isTrusted()) await refresh();
    if (keys === undefined) throw new IdentityAway('the provider of identities told no keys');
    return keys;
  };

  const timer = setInterval(() => void refresh().catch(() => undefined), refreshMs);
  timer.unref();
  return {
    async keyOf(header, token) {
      const known = await trusted();
      try {
        return await known(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (isCoolingDown()) throw hasFailed ? new IdentityAway(AWAY_A_MOMENT_AGO) : error;
        await refresh();
        return (keys ?? known)(header, token);
      }
    },
    close() {
      clearInterval(timer);
      closing.abort();
    },
  };
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discover(issuer: string, page: (url: string) => Promise<unknown>): Promise<string> {
  const metadata = await page(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (typeof metadata !== 'object' || metadata === null) throw new Error('its metadata is no object');
  if (!('issuer' in metadata) || metadata.issuer !== issuer) throw new Error('its metadata is that of another issuer');
  if (!('jwks_uri' in metadata) || typeof metadata.jwks_uri !== 'string') throw new Error('its metadata names no keys');
  return metadata.jwks_uri;
}
