import { readFile } from 'node:fs/promises';
import { Server as TlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '@holdfast/observability';
import type { SettingsFiles } from './settings-files.ts';

/** A certificate with its chain, and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificatePlaces {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface LiveCertificate {
  readonly first: Certificate;
  /** From now on a renewed one goes to this server, for connections to come. */
  renewOn(server: object): void;
}

/** What holds for every connection, renewed or not. */
export const TLS_OPTIONS = { minVersion: 'TLSv1.2' } as const;

/** Reads certificate and key, and again when one of them changes. Throws ConfigError when they cannot be used at the start. */
export async function openCertificate(places: CertificatePlaces, files: SettingsFiles): Promise<LiveCertificate> {
  let current: Certificate | undefined;
  let server: TlsServer | undefined;
  const file = files.follow<Certificate>('certificate', places.certFile, {
    async read(cert) {
      const value = checked(cert, await readFile(places.keyFile, 'utf8'));
      return { value, fingerprint: value.cert + value.key };
    },
    use(fresh) {
      current = fresh;
      server?.setSecureContext({ ...fresh, ...TLS_OPTIONS });
    },
  });
  await file.look();
  if (current === undefined) {
    await file.close();
    throw new ConfigError([`HOLDFAST_TLS_CERT_FILE: ${problemOf(file.check())}`]);
  }
  return {
    first: current,
    renewOn(found) {
      if (!(found instanceof TlsServer)) return;
      server = found;
      if (current) server.setSecureContext({ ...current, ...TLS_OPTIONS });
    },
  };
}

/** Throws, without a word of the key, when the two do not belong together. */
function checked(cert: string, key: string): Certificate {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(`the certificate and its key cannot be used together (${code})`);
  }
  return { cert, key };
}

function problemOf(answer: { readonly ok: boolean; readonly reason?: string }): string {
  return answer.reason ?? 'cannot be used';
}
