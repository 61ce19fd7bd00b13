import { Command, Redis } from 'ioredis';
import type { Script } from './scripts.ts';

/** What came back for a command: a reply (bulk strings as Buffers), or no reply one may believe. */
export type Outcome =
  | { readonly kind: 'reply'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ConnectionTimeouts {
  readonly connectMs: number;
  /** No reply within this time counts as lost. */
  readonly commandMs: number;
}

/**
 * A connection that never resends and never reconnects: after the first failure, an error reply included, it is closed
 * and answers `failed` for ever. So a late copy of a command cannot be taken for a new one.
 */
export interface SessionConnection {
  /** Sends one finished command. The bytes must stay as they are until the outcome is known. */
  send(frame: Buffer): Promise<Outcome>;
  /** Sends an EVALSHA of `script`; when the server has forgotten it, nothing ran, so it is loaded and sent once more. */
  run(script: Script, frame: Buffer): Promise<Outcome>;
  close(): Promise<void>;
}

/** Connects and loads the scripts. A server that is not there gives a connection that has failed already. */
export async function openSessionConnection(
  url: string,
  scripts: readonly Script[],
  timeouts: ConnectionTimeouts,
): Promise<SessionConnection> {
  const redis = new Redis(url, {
    protocol: 2,
    lazyConnect: true,
    disableClientInfo: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: timeouts.connectMs,
    commandTimeout: timeouts.commandMs,
  });
  let failure: string | undefined;
  const fail = (reason: string) => {
    failure ??= reason;
    redis.disconnect();
    return { kind: 'failed', reason: failure } as const;
  };
  redis.on('error', (error) => fail(error.message));
  redis.on('end', () => fail('connection closed'));

  const ask = async (command: Command): Promise<Outcome> => {
    if (failure !== undefined) return { kind: 'failed', reason: failure };
    try {
      return { kind: 'reply', value: await redis.sendCommand(command) };
    } catch (error) {
      return { kind: 'failed', reason: messageOf(error) };
    }
  };
  const believed = (outcome: Outcome) => (outcome.kind === 'reply' ? outcome : fail(outcome.reason));
  const load = (script: Script) => ask(new Command('script', ['LOAD', script.source]));

  try {
    await redis.connect();
    for (const loaded of await Promise.all(scripts.map(load))) believed(loaded);
  } catch (error) {
    fail(messageOf(error));
  }

  return {
    send: async (frame) => believed(await ask(prepared(frame))),
    async run(script, frame) {
      const outcome = await ask(prepared(frame));
      if (outcome.kind === 'reply' || !outcome.reason.startsWith('NOSCRIPT')) return believed(outcome);
      const loaded = await load(script);
      return believed(loaded.kind === 'reply' ? await ask(prepared(frame)) : loaded);
    },
    async close() {
      fail('session closed');
    },
  };
}

/** A command whose bytes are ready: the client queues it and matches its reply, but serialises nothing. */
function prepared(frame: Buffer): Command {
  const command = new Command('evalsha', []);
  command.toWritable = () => frame;
  return command;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
