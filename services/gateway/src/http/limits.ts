import { createServer, type Server, type ServerOptions, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyServerFactory } from 'fastify';
import { type Certificate, TLS_OPTIONS } from '../security/certificate.ts';
import { PROBLEM_TYPE, PROBLEMS, type Problem, problemBody, sendProblem } from './problem.ts';
import { requestId } from './request-id.ts';

/** What a caller may ask of the server, whoever he is. */
export interface HttpLimits {
  /** Of a body on a route that says nothing else. */
  readonly bodyBytes: number;
  /** Of all headers and the address together. */
  readonly headerBytes: number;
  readonly headers: number;
  /** Of path and query, characters. */
  readonly address: number;
  /** For the headers, from the opening of the connection on, ms. */
  readonly headersTimeoutMs: number;
  /** For headers and body, ms. */
  readonly requestTimeoutMs: number;
  /** How long a connection may be idle between requests, ms. */
  readonly keepAliveMs: number;
  /** What is late is looked for so often, ms. */
  readonly checkEveryMs: number;
  readonly connections: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  bodyBytes: 131_072,
  headerBytes: 16_384,
  headers: 100,
  address: 4_096,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 72_000,
  checkEveryMs: 2_000,
  connections: 10_000,
};

/** Bodies larger than elsewhere, by route, bytes. */
export const BODY_BYTES: Readonly<Record<string, number>> = { 'POST /v1/events': 1_048_576 };

/** The server under Fastify: plain, or TLS from 1.2 on. Node ends what sends its headers or its body too slowly. */
export function limitedServer(limits: HttpLimits, certificate?: Certificate): FastifyServerFactory {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkEveryMs,
  };
  return (handler) => {
    const server = certificate
      ? (createTlsServer({ ...options, ...certificate, ...TLS_OPTIONS }, handler) as unknown as Server)
      : createServer(options, handler);
    // One more than is taken, so that it is seen; the rest is not even read.
    server.maxHeadersCount = limits.headers + 1;
    server.maxConnections = limits.connections;
    return server;
  };
}

/** Refuses long addresses and many headers before anything else looks at the request. Sets the limits of bodies. */
export function limitRequests(app: FastifyInstance, limits: HttpLimits): void {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (raw.rawHeaders.length > 2 * limits.headers) sendProblem(reply, PROBLEMS.manyHeaders);
    else if ((raw.url ?? '').length > limits.address) sendProblem(reply, PROBLEMS.longAddress);
    else done();
  });
  app.addHook('onRoute', (route) => {
    const bytes = BODY_BYTES[`${route.method} ${route.url}`];
    if (bytes !== undefined) route.bodyLimit ??= bytes;
  });
}

/** The answer to what never became a request; the connection ends with it. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = brokenBy(error.code);
  const body = problemBody(problem, requestId({ headers: {} }));
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nconnection: close\r\n` +
      `content-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function brokenBy(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return PROBLEMS.tooSlow;
  return code === 'HPE_HEADER_OVERFLOW' ? PROBLEMS.manyHeaders : PROBLEMS.notHttp;
}
