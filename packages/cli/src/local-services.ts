import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree, STATE_DIR } from '../../../infra/stack/index.mjs';
import type { Addresses } from './addresses.ts';
import { startServiceProcess } from './service-process.ts';

/** Roles of which a local gateway has a key each. */
const ROLES = ['producer', 'agent', 'supervisor', 'marketer', 'approver', 'operator', 'auditor'] as const;

export interface LocalKeys {
  readonly byRole: Readonly<Record<(typeof ROLES)[number], string>>;
  /** Where they are kept with the address of the gateway, as shell variables, readable by this user alone. */
  readonly path: string;
}

export interface LocalServices {
  readonly gatewayUrl: string;
  readonly keys: LocalKeys;
  stop(): Promise<void>;
}

export interface LocalServicesOptions {
  /** Of the log files and the file of keys. */
  readonly label: string;
  /** Of the gateway, where it is free; else any. */
  readonly port?: number;
}

const NAMES = ['worker', 'gateway', 'dispatcher'] as const;
export const LOG_DIR: string = join(STATE_DIR, 'logs');

/** The HOLDFAST_* variables that point a service at the parts; and a cache that halves the time a service takes to start. */
export function serviceEnvironment(addresses: Addresses): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: join(STATE_DIR, 'compile-cache'),
    HOLDFAST_KAFKA_BROKERS: addresses.brokers.join(','),
    HOLDFAST_REGISTRY_URL: addresses.registryUrl,
    HOLDFAST_REDIS_URL: addresses.redisUrl,
    HOLDFAST_QUEUE_REDIS_URL: addresses.queueRedisUrl,
    ...(addresses.policyDir === undefined ? {} : { HOLDFAST_POLICY_DIR: addresses.policyDir }),
    ...(addresses.erasureKey === undefined ? {} : { HOLDFAST_ERASURE_KEY: addresses.erasureKey }),
  };
}

/** Starts worker, gateway and dispatcher, all at once, with keys made for this run. Rejects when one fails, none left behind. */
export async function startLocalServices(
  addresses: Addresses,
  { label, port }: LocalServicesOptions,
): Promise<LocalServices> {
  const byRole = Object.fromEntries(
    ROLES.map((role) => [role, randomBytes(24).toString('hex')]),
  ) as LocalKeys['byRole'];
  const environment = {
    ...serviceEnvironment(addresses),
    HOLDFAST_API_KEYS: ROLES.map((role) => `${role}:${byRole[role]}`).join(','),
  };
  const gatewayPort = port !== undefined && (await isPortFree(port)) ? port : 0;
  const portOf = (name: string) => (name === 'gateway' ? { HOLDFAST_HTTP_PORT: String(gatewayPort) } : {});
  const settled = await Promise.allSettled(
    NAMES.map((name) =>
      startServiceProcess(name, {
        environment: { ...environment, ...portOf(name) },
        logDir: LOG_DIR,
        label: `${label}-${name}`,
      }),
    ),
  );
  const running = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const path = join(STATE_DIR, `${label}.env`);
  const stop = async () => {
    await Promise.all(running.map((service) => service.stop()));
    rmSync(path, { force: true });
  };
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const gatewayUrl = `http://127.0.0.1:${running.find(({ name }) => name === 'gateway')?.port}`;
  writeKeys(path, gatewayUrl, byRole);
  return { gatewayUrl, keys: { byRole, path }, stop };
}

function writeKeys(path: string, gatewayUrl: string, byRole: LocalKeys['byRole']): void {
  const lines = ROLES.map((role) => `${role.toUpperCase()}_KEY=${byRole[role]}\n`);
  // Removed first: the mode is given only to a file that is made.
  rmSync(path, { force: true });
  writeFileSync(path, `GATEWAY_URL=${gatewayUrl}\n${lines.join('')}`, { mode: 0o600 });
}
