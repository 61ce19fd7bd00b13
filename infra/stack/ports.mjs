import { createServer } from 'node:net';

/** True when nothing listens on the port of the loopback address. */
export function isPortFree(port) {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/** Any free port of the loopback address. */
export function anyFreePort() {
  return listenOnce(0);
}

/**
 * One port per name: the wished one where it is free and not given away already, else any free one.
 * `wishes` maps names to ports; 0 asks for any.
 */
export async function choosePorts(wishes, { isFree = isPortFree, anyFree = anyFreePort } = {}) {
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
      const bound = server.address().port;
      server.close(() => resolve(bound));
    });
  });
}
