import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CnsCdrFiles } from './cns-cdr.ts';
import type { MegalineFiles } from './megaline-rows.ts';

/** Beside the project's folder: where recorded data is looked for unless another place is named. */
export const DEFAULT_DATA_DIR = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

const CNS_CDR = { calls: 'calls.csv', sms: 'sms.csv' } as const;
const MEGALINE = {
  users: 'megaline_users.csv',
  plans: 'megaline_plans.csv',
  calls: 'megaline_calls.csv',
  messages: 'megaline_messages.csv',
  internet: 'megaline_internet.csv',
} as const;

/** The files' texts; undefined when one of them is not there. */
export function loadCnsCdr(dataDir: string): CnsCdrFiles | undefined {
  return load(join(dataDir, 'cns_cdr'), CNS_CDR);
}

export function loadMegaline(dataDir: string): MegalineFiles | undefined {
  return load(join(dataDir, 'megaline'), MEGALINE);
}

function load<K extends string>(dir: string, names: Readonly<Record<K, string>>): Record<K, string> | undefined {
  const files = Object.entries<string>(names).map(([key, name]) => [key, join(dir, name)] as const);
  if (!files.every(([, path]) => existsSync(path))) return undefined;
  return Object.fromEntries(files.map(([key, path]) => [key, readFileSync(path, 'utf8')])) as Record<K, string>;
}
