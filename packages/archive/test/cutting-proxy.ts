import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

/** A wire before a server that breaks in the middle of what passes. */
export interface CuttingProxy {
  readonly port: number;
  /** Connections that were cut so far. */
  readonly cuts: number;
  /** From now on each connection breaks once so many bytes more went to the server, or came from it; `times` in all. */
  cutAfter(bytes: number, of: 'request' | 'reply', times?: number): void;
  pass(): void;
  close(): Promise<void>;
}

interface Cut {
  readonly bytes: number;
  readonly of: 'request' | 'reply';
  left: number;
}

/** Listens on a free port of this machine before `targetPort`. */
export async function createCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let plan: Cut | undefined;
  let cuts = 0;

  const server = createServer((client) => {
    const behind = dial(targetPort, '127.0.0.1');
    const breakOff = () => {
      client.resetAndDestroy();
      behind.destroy();
    };
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        breakOff();
      });
    }
    pipe(client, behind, 'request', breakOff);
    pipe(behind, client, 'reply', breakOff);
  });
  const pipe = (from: Socket, to: Socket, of: Cut['of'], breakOff: () => void) => {
    let seen: Cut | undefined;
    let passed = 0;
    from.on('data', (chunk: Buffer) => {
      if (plan !== seen) [seen, passed] = [plan, 0];
      if (!plan || plan.of !== of || plan.left === 0 || passed + chunk.length <= plan.bytes) {
        passed += chunk.length;
        return void to.write(chunk);
      }
      plan.left -= 1;
      cuts += 1;
      to.write(chunk.subarray(0, plan.bytes - passed), breakOff);
      from.pause();
    });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();

  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    get cuts() {
      return cuts;
    },
    cutAfter(bytes, of, times = Number.POSITIVE_INFINITY) {
      plan = { bytes, of, left: times };
    },
    pass() {
      plan = undefined;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
