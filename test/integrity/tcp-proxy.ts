import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

/**
 * A wire with a hand on it, before a server: what passes through can be slowed down, held, cut or refused. Connections
 * that exist are touched too, except by `refuse`.
 */
export interface TcpProxy {
  readonly port: number;
  /** Clients connected now. */
  readonly connections: number;
  /** Cuts both sides of a connection once so many more bytes of replies went to its client; each connection once. */
  cutReplyAfter(bytes: number): void;
  /** Delays everything by so much, ms; 0 ends it. */
  delay(ms: number): void;
  /** Half-open: connections stand and new ones are taken, and nothing arrives in either direction. */
  hold(): void;
  /** The same from the next request on that contains this text; nothing of it arrives before `pass`. */
  holdFrom(text: string): void;
  readonly isHolding: boolean;
  /** Refuses new connections. */
  refuse(): void;
  /** Lets everything pass again, first what was held. */
  pass(): void;
  /** Cuts every connection at once. */
  cut(): void;
  /** Another server from now on; connections to the one before are cut. */
  lead(targetPort: number): void;
  close(): Promise<void>;
}

interface Wire {
  readonly client: Socket;
  readonly server: Socket;
  /** Reply bytes until the cut. */
  repliesLeft: number;
}

type Mode = 'passing' | 'holding' | 'refusing';

/** Listens on a free port of this machine before `targetPort`. */
export async function createTcpProxy(targetPort: number): Promise<TcpProxy> {
  const wires = new Set<Wire>();
  let target = targetPort;
  let mode: Mode = 'passing';
  let delayMs = 0;
  let awaited: string | undefined;
  const heldBack: (() => void)[] = [];

  const cut = (wire: Wire) => {
    wires.delete(wire);
    wire.client.resetAndDestroy();
    wire.server.destroy();
  };
  const flow = (wire: Wire) => {
    for (const socket of [wire.client, wire.server]) {
      if (mode === 'holding') socket.pause();
      else socket.resume();
    }
  };
  /** Writes in the order of arrival, whatever the delay was and is. */
  const forwarder = (to: Socket) => {
    let last = Promise.resolve();
    return (chunk: Buffer) => {
      const dueMs = performance.now() + delayMs;
      last = last.then(async () => {
        const waitMs = dueMs - performance.now();
        if (waitMs > 0) await after(waitMs);
        to.write(chunk);
      });
    };
  };
  const reply = (wire: Wire, chunk: Buffer, forward: (chunk: Buffer) => void) => {
    if (chunk.length <= wire.repliesLeft) {
      wire.repliesLeft -= chunk.length;
      return forward(chunk);
    }
    // The client gets the beginning of the reply, and then the end of the connection.
    const part = chunk.subarray(0, wire.repliesLeft);
    wires.delete(wire);
    wire.client.write(part, () => cut(wire));
  };

  const server = createServer((client) => {
    if (mode === 'refusing') return void client.resetAndDestroy();
    const wire: Wire = { client, server: dial(target, '127.0.0.1'), repliesLeft: Number.POSITIVE_INFINITY };
    wires.add(wire);
    for (const socket of [client, wire.server]) {
      socket.setNoDelay(true);
      socket.on('close', () => cut(wire));
      // The close that follows says the same.
      socket.on('error', () => undefined);
    }
    const [toServer, toClient] = [forwarder(wire.server), forwarder(client)];
    client.on('data', (chunk: Buffer) => {
      if (awaited !== undefined && chunk.includes(awaited)) become('holding');
      if (mode === 'holding') heldBack.push(() => toServer(chunk));
      else toServer(chunk);
    });
    wire.server.on('data', (chunk: Buffer) => reply(wire, chunk, toClient));
    flow(wire);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const become = (next: Mode) => {
    mode = next;
    awaited = undefined;
    if (mode === 'passing') for (const send of heldBack.splice(0)) send();
    for (const wire of wires) flow(wire);
  };
  const cutAll = () => {
    for (const wire of [...wires]) cut(wire);
  };
  return {
    port: address.port,
    get connections() {
      return wires.size;
    },
    cutReplyAfter(bytes) {
      for (const wire of wires) wire.repliesLeft = bytes;
    },
    delay(ms) {
      delayMs = ms;
    },
    hold: () => become('holding'),
    holdFrom(text) {
      awaited = text;
    },
    get isHolding() {
      return mode === 'holding';
    },
    refuse: () => become('refusing'),
    pass: () => become('passing'),
    cut: cutAll,
    lead(next) {
      target = next;
      cutAll();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}
