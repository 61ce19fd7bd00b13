import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { keyDigest, keyEntryText, newApiKey } from '@holdfast/access';
import { ConfigError, createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { eventually } from '@holdfast/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { writeSelfSigned } from '../../test/self-signed.ts';
import { createGateway } from '../gateway.ts';
import type { Face } from '../http/face.ts';
import { openSecurity } from './security.ts';
import type { SecurityPlan } from './security-config.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-security-'));
  closers.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Replaced as a whole, the way a mounted secret is. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

const alerts: Face = { name: 'alerts', routes: (app) => void app.get('/v1/alerts', async () => ({ ok: true })) };

async function started(plan: Partial<SecurityPlan>) {
  const lines: string[] = [];
  const logger = createLogger({ service: 'gateway' }, { write: (line: string) => lines.push(line) });
  const metrics = createMetrics({ service: 'gateway' });
  const health = createHealth();
  const security = await openSecurity(
    { apiKeys: [], corsOrigins: [], trustedProxies: [], rateLimit: 1_000, connections: 100, ...plan },
    { append: async () => true, metrics, health, logger },
  );
  closers.push(() => security.close());
  const gateway = await createGateway(
    {
      faces: [alerts],
      authenticate: security.authenticate,
      metrics,
      health,
      logger,
      requestSeen: () => {},
      requestRefused: security.refused,
    },
    { host: '127.0.0.1', port: 0, ...security.exposure },
  );
  security.renewOn(gateway.app.server);
  closers.push(() => gateway.close());
  const port = await gateway.start();
  const status = async (key: string) =>
    (await fetch(`http://127.0.0.1:${port}/v1/alerts`, { headers: { authorization: `Bearer ${key}` } })).status;
  return { port, status, lines, metrics, health, security };
}

function entryOf(key: string, id = 'crm'): string {
  return keyEntryText({ id, sha256: keyDigest(key), roles: ['agent'] });
}

describe('the file of API keys', () => {
  it('changes while the gateway runs, so that a key rotates without a gap', async () => {
    const path = join(await folder(), 'keys.yaml');
    const [old, next] = [newApiKey(), newApiKey()];
    await writeFile(path, `keys:\n${entryOf(old)}`);
    const { status } = await started({ keysFile: path });
    expect([await status(old), await status(next)]).toEqual([200, 401]);
    await replace(path, `keys:\n${entryOf(old)}${entryOf(next)}`);
    await eventually('the new key opens', async () => expect(await status(next)).toBe(200));
    expect(await status(old)).toBe(200);
    await replace(path, `keys:\n${entryOf(next)}`);
    await eventually('the old key opens no more', async () => expect(await status(old)).toBe(401));
    expect(await status(next)).toBe(200);
  });

  it('that turns bad leaves the old one in force, is counted, and said where operators look', async () => {
    const path = join(await folder(), 'keys.yaml');
    const key = newApiKey();
    await writeFile(path, `keys:\n${entryOf(key)}`);
    const { status, health, metrics, lines } = await started({ keysFile: path });
    await replace(path, `keys:\n  - id: crm\n    key: ${key}\n`);
    const report = await eventually('the bad file is seen', async () => {
      const found = await health.report('readiness');
      expect(JSON.stringify(found)).toContain('an older file is in force');
      return found;
    });
    expect(report.ok).toBe(true);
    expect(JSON.stringify(report)).toContain('keys[0] has a field that does not exist: key');
    expect(await metrics.render()).toContain('holdfast_settings_file_refusals_total{file="API key file"');
    expect(await status(key)).toBe(200);
    expect(lines.join('') + JSON.stringify(report)).not.toContain(key);
  });

  it('that was never good makes the gateway not ready, and no key wrong', async () => {
    const path = join(await folder(), 'keys.yaml');
    const key = newApiKey();
    const { status, health } = await started({ keysFile: path });
    expect([await status(key), (await health.report('readiness')).ok]).toEqual([503, false]);
    await writeFile(path, `keys:\n${entryOf(key)}`);
    await eventually('the file is found', async () => expect(await status(key)).toBe(200));
    expect((await health.report('readiness')).ok).toBe(true);
  });
});

describe('the file of desks', () => {
  it('need not be there for a desk to see its own work alone', async () => {
    const { security } = await started({});
    const sight = security.sightOf({ id: 'a', kind: 'key', roles: ['agent'], desks: ['care'] });
    const sees = (desk: string) => sight.work({ desk, team: '', accountManager: '' });
    expect([sees('care'), sees('retention')]).toEqual([true, false]);
  });

  it('says who sees whom, and changes while the gateway runs', async () => {
    const path = join(await folder(), 'desks.yaml');
    await writeFile(path, 'desks: { care: { customers: { cities: [Bonn] } } }');
    const { security } = await started({ desksFile: path });
    const sees = (city: string) =>
      security
        .sightOf({ id: 'a', kind: 'key', roles: ['agent'], desks: ['care'] })
        .customer({ tier: '', city, accountManager: '' });
    expect([sees('Bonn'), sees('Köln')]).toEqual([true, false]);
    await replace(path, 'desks: { care: { customers: all } }');
    await eventually('the new file is in force', () => expect(sees('Köln')).toBe(true));
  });
});

describe('a provider of identities', () => {
  it('that is away makes a token 503 and not wrong, and is no matter of keys', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
    const provider = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
    const tokens = { issuer: 'https://id.example.org', audience: 'holdfast', jwksUrl };
    const token = await new SignJWT({ sub: 'a.jung', roles: ['agent'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(tokens.issuer)
      .setAudience(tokens.audience)
      .setExpirationTime('1m')
      .sign(privateKey);
    const key = 'agent-0123456789abc';
    const apiKeys = [{ role: 'agent', key }] as const;
    const warm = await started({ tokens, apiKeys });
    expect([await warm.status(token), await warm.status(key)]).toEqual([200, 200]);
    await new Promise<void>((resolve) => {
      provider.close(() => resolve());
      provider.closeAllConnections();
    });
    expect(await warm.status(token)).toBe(200);
    const cold = await started({ tokens, apiKeys });
    expect([await cold.status(token), await cold.status(key)]).toEqual([503, 200]);
    expect(await cold.metrics.render()).toContain('holdfast_gateway_refused_requests_total{why="identity-away"');
  });
});

/** One request over TLS. Answers the common name of the certificate with it. */
function tlsGet(port: number, ca: string): Promise<{ status: number; hsts: string | undefined; name: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    hsts: string | undefined;
    name: string;
  }>();
  const asked = request({ host: '127.0.0.1', port, path: '/livez', ca, agent: false }, (response) => {
    const name = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
    response.resume();
    const hsts = response.headers['strict-transport-security'];
    response.once('end', () => resolve({ status: response.statusCode ?? 0, hsts, name }));
  });
  asked.once('error', reject);
  asked.end();
  return promise;
}

describe('TLS', () => {
  async function certificate() {
    const at = await folder();
    const places = { certFile: join(at, 'cert.pem'), keyFile: join(at, 'key.pem') };
    await writeSelfSigned(places.certFile, places.keyFile, 'first');
    return { at, places };
  }

  it('serves by the certificate, tells browsers to stay, and takes a renewed one without a restart', async () => {
    const { at, places } = await certificate();
    const { port } = await started({ certificate: places });
    const first = await readFile(places.certFile, 'utf8');
    expect(await tlsGet(port, first)).toEqual({ status: 200, hsts: 'max-age=31536000', name: 'first' });
    await writeSelfSigned(join(at, 'c2.pem'), join(at, 'k2.pem'), 'second');
    const second = await readFile(join(at, 'c2.pem'), 'utf8');
    // The key first: in between the two do not belong together, and the old pair stays.
    await replace(places.keyFile, await readFile(join(at, 'k2.pem'), 'utf8'));
    expect(await tlsGet(port, first)).toMatchObject({ name: 'first' });
    await replace(places.certFile, second);
    await eventually('the renewed certificate is served', async () =>
      expect(await tlsGet(port, second)).toMatchObject({ status: 200, name: 'second' }),
    );
  });

  it('is 1.2 at least, and nothing else is answered on the port', async () => {
    const { places } = await certificate();
    const { port } = await started({ certificate: places });
    const ca = await readFile(places.certFile, 'utf8');
    const handshake = (version: 'TLSv1.1' | 'TLSv1.2') => {
      const { promise, resolve } = Promise.withResolvers<string | null>();
      const ciphers = 'DEFAULT@SECLEVEL=0';
      const options = { host: '127.0.0.1', port, ca, minVersion: version, maxVersion: version, ciphers } as const;
      const socket = tlsConnect(options, () => resolve(socket.getProtocol()));
      socket.once('error', (error) => resolve(error.message));
      closers.push(() => socket.destroy());
      return promise;
    };
    expect(await handshake('TLSv1.2')).toBe('TLSv1.2');
    expect(await handshake('TLSv1.1')).toMatch(/alert|version|closed/i);
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
  });

  it('is not begun with a certificate and a key that do not belong together', async () => {
    const { at, places } = await certificate();
    await writeSelfSigned(join(at, 'other.pem'), places.keyFile, 'other');
    const failed = started({ certificate: places });
    await expect(failed).rejects.toThrow(ConfigError);
    await expect(failed).rejects.toThrow(/HOLDFAST_TLS_CERT_FILE: the certificate and its key cannot be used together/);
  });
});
