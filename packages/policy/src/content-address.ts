import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Paths and texts, without what editors change by themselves: line ends and blanks at the end of a line. */
export function contentAddress(files: Readonly<Record<string, string>>): string {
  const normalised = Object.entries(files)
    .map(([path, text]) => [path, text.replace(/[ \t]*\r?\n/g, '\n').trimEnd()])
    .sort(([left = ''], [right = '']) => (left < right ? -1 : 1));
  return `sha256:${bytesToHex(sha256(utf8ToBytes(JSON.stringify(normalised))))}`;
}
