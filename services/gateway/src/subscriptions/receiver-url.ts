import type { AddressGuard } from '@holdfast/webhook';

export interface ReceiverUrlRules {
  readonly guard: AddressGuard;
  /** Without it a receiver has to be https. */
  readonly isHttpAllowed: boolean;
}

const MAX_LENGTH = 2_048;
/** Ports of other protocols, which could take a request for one of their own commands (the list of the Fetch standard). */
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([
  ...[
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
  ],
]);
const FIRST_FREE_PORT = 1_024;

/** What is wrong with the address of a receiver, in words for whoever gave it; undefined when it may be called. */
export async function receiverUrlProblem(text: string, rules: ReceiverUrlRules): Promise<string | undefined> {
  const url = URL.parse(text);
  if (url === null || text.length > MAX_LENGTH) return `must be a URL of at most ${MAX_LENGTH} characters`;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.isHttpAllowed))
    return 'must begin with https://';
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or password; name credentials with "auth"';
  if (url.hash !== '') return 'must not have a fragment';
  if (!isPortFree(url)) return `must not use port ${url.port}`;
  if (!rules.guard.permitsHost(url.hostname)) return PRIVATE;
  return (await leadsInside(url.hostname, rules.guard)) ? PRIVATE : undefined;
}

const PRIVATE = 'must not lead to a private address';

function isPortFree({ port, protocol }: URL): boolean {
  // The port of the protocol itself reads as empty.
  if (port === '') return true;
  if (Number(port) < FIRST_FREE_PORT) return port === '443' || (port === '80' && protocol === 'http:');
  return !OTHER_PROTOCOLS.has(Number(port));
}

/** A name that does not resolve now may do so later; the guard is asked again at every call. */
function leadsInside(hostname: string, guard: AddressGuard): Promise<boolean> {
  return new Promise((resolve) => {
    guard.lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }, (error) => resolve(error?.code === 'EPRIVATE'));
  });
}
