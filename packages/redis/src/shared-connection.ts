import { Redis } from 'ioredis';

export interface SharedTimeouts {
  readonly connectMs: number;
  /** A connection on which a command waits and nothing comes for so long is made anew: it may be half open. */
  readonly silenceMs: number;
}

/**
 * A connection that mends itself, for calls that stand on their own. A command whose reply was lost rejects and is not
 * sent again by the client.
 */
export function createSharedConnection(url: string, { connectMs, silenceMs }: SharedTimeouts): Redis {
  const redis = new Redis(url, {
    protocol: 2,
    lazyConnect: true,
    disableClientInfo: true,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    // What waits for a reply when the connection breaks is rejected then; with a higher number and no resending the
    // client would forget it and leave it pending.
    maxRetriesPerRequest: 0,
    connectTimeout: connectMs,
    commandTimeout: silenceMs,
    socketTimeout: silenceMs,
  });
  // The call that meets the failure rejects with it; the event alone must not end the process.
  redis.on('error', () => undefined);
  return redis;
}
