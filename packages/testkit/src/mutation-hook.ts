/** Loaded by `--import` into a process that is to run a mutant: see `mutantArguments`. */
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { applyEdits, mutantOf, mutatedPaths } from './mutation.ts';

const mutant = mutantOf(import.meta.url);
const paths = mutatedPaths(mutant);
const read = fs.readFileSync;

registerHooks({
  load(url, context, nextLoad) {
    const path = url.startsWith('file:') ? fileURLToPath(url) : '';
    if (!paths.has(path)) return nextLoad(url, context);
    return {
      format: 'module-typescript',
      source: applyEdits(mutant, path, read(path, 'utf8')),
      shortCircuit: true,
    };
  },
});

/** Scripts of the store are read as text at start. */
fs.readFileSync = ((...given: Parameters<typeof read>) => {
  const answer = read(...given);
  const [file] = given;
  const path = file instanceof URL ? fileURLToPath(file) : String(file);
  return typeof answer === 'string' && paths.has(path) ? applyEdits(mutant, path, answer) : answer;
}) as typeof read;
syncBuiltinESMExports();
