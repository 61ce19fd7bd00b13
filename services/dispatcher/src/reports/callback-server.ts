import { timingSafeEqual } from 'node:crypto';
import type { WebhookSigner } from '@holdfast/webhook';
import { fastify } from 'fastify';
import type { CallbackPlan } from '../channels/channel-plan.ts';
import { parsedJson } from '../channels/json-path.ts';
import { reportsIn } from './callback.ts';
import type { ReportTaker } from './report-taker.ts';

/** How the callbacks of a channel are read and believed; exactly one of signer and token is there. */
export interface CallbackRoute {
  readonly plan: CallbackPlan;
  readonly signer?: WebhookSigner;
  readonly token?: string;
}

export interface CallbackServerDeps {
  /** Asked at every call, since channels come and go. */
  route(channel: string): CallbackRoute | undefined;
  readonly reports: ReportTaker;
}

export interface CallbackServer {
  readonly port: number;
  close(): Promise<void>;
}

const BODY_MAX_BYTES = 256 * 1024;
const REPORTS_MAX = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * `POST /callbacks/{channel}`: what a provider tells of messages it took. 2xx only when every report is in the log or will
 * never be; 404 and 503 ask the provider to come again. Repeats are harmless.
 */
export async function createCallbackServer(
  options: { readonly host: string; readonly port: number },
  deps: CallbackServerDeps,
): Promise<CallbackServer> {
  const app = fastify({ bodyLimit: BODY_MAX_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, logger: false });
  app.removeAllContentTypeParsers();
  // As text: a signature is over the bytes as they came.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.post<{ Params: { channel: string } }>('/callbacks/:channel', async (request, reply) => {
    const body = typeof request.body === 'string' ? request.body : '';
    const { status, said } = await answerOf(request.params.channel, { body, headers: request.headers }, deps);
    return reply.code(status).send({ message: said });
  });
  await app.listen({ host: options.host, port: options.port });
  const [address] = app.addresses();
  return { port: typeof address === 'object' ? address.port : 0, close: () => app.close() };
}

interface CallbackRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface CallbackAnswer {
  readonly status: number;
  readonly said: string;
}

async function answerOf(channel: string, request: CallbackRequest, deps: CallbackServerDeps): Promise<CallbackAnswer> {
  const route = deps.route(channel);
  // The same words for a channel that is not there: who has no key learns nothing.
  if (route === undefined || !isGenuine(route, request)) return { status: 401, said: 'not authorised' };
  const reports = reportsIn(parsedJson(request.body), route.plan, channel);
  if (reports === undefined) return { status: 422, said: 'no delivery report' };
  if (reports.length > REPORTS_MAX) return { status: 413, said: `more than ${REPORTS_MAX} reports` };
  const answers = await Promise.all(reports.map((report) => deps.reports.take(report)));
  if (answers.includes('away')) return { status: 503, said: 'come again' };
  if (answers.includes('unknown')) return { status: 404, said: 'no such message' };
  return { status: 202, said: 'taken' };
}

function isGenuine({ signer, token }: CallbackRoute, { body, headers }: CallbackRequest): boolean {
  if (signer !== undefined) {
    const texts = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return signer.isGenuine(body, Object.fromEntries(texts));
  }
  const given = Buffer.from(String(headers.authorization ?? ''));
  const expected = Buffer.from(`Bearer ${token}`);
  return token !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
}
