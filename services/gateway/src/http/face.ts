import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

/** The server as routes are added to it: schemas are zod's, and what they say is in the OpenAPI document. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A group of routes with what they hold open. */
export interface Face {
  readonly name: string;
  /** Adds its routes, in a scope of their own: parsers and hooks set here do not reach other faces. */
  routes(app: HttpApp): void;
  /** Ends streams and background work, before requests under way are finished. */
  close?(): void | Promise<void>;
}
