import { readKeyFile } from '@holdfast/access';
import { createPseudonym } from '@holdfast/observability';
import type { HttpExposure } from '../http/app.ts';
import { type AccessLogDeps, createAccessLog } from './access-log.ts';
import { ringOfEnvironment } from './api-keys.ts';
import type { Audit } from './audit.ts';
import { createAuthenticate } from './authentication.ts';
import { openCertificate } from './certificate.ts';
import { readDeskFile } from './desk-file.ts';
import { type KeyRing, keyRingOf } from './key-ring.ts';
import type { Authenticate } from './principal.ts';
import type { SecurityPlan } from './security-config.ts';
import { createSettingsFiles, type SettingsFilesDeps } from './settings-files.ts';
import type { SightOf } from './sight.ts';
import { sightByDesk } from './sight-by-desk.ts';
import { createTokenVerifier } from './tokens.ts';

export interface SecurityDeps extends SettingsFilesDeps, Pick<AccessLogDeps, 'append'> {}

export interface Security {
  readonly authenticate: Authenticate;
  readonly sightOf: SightOf;
  readonly audit: Audit;
  readonly exposure: HttpExposure;
  /** Where a renewed certificate goes. */
  renewOn(server: object): void;
  /** Told of each request that was not let in, by the code of its problem. */
  refused(code: string): void;
  close(): Promise<void>;
}

/** Builds who may come in, who sees whom, and who is noted. Throws ConfigError for a certificate that cannot be used. */
export async function openSecurity(plan: SecurityPlan, deps: SecurityDeps): Promise<Security> {
  const files = createSettingsFiles(deps);
  const certificate = plan.certificate && (await openCertificate(plan.certificate, files));
  const refusals = deps.metrics.counter({
    name: 'gateway_refused_requests_total',
    help: 'Requests that were not let in, by why.',
    labels: ['why'],
  });
  const ofEnvironment = ringOfEnvironment(plan.apiKeys);
  const rings: (() => KeyRing | undefined)[] = [() => ofEnvironment];
  if (plan.keysFile) rings.push(files.current('API key file', plan.keysFile, (text) => keyRingOf(readKeyFile(text))));
  const desks = plan.desksFile ? files.current('desk file', plan.desksFile, readDeskFile) : undefined;
  const tokens = plan.tokens && createTokenVerifier(plan.tokens);
  if (plan.pseudonymKey === undefined) {
    deps.logger.warn({}, 'without HOLDFAST_PSEUDONYM_KEY the log of accesses names customers anew after each start');
  }
  // Who may come in is known before the first request.
  await files.look();
  return {
    authenticate: createAuthenticate({ rings, now: Date.now, ...(tokens && { tokens: tokens.verify }) }),
    sightOf: sightByDesk(desks ?? 'every-customer'),
    audit: createAccessLog({ append: deps.append, pseudonym: createPseudonym(plan.pseudonymKey), now: Date.now }),
    exposure: {
      ...(certificate && { certificate: certificate.first }),
      corsOrigins: plan.corsOrigins,
      trustedProxies: plan.trustedProxies,
      limits: { connections: plan.connections },
      callerLimits: { perCaller: plan.rateLimit },
    },
    renewOn: (server) => certificate?.renewOn(server),
    refused: (why) => refusals.increment({ why }),
    async close() {
      tokens?.close();
      await files.close();
    },
  };
}
