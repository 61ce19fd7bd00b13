import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One replacement in one file of the repository. */
export interface SourceEdit {
  /** From the repository's root, e.g. `packages/engine/src/relay.ts` or a `.lua` beside it. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A bug planted into the project's own source. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly SourceEdit[];
}

const ROOT = new URL('../../../', import.meta.url);
const PARAMETER = 'mutant';

/**
 * Arguments for `node`, to stand before the script, with which a process and its worker threads run the mutated source:
 * TypeScript as it is loaded, other files as `readFileSync` reads them as text. Nothing on disk changes. Throws when an
 * edit no longer fits its file, so that a list of mutants cannot rot.
 */
export function mutantArguments(mutant: Mutant): readonly string[] {
  for (const path of new Set(mutant.edits.map((edit) => pathOf(edit.file)))) {
    applyEdits(mutant, path, readFileSync(path, 'utf8'));
  }
  const hook = new URL('./mutation-hook.ts', import.meta.url);
  hook.searchParams.set(PARAMETER, Buffer.from(JSON.stringify(mutant)).toString('base64url'));
  return ['--import', hook.href];
}

/** The mutant a hook was loaded for, from the hook's own URL. */
export function mutantOf(hookUrl: string): Mutant {
  const text = new URL(hookUrl).searchParams.get(PARAMETER);
  if (text === null) throw new Error('the hook names no mutant; start the process with mutantArguments');
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Mutant;
}

/** Absolute paths of the files the mutant changes. */
export function mutatedPaths(mutant: Mutant): ReadonlySet<string> {
  return new Set(mutant.edits.map((edit) => pathOf(edit.file)));
}

/** The text of the file with the edits made in it. */
export function applyEdits(mutant: Mutant, path: string, text: string): string {
  return mutant.edits
    .filter((edit) => pathOf(edit.file) === path)
    .reduce((changed, edit) => {
      const parts = changed.split(edit.find);
      if (parts.length !== 2) {
        const found = parts.length - 1;
        throw new Error(`mutant '${mutant.name}': ${edit.file} has ${found} places like this, not one: ${edit.find}`);
      }
      return parts.join(edit.replace);
    }, text);
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, ROOT));
}
