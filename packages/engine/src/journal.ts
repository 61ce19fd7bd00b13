/** One thing a shard folded, in the order it committed them: what an oracle needs to fold the same again. */
export type JournalLine =
  | { readonly topic: string; readonly offset: number }
  | { readonly timer: string; readonly nowMs: number }
  /** Offsets in the decision log. */
  | { readonly adopt: string; readonly offsets: readonly number[]; readonly nowMs: number };

export function encodeJournal(lines: readonly JournalLine[]): Buffer {
  return Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
}

export function decodeJournal(bytes: Buffer): JournalLine[] {
  const lines = bytes.toString('utf8').trim();
  return JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as JournalLine[];
}
