import { StackFailure } from '../../../../infra/stack/index.mjs';
import { printableLines, table } from '../terminal-text.ts';

type Files = Readonly<Record<string, string>>;

/** The text of one file of a version. Throws `StackFailure` with the files there are. */
export function fileOf(files: Files, path: string): string {
  const text = Object.hasOwn(files, path) ? files[path] : undefined;
  if (text !== undefined) return text;
  throw new StackFailure(`the version has no file ${path}`, `it has ${Object.keys(files).join(', ')}`);
}

/** For people. */
export function describeFiles(version: string, files: Files): string {
  const rows = Object.entries(files).map(([path, text]) => [path, `${Buffer.byteLength(text)} bytes`]);
  return printableLines([version, ...table([['file', 'size'], ...rows])]);
}
