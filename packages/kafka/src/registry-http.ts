/** One exchange with the registry. `unreachable`: no answer in time, or one that says nothing about the question. */
export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'unreachable'; readonly message: string };

export interface RegistryHttp {
  request(method: 'GET' | 'PUT' | 'POST', path: string, body?: object): Promise<Exchange>;
  /** Ends requests under way; they answer `unreachable`. */
  close(): void;
}

/** JSON over HTTP against the Confluent API below `url`, each request bounded by `timeoutMs`. */
export function createRegistryHttp(options: { readonly url: string; readonly timeoutMs: number }): RegistryHttp {
  const { base, authorization } = registryAddress(options.url);
  const closing = new AbortController();
  return {
    async request(method, path, body) {
      try {
        const response = await fetch(`${base}${path}`, {
          method,
          headers: {
            accept: 'application/json',
            'content-type': 'application/vnd.schemaregistry.v1+json',
            ...(authorization === undefined ? {} : { authorization }),
          },
          signal: AbortSignal.any([closing.signal, AbortSignal.timeout(options.timeoutMs)]),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return answerOf(response.status, await response.text(), `${method} ${base}${path}`);
      } catch (error) {
        return { kind: 'unreachable', message: `schema registry ${base}: ${reasonOf(error)}` };
      }
    },
    close: () => closing.abort(),
  };
}

export interface RegistryAddress {
  /** Without user and password, which would show in messages. */
  readonly base: string;
  /** Of HTTP's basic scheme; absent where the address names nobody. */
  readonly authorization?: string;
}

/** Takes the user and the password out of the address of a registry. */
export function registryAddress(text: string): RegistryAddress {
  const url = new URL(text);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = url.password = '';
  const base = url.href.replace(/\/+$/, '');
  if (user === '' && password === '') return { base };
  return { base, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** A page of a proxy, or of another server at this address, is no answer: a 404 there must not condemn a record. */
function answerOf(status: number, text: string, request: string): Exchange {
  const body = parseObject(text);
  return body === undefined || status >= 500
    ? { kind: 'unreachable', message: `${request} answered ${status}, which is not the schema registry's answer` }
    : { kind: 'answered', status, body };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** fetch says only "fetch failed"; the cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}
