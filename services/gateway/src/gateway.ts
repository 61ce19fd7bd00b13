import type { AddressInfo } from 'node:net';
import type { Health, Logger, Metrics } from '@holdfast/observability';
import { createHttpApp, type HttpExposure } from './http/app.ts';
import type { Face, HttpApp } from './http/face.ts';
import { DEFAULT_TMF_PREFIX } from './security/guard.ts';
import type { Authenticate } from './security/principal.ts';

export interface GatewayDeps {
  readonly faces: readonly Face[];
  readonly authenticate: Authenticate;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly logger: Logger;
  /** Told of each answer, by the pattern of its route. */
  requestSeen(route: string, status: number, tookMs: number): void;
  /** Told of each request that was not let in, by the code of its problem. */
  requestRefused?(code: string): void;
}

export interface GatewayOptions extends HttpExposure {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where TM Forum interfaces begin. Default `/tmf-api`. */
  readonly tmfPrefix?: string;
}

export interface Gateway {
  readonly app: HttpApp;
  /** Listens; answers the port. */
  start(): Promise<number>;
  /** Ends the streams, finishes requests under way. */
  close(): Promise<void>;
}

/** Every HTTP face of the product on one port. */
export async function createGateway(deps: GatewayDeps, options: GatewayOptions): Promise<Gateway> {
  const app = await createHttpApp(
    { ...deps, seen: deps.requestSeen, refused: (code) => deps.requestRefused?.(code) },
    { ...options, tmfPrefix: options.tmfPrefix ?? DEFAULT_TMF_PREFIX },
  );
  for (const face of deps.faces) app.register(async (scope) => face.routes(scope as HttpApp));
  return {
    app,
    async start() {
      await app.listen({ host: options.host, port: options.port });
      return (app.server.address() as AddressInfo).port;
    },
    async close() {
      await Promise.all(deps.faces.map((face) => face.close?.()));
      await app.close();
    },
  };
}
