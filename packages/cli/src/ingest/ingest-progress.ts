import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnfitFile } from './unfit-file.ts';

const count = z.int().min(0);

const schema = z.strictObject({
  version: z.literal(1),
  /** The digest of the mapping the file was begun with. */
  mapping: z.string(),
  sizeBytes: count,
  modifiedMs: count,
  /** Bytes, unpacked, whose rows are done, and their digest. */
  bytes: count,
  digest: z.string(),
  lines: count,
  columns: z.array(z.string()),
  rows: count,
  sent: count,
  skipped: count,
  rejected: count,
  /** Bytes of the file of rejected rows. */
  rejectedBytes: count,
  isDone: z.boolean(),
});

/** How far a file is. It is written after the log has what it speaks of, so it never says too much. */
export type IngestProgress = z.output<typeof schema>;

export const NO_PROGRESS = { bytes: 0, lines: 0, rows: 0, sent: 0, skipped: 0, rejected: 0, rejectedBytes: 0 } as const;

/** Undefined when there is none. Throws `UnfitFile` for one that is none of ours. */
export async function readProgress(path: string): Promise<IngestProgress | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = schema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  throw new UnfitFile(
    `${path} is no progress of this command`,
    '--restart begins the file anew: what was sent counts once',
  );
}

/** In one step: whoever reads it finds the old one or the new one. */
export async function writeProgress(path: string, progress: IngestProgress): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, `${JSON.stringify(progress)}\n`);
  await rename(next, path);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
