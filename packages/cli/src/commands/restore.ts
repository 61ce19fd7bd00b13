import type { Command } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { describeRestore, restoreShards } from '../shards/restore.ts';
import { atShardDesk } from '../shards/shard-desk.ts';

/** `holdfast restore`: after Redis came back from a backup, before anything in it is believed. */
export function define(command: Command, { out, exit }: CommandContext): void {
  command.option('--json', 'one JSON text instead of lines').action(async ({ json }: { json?: boolean }) => {
    const done = await atShardDesk(await findAddresses(environment), restoreShards);
    out(json ? `${JSON.stringify(done)}\n` : describeRestore(done));
    exit(done.missing.length === 0 ? 0 : 1);
  });
}
