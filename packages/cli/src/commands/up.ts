import type { Command } from 'commander';
import { up } from '../../../../infra/stack/index.mjs';
import type { CommandContext } from '../program.ts';
import { describeStack } from '../stack-text.ts';

/** `holdfast up`: starts what does not run yet, and says where everything listens. */
export function define(command: Command, { out, err }: CommandContext): void {
  command.option('--json', 'one JSON text instead of lines').action(async ({ json }: { json?: boolean }) => {
    const stack = await up({ report: (line) => err(`holdfast: ${line}\n`) });
    out(json ? `${JSON.stringify(stack)}\n` : describeStack(stack));
  });
}
