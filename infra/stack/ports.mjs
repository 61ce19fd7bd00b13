import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StackFailure } from './failure.mjs';

/** Above the ports services are known by, below the lowest that Linux gives to outgoing connections: [first, end). */
const FIRST_PORT = 15_000;
const END_PORT = 32_000;
const TRIES = 100;

/** True when nothing listens on the port of the loopback address. */
export function isPortFree(port) {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/**
 * Any free port of the loopback address, none of those the machine gives to outgoing connections: one of them may be
 * given away between the choice and its use, or while its service is down and clients call it.
 */
export async function anyFreePort({ isFree = isPortFree } = {}) {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST_PORT, END_PORT);
    if (await isFree(port)) return port;
  }
  throw new StackFailure(
    `${TRIES} ports tried between ${FIRST_PORT} and ${END_PORT} are all taken.`,
    'End what listens there: ss -ltnp',
  );
}

/**
 * One port per name: the wished one where it is free and not given away already, else any free one.
 * `wishes` maps names to ports; 0 asks for any.
 */
export async function choosePorts(wishes, { isFree = isPortFree, anyFree = () => anyFreePort() } = {}) {
  const chosen = {};
  const taken = new Set();
  for (const [name, wished] of Object.entries(wishes)) {
    let port = wished;
    if (!port || taken.has(port) || !(await isFree(port))) port = await anyFree();
    while (taken.has(port)) port = await anyFree();
    taken.add(port);
    chosen[name] = port;
  }
  return chosen;
}

function listenOnce(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.close(() => resolve(port));
    });
  });
}
