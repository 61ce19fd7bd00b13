import type { Command } from 'commander';
import { status } from '../../../../infra/stack/index.mjs';
import type { CommandContext } from '../program.ts';
import { describeStack } from '../stack-text.ts';

/** `holdfast status`: exit code 0 when the whole stack runs, else 1. */
export function define(command: Command, { out, exit }: CommandContext): void {
  command.option('--json', 'one JSON text instead of lines').action(async ({ json }: { json?: boolean }) => {
    const stack = await status();
    out(json ? `${JSON.stringify(stack)}\n` : describeStack(stack));
    exit(stack.phase === 'up' ? 0 : 1);
  });
}
