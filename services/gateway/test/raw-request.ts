import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty for a stream: it was left after its headers. */
  readonly body: string;
}

export interface RawRequest {
  readonly port: number;
  readonly method: string;
  /** As it goes over the wire: `fetch` would tidy it up. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

const ANSWER_WITHIN_MS = 30_000;

/** One request, word for word, on a connection of its own. */
export function sendRaw({ port, method, path, headers, body }: RawRequest): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers }, agent: false });
  const timer = setTimeout(() => request.destroy(new Error(`${method} ${path}: no answer`)), ANSWER_WITHIN_MS);
  request.once('error', reject);
  request.once('close', () => clearTimeout(timer));
  request.once('response', (response) => {
    const status = response.statusCode ?? 0;
    const answered = (text: string) => resolve({ status, headers: response.headers, body: text });
    if (String(response.headers['content-type']).startsWith('text/event-stream')) {
      answered('');
      request.destroy();
      return;
    }
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.once('end', () => answered(text)).once('error', reject);
  });
  request.end(body);
  return promise;
}
