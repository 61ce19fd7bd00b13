import type { Command } from 'commander';
import { down } from '../../../../infra/stack/index.mjs';
import type { CommandContext } from '../program.ts';

/** `holdfast down`: stops the stack; its data stay unless they are purged. */
export function define(command: Command, { out, err }: CommandContext): void {
  command
    .option('--purge', 'remove the data too')
    .option('--json', 'one JSON text instead of lines')
    .action(async ({ json, purge = false }: { json?: boolean; purge?: boolean }) => {
      const stopped = await down({ purge, report: (line) => err(`holdfast: ${line}\n`) });
      if (json) out(`${JSON.stringify({ stopped, purged: purge })}\n`);
    });
}
