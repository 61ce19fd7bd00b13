import smpp, { type Pdu, type Session } from 'smpp';

export interface SmppLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  /** A request without a response by then has failed, ms. */
  readonly timeoutMs: number;
  /** How often a silent link is asked whether it lives, ms. */
  readonly enquireMs: number;
}

export type LinkAnswer =
  | { readonly kind: 'response'; readonly pdu: Pdu }
  /** `isUnsent`: the request never left. */
  | { readonly kind: 'error'; readonly detail: string; readonly isUnsent: boolean };

/** A bound transceiver that connects again by itself, so that receipts come in while nothing is sent. */
export interface SmppLink {
  request(command: string, fields: Readonly<Record<string, unknown>>): Promise<LinkAnswer>;
  close(): Promise<void>;
}

interface Bound {
  readonly session: Session;
  request(command: string, fields: Readonly<Record<string, unknown>>): Promise<LinkAnswer>;
}

const RECONNECT_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
const NOT_BOUND = { kind: 'error', detail: 'smpp-not-bound', isUnsent: true } as const;

/** `onDeliver` answers the command status of the response to a `deliver_sm`. */
export function createSmppLink(options: SmppLinkOptions, onDeliver: (pdu: Pdu) => Promise<number>): SmppLink {
  let bound: Promise<Bound | undefined> | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let isClosing = false;

  const lost = () => {
    bound = undefined;
    if (isClosing) return;
    const waitMs = RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)];
    clearTimeout(timer);
    timer = setTimeout(connect, waitMs);
  };
  const connect = (): Promise<Bound | undefined> => {
    clearTimeout(timer);
    bound ??= bind(options, onDeliver, lost).then((found) => {
      failures = found === undefined ? failures + 1 : 0;
      return found;
    });
    return bound;
  };
  void connect();

  return {
    async request(command, fields) {
      // While a reconnection waits for its time nobody hurries it: the contact is put back.
      const link = await bound;
      return link === undefined ? NOT_BOUND : link.request(command, fields);
    },
    async close() {
      isClosing = true;
      clearTimeout(timer);
      const link = await bound;
      if (link === undefined) return;
      await link.request('unbind', {});
      link.session.destroy();
    },
  };
}

/** Connects and binds; undefined when either fails. `lost` is called once, when the link ends or never came about. */
async function bind(
  options: SmppLinkOptions,
  onDeliver: (pdu: Pdu) => Promise<number>,
  lost: () => void,
): Promise<Bound | undefined> {
  const { host, port, tls, systemId, password, systemType, timeoutMs, enquireMs } = options;
  const session = smpp.connect({ host, port, tls });
  const requests = createRequests(session, timeoutMs);
  const enquiring = setInterval(async () => {
    const answer = await requests.request('enquire_link', {});
    if (answer.kind === 'error') session.destroy();
  }, enquireMs);
  session.on('close', () => {
    clearInterval(enquiring);
    requests.abandon();
    lost();
  });
  answerCentre(session, onDeliver);
  if (!(await connected(session, tls, timeoutMs))) return undefined;
  const who = { system_id: systemId, password, system_type: systemType, interface_version: 0x34 };
  const answer = await requests.request('bind_transceiver', who);
  if (answer.kind === 'response' && answer.pdu.command_status === 0) return { session, request: requests.request };
  session.destroy();
  return undefined;
}

/** Requests of ours under way; the library forgets those whose session ends, so they are kept here. */
function createRequests(session: Session, timeoutMs: number) {
  const waiting = new Set<(answer: LinkAnswer) => void>();
  const request: Bound['request'] = (command, fields) =>
    new Promise((resolve) => {
      const settle = (answer: LinkAnswer) => {
        clearTimeout(deadline);
        waiting.delete(settle);
        resolve(answer);
      };
      const late = { kind: 'error', detail: 'timeout', isUnsent: false } as const;
      const deadline = setTimeout(() => settle(late), timeoutMs);
      waiting.add(settle);
      const isWritten = session.send(new smpp.PDU(command, fields), (pdu) => settle({ kind: 'response', pdu }));
      if (!isWritten) settle(NOT_BOUND);
    });
  const abandon = () => {
    for (const settle of [...waiting]) settle({ kind: 'error', detail: 'smpp-closed', isUnsent: false });
  };
  return { request, abandon };
}

/** Answers what the message centre asks by itself. */
function answerCentre(session: Session, onDeliver: (pdu: Pdu) => Promise<number>): void {
  // An error leaves the library's reader stuck, so the session is over with it.
  session.on('error', () => session.destroy());
  session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu: Pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on('deliver_sm', async (pdu: Pdu) => {
    const command_status = await onDeliver(pdu);
    session.send(pdu.response({ command_status }));
  });
}

function connected(session: Session, tls: boolean, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => session.destroy(), timeoutMs);
    const settle = (isConnected: boolean) => {
      clearTimeout(deadline);
      resolve(isConnected);
    };
    session.once(tls ? 'secureConnect' : 'connect', () => settle(true));
    session.once('close', () => settle(false));
  });
}
