import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorMessage } from './error-description.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface OpsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface OpsPages {
  readonly metrics: Metrics;
  readonly health: Health;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 64;

/** The answer to one of `/livez`, `/readyz`, `/metrics`; undefined for any other path. */
export async function opsAnswer(path: string, pages: OpsPages): Promise<OpsAnswer | undefined> {
  if (path === '/metrics') {
    return { status: 200, contentType: pages.metrics.contentType, body: await pages.metrics.render() };
  }
  if (path !== '/livez' && path !== '/readyz') return undefined;
  const report = await pages.health.report(path === '/livez' ? 'liveness' : 'readiness');
  return { status: report.ok ? 200 : 503, contentType: 'application/json', body: `${JSON.stringify(report)}\n` };
}

/** A small HTTP server for probes and scraping, for services without another one. Port 0 takes any free port. */
export async function createOpsServer(
  options: { readonly host: string; readonly port: number } & OpsPages,
): Promise<OpsServer> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request.method ?? '', request.url ?? '/', options).then((found) => {
      response.writeHead(found.status, { 'content-type': found.contentType, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : found.body);
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = HEADERS_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(method: string, url: string, pages: OpsPages): Promise<OpsAnswer> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET is answered here');
  try {
    return (await opsAnswer(url.split('?', 1)[0] ?? '/', pages)) ?? plain(404, 'try /livez, /readyz or /metrics');
  } catch (error) {
    return plain(500, errorMessage(error));
  }
}

function plain(status: number, text: string): OpsAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}
