import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface GatewayProcess {
  readonly port: number;
  /** Lines of the log so far. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
}

export interface StackPlace {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly redisUrl: string;
}

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs the service as it is started for real, on any free port. Resolves once it listens. */
export async function startGatewayProcess(
  stack: StackPlace,
  environment: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      HOLDFAST_HTTP_PORT: '0',
      HOLDFAST_KAFKA_BROKERS: stack.brokers.join(','),
      HOLDFAST_REGISTRY_URL: stack.registryUrl,
      HOLDFAST_REDIS_URL: stack.redisUrl,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const port = await listeningPort(child, lines);
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    port,
    lines,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function listeningPort(child: ChildProcess, lines: string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}:\n${lines.join('\n')}`)));
  if (child.stdout === null) throw new Error('the gateway has no output');
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    if (msg === 'listening' && port !== undefined) resolve(port);
  });
  return promise;
}
