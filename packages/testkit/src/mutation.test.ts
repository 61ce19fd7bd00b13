import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Mutant, mutantArguments } from './mutation.ts';

const run = promisify(execFile);

const answerOf = async (mutant: Mutant | undefined, expression: string): Promise<string> => {
  const flags = mutant ? mutantArguments(mutant) : [];
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', expression], {
    cwd: import.meta.dirname,
  });
  return stdout.trim();
};

const PARTITION: Mutant = {
  name: 'every key is in partition 7',
  edits: [
    {
      file: 'packages/engine/src/partitioner.ts',
      find: 'return (murmur2(key) & 0x7fffffff) % count;',
      replace: 'const seven: number = 7; return seven;',
    },
  ],
};
const ASK_PARTITION = `
  const { partitionOf } = await import('@holdfast/engine');
  console.log(partitionOf(Buffer.from('alice'), 2));`;
const ASK_IN_THREAD = `
  import { Worker } from 'node:worker_threads';
  const source = "import('@holdfast/engine').then((m) => console.log(m.partitionOf(Buffer.from('alice'), 2)))";
  new Worker(source, { eval: true });`;

const LUA: Mutant = {
  name: 'no token check',
  edits: [
    {
      file: 'packages/redis/src/lua/poll.lua',
      find: 'if owner[1] ~= ARGV[1] then',
      replace: 'if false then',
    },
  ],
};
const ASK_LUA = `
  const { SCRIPTS } = await import('../../redis/src/scripts.ts');
  console.log(SCRIPTS.poll.source.includes('if false then'), SCRIPTS.claim.source.includes('if false then'));`;

describe('a mutant', () => {
  it('runs changed TypeScript, types and all, without touching the file', async () => {
    expect(await answerOf(PARTITION, ASK_PARTITION)).toBe('7');
    expect(await answerOf(undefined, ASK_PARTITION)).toBe('1');
  });

  it('reaches the worker threads of its process', async () => {
    expect(await answerOf(PARTITION, ASK_IN_THREAD)).toBe('7');
  });

  it('runs changed scripts of the store', async () => {
    expect(await answerOf(LUA, ASK_LUA)).toBe('true false');
    expect(await answerOf(undefined, ASK_LUA)).toBe('false false');
  });

  it('is refused when its edit no longer fits the source', () => {
    const stale = { ...LUA, edits: LUA.edits.map((edit) => ({ ...edit, find: 'was here once' })) };
    expect(() => mutantArguments(stale)).toThrow(/'no token check'.*0 places/);
    const vague = { ...LUA, edits: LUA.edits.map((edit) => ({ ...edit, find: 'owner' })) };
    expect(() => mutantArguments(vague)).toThrow(/not one/);
  });
});
