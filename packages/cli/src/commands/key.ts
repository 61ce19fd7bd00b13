import { type KeyEntry, keyDigest, keyEntryText, newApiKey, ROLES, type Role, readKeyFile } from '@holdfast/access';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addToKeyFile, loadKeyFile } from '../access/key-file.ts';
import { describeKeys } from '../access/key-report.ts';
import type { CommandContext } from '../program.ts';
import { spanOption } from '../time-option.ts';

interface CreateOptions {
  readonly id: string;
  readonly role: readonly Role[];
  readonly desk?: readonly string[];
  readonly team?: readonly string[];
  readonly expires?: number;
  readonly into?: string;
  readonly json?: boolean;
}

/** `holdfast key create | check`: keys of the gateway, of which only digests are kept. */
export function define(command: Command, context: CommandContext): void {
  defineCreate(command, context);
  defineCheck(command, context);
}

function defineCreate(command: Command, { out }: CommandContext): void {
  command
    .command('create')
    .description('make a key: it is shown once; what is kept is the entry for HOLDFAST_API_KEYS_FILE')
    .requiredOption('--id <id>', 'who it is for; the next key of a caller has the same')
    .addOption(roleOption())
    .option('--desk <name>', 'a desk whose customers it opens; may be repeated; all without', collect)
    .option('--team <name>', 'a team of these desks; may be repeated; all without', collect)
    .option('--expires <span>', 'refused after: 12h, 90d', spanOption)
    .option('--into <file>', 'put the entry into this file, and show the key alone')
    .option('--json', 'one JSON text instead of lines')
    .action(async (options: CreateOptions) => {
      const key = newApiKey();
      const entry = entryOf(key, options, Date.now());
      if (options.into !== undefined) await addToKeyFile(options.into, entry);
      if (options.json) return out(`${JSON.stringify({ key, entry })}\n`);
      out(options.into === undefined ? `${key}\n\nkeys:\n${keyEntryText(entry)}` : `${key}\n`);
    });
}

function defineCheck(command: Command, { out }: CommandContext): void {
  command
    .command('check')
    .description('check a file of keys, and list them without giving any of them away')
    .argument('<file>')
    .option('--json', 'one JSON text instead of a table')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const keys = await loadKeyFile(file);
      out(json ? `${JSON.stringify({ keys })}\n` : describeKeys(keys, Date.now()));
    });
}

function roleOption(): Option {
  return new Option('--role <role>', `what it may; may be repeated: ${ROLES.join(', ')}`)
    .makeOptionMandatory()
    .argParser((text: string, before: readonly Role[] = []): readonly Role[] => {
      const role = ROLES.find((known) => known === text);
      if (role === undefined) throw new InvalidArgumentError(`one of ${ROLES.join(', ')} is expected.`);
      return [...new Set([...before, role])];
    });
}

/** Throws `InvalidArgumentError` for names that no file of keys takes. */
function entryOf(key: string, { id, role, desk, team, expires }: CreateOptions, nowMs: number): KeyEntry {
  const entry: KeyEntry = {
    id,
    sha256: keyDigest(key),
    roles: [...role],
    ...(desk && { desks: [...desk] }),
    ...(team && { teams: [...team] }),
    ...(expires !== undefined && { notAfter: new Date(nowMs + expires).toISOString().replace(/\.\d+Z$/, 'Z') }),
  };
  try {
    readKeyFile(`keys:\n${keyEntryText(entry)}`);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return entry;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
