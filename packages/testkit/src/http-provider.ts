import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a provider answers one request; `silence` never does, `hang-up` cuts the connection after it has read. */
export type ProviderAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'silence'
  | 'hang-up';

/** An HTTP provider on a port of its own that writes down what it gets and answers as it is told. */
export async function startHttpProvider(answer: (request: ProviderRequest, index: number) => ProviderAnswer) {
  const requests: ProviderRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const seen = { method, path, headers, body: Buffer.concat(chunks).toString() };
    requests.push(seen);
    const given = answer(seen, requests.length - 1);
    if (given === 'silence') return;
    if (given === 'hang-up') return void request.socket.destroy();
    response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers }).end(given.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
