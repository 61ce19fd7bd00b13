import { once } from 'node:events';
import { relative } from 'node:path';
import type { Command } from 'commander';
import { up } from '../../../../infra/stack/index.mjs';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { initialise, LOCAL_PLAN } from '../installation.ts';
import { startLocalServices } from '../local-services.ts';
import type { CommandContext } from '../program.ts';
import { fromOne } from '../whole-number.ts';

const STACK_KEYS = ['HOLDFAST_KAFKA_BROKERS', 'HOLDFAST_REGISTRY_URL', 'HOLDFAST_REDIS_URL'];

/** `holdfast serve`: the local stack and the services on it, until Ctrl-C; the stack stays. */
export function define(command: Command, { err }: CommandContext): void {
  command
    .option('--port <port>', 'of the gateway; any free one where it is taken', fromOne, 8080)
    .action(async ({ port }: { readonly port: number }) => {
      const stopping = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
      const say = (line: string) => err(`holdfast: ${line}\n`);
      // Parts that are named are used as they are.
      if (!STACK_KEYS.every((key) => environment[key])) await up({ report: say });
      const addresses = await findAddresses(environment);
      await initialise(addresses, LOCAL_PLAN);
      const services = await startLocalServices(addresses, { label: 'serve', port });
      try {
        const path = relative(process.cwd(), services.keys.path);
        say(`gateway on ${services.gatewayUrl}, its page on ${services.gatewayUrl}/docs/; until Ctrl-C`);
        say(
          `address and keys, for another terminal: . ${path.startsWith('.') ? `./${path}`.replace('./..', '..') : path}`,
        );
        await stopped(stopping.signal);
      } finally {
        await services.stop();
      }
    });
}

async function stopped(signal: AbortSignal): Promise<void> {
  // A signal that nothing else waits for does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(alive);
}
