import { connect } from 'node:net';
import type { CheckAnswer } from './health.ts';

const TIMEOUT_MS = 1_000;

/** A check that is well while one of the addresses (`host:port`) accepts a connection. */
export function addressCheck(what: string, addresses: readonly string[]): () => Promise<CheckAnswer> {
  return async () => {
    const accepted = await Promise.any(addresses.map(accepts)).catch(() => false);
    return accepted ? { ok: true } : { ok: false, reason: `no ${what} accepts a connection` };
  };
}

function accepts(address: string): Promise<true> {
  const at = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), timeout: TIMEOUT_MS });
    const fail = () => {
      socket.destroy();
      reject(new Error(`${address} does not answer`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', fail).once('timeout', fail);
  });
}
